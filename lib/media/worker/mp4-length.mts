/**
 * The boxes of an mp4 or mov file (ISO/IEC 14496-12). FFmpeg reads what it finds of a cut-off file: a whole track may be
 * missing without a word.
 */
import { TaskFailure } from './failure.mjs';
import type { FileBytes } from './file-bytes.mjs';

/**
 * Fails if an index or data box, or pictures or sound that an index names, reach beyond the end of the file.
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
    if (['moov', 'moof', 'mdat'].includes(type)) hold(bytes, at + size, `"${type}" box needs`);
    if (type === 'moov') {
      const content = short === 1 ? 16 : 8;
      for (const track of find(bytes.read(at + content, size - content), 'trak')) {
        hold(bytes, samplesEnd(track), 'index names');
      }
    }
    // Some writers leave padding behind the last box.
    if (size < 8) break;
    at += size;
  }
  return !seen.has('moof') || seen.has('mfra');
}

function hold(bytes: FileBytes, end: number, what: string): void {
  if (end <= bytes.size) return;
  throw new TaskFailure('TRUNCATED', `its ${what} ${end} bytes, the file has ${bytes.size}`);
}

/** The contents of all boxes of a type within a box. */
function find(box: Buffer | undefined, type: string): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; box && at + 8 <= box.length; ) {
    const size = Math.max(8, box.readUInt32BE(at));
    if (box.toString('latin1', at + 4, at + 8) === type) found.push(box.subarray(at + 8, at + size));
    at += size;
  }
  return found;
}

/**
 * Where the samples of a track of pictures or sound end by its tables (sections 8.7.3 to 8.7.5); 0 where they do not tell. It
 * is bytes that are compared: edit lists may show less than there is, and claim more.
 */
function samplesEnd(track: Buffer): number {
  const [media] = find(track, 'mdia');
  const handler = find(media, 'hdlr')[0]?.toString('latin1', 8, 12) ?? '';
  const [table] = find(find(media, 'minf')[0], 'stbl');
  const [sizes, runs] = [find(table, 'stsz')[0], find(table, 'stsc')[0]];
  const [short, long] = [find(table, 'stco')[0], find(table, 'co64')[0]];
  const chunks = short ?? long;
  if (!['vide', 'soun'].includes(handler) || !sizes || !runs || !chunks || sizes.length < 12) return 0;
  // Sound in old mov files has the size 1 whatever its samples take.
  const size = sizes.readUInt32BE(4);
  if (size === 1) return 0;
  const runCount = Math.floor((runs.length - 8) / 12);
  const chunkCount = Math.floor((chunks.length - 8) / (short ? 4 : 8));
  const samples = size > 0 ? sizes.readUInt32BE(8) : Math.floor((sizes.length - 12) / 4);
  let end = 0;
  for (let chunk = 0, run = 0, sample = 0; chunk < chunkCount && run < runCount; chunk++) {
    if (run + 1 < runCount && runs.readUInt32BE(8 + 12 * (run + 1)) === chunk + 1) run++;
    const next = Math.min(samples, sample + runs.readUInt32BE(12 + 12 * run));
    const offset = short ? short.readUInt32BE(8 + 4 * chunk) : Number(long!.readBigUInt64BE(8 + 8 * chunk));
    let length = size * (next - sample);
    if (size === 0) for (let i = sample; i < next; i++) length += sizes.readUInt32BE(12 + 4 * i);
    if (next > sample) end = Math.max(end, offset + length);
    sample = next;
  }
  return end;
}
