/**
 * The outermost boxes of an mp4 or mov file (ISO/IEC 14496-12, section 4.2). FFmpeg reads what it finds of a cut-off
 * index; a whole track may be missing without a word.
 */
import { TaskFailure } from './failure.mjs';
import type { FileBytes } from './file-bytes.mjs';

/**
 * Fails if an index or data box reaches beyond the end of the file.
 * @returns whether the file states its length: an index of all frames does, and so does an index behind the last fragment
 */
export function readMp4Length(bytes: FileBytes): boolean {
  const total = bytes.size;
  const seen = new Set<string>();
  for (let at = 0; at + 8 <= total; ) {
    const header = bytes.read(at, 16);
    const type = header.toString('latin1', 4, 8);
    seen.add(type);
    const short = header.readUInt32BE(0);
    // 0: to the end of the file; 1: a 64-bit size follows.
    const size =
      short === 0
        ? total - at
        : short === 1 && header.length === 16
          ? Number(header.readBigUInt64BE(8))
          : short;
    if (at + size > total && ['moov', 'moof', 'mdat'].includes(type)) {
      throw new TaskFailure('TRUNCATED', `its "${type}" box needs ${at + size} bytes, the file has ${total}`);
    }
    // Some writers leave padding behind the last box.
    if (size < 8) break;
    at += size;
  }
  return !seen.has('moof') || seen.has('mfra');
}
