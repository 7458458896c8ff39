/**
 * The sizes in RIFF files, wav and avi (Microsoft, "Multimedia Programming Interface and Data Specifications 1.0"), and in
 * their big-endian model, aiff (Apple, "Audio Interchange File Format AIFF-C").
 */
import { TaskFailure } from './failure.mjs';
import type { FileBytes } from './file-bytes.mjs';

interface Chunk {
  id: string;
  /** Where its content starts. */
  at: number;
  size: number;
}

/** The size of the samples. Writers that cannot go back, into a pipe for one, state a size that stands for none. */
export function readWavLength(bytes: FileBytes): boolean {
  let size64 = 0;
  for (const { id, at, size } of chunks(bytes, 12, 'LE')) {
    // RF64 (EBU Tech 3306): 64-bit sizes of the file and of the samples.
    if (id === 'ds64') size64 = Number(bytes.read(at + 8, 8).readBigUInt64LE());
    if (id !== 'data') continue;
    const end = at + (size === 0xffffffff && size64 > 0 ? size64 : size);
    if (end === bytes.size) return true;
    if (size64 === 0 && isPlaceholder(size)) return false;
    return holds(bytes, end);
  }
  return false;
}

/** The size of the samples. */
export function readAiffLength(bytes: FileBytes): boolean {
  for (const { id, at, size } of chunks(bytes, 12, 'BE')) {
    if (id === 'SSND') return at + size === bytes.size || (!isPlaceholder(size) && holds(bytes, at + size));
  }
  return false;
}

/** One RIFF chunk or, above 1 GiB, several. */
export function readAviLength(bytes: FileBytes): boolean {
  // Some writers count the chunk's own header.
  const slack = 8;
  let stated = false;
  for (const { id, at, size } of chunks(bytes, 0, 'LE')) {
    if (id !== 'RIFF') break;
    if (isPlaceholder(size) && at + size !== bytes.size) return false;
    stated = holds(bytes, at + size, slack);
  }
  return stated;
}

function* chunks(bytes: FileBytes, from: number, order: 'LE' | 'BE'): Generator<Chunk> {
  for (let at = from; ; ) {
    const header = bytes.read(at, 8);
    if (header.length < 8) return;
    const size = header[`readUInt32${order}`](4);
    yield { id: header.toString('latin1', 0, 4), at: at + 8, size };
    at += 8 + size + (size % 2);
  }
}

/** 0, and what lies close to the largest signed and unsigned size: each program has its own value. */
function isPlaceholder(size: number): boolean {
  return size === 0 || [2 ** 31, 2 ** 32].some((limit) => Math.abs(limit - size) <= 4096);
}

function holds(bytes: FileBytes, end: number, slack = 0): true {
  if (end <= bytes.size + slack) return true;
  throw new TaskFailure('TRUNCATED', `its header states ${end} bytes, the file has ${bytes.size}`);
}
