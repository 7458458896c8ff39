/**
 * The outermost boxes of an mp4 or mov file (ISO/IEC 14496-12, section 4.2). FFmpeg reads what it finds of a cut-off
 * index; a whole track may be missing without a word.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { TaskFailure } from './failure.mjs';

/** Fails if an index or data box reaches beyond the end of the file. */
export function checkBoxes(file: string): void {
  const handle = openSync(file, 'r');
  try {
    const total = fstatSync(handle).size;
    const header = Buffer.alloc(16);
    for (let at = 0; at + 8 <= total; ) {
      readSync(handle, header, 0, 16, at);
      const type = header.toString('latin1', 4, 8);
      const short = header.readUInt32BE(0);
      // 0: to the end of the file; 1: a 64-bit size follows.
      const size = short === 0 ? total - at : short === 1 ? Number(header.readBigUInt64BE(8)) : short;
      if (at + size > total && ['moov', 'moof', 'mdat'].includes(type)) {
        throw new TaskFailure(
          'TRUNCATED',
          `its "${type}" box needs ${at + size} bytes, the file has ${total}`,
        );
      }
      // Some writers leave padding behind the last box.
      if (size < 8) return;
      at += size;
    }
  } finally {
    closeSync(handle);
  }
}
