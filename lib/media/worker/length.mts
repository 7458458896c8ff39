/**
 * What files state about their own length, so that one that was cut off is not taken for a shorter one. FFmpeg reads what
 * there is and mostly keeps silent about what is not.
 */
import { TaskFailure } from './failure.mjs';
import { FileBytes } from './file-bytes.mjs';
import { readMp3Length } from './mp3-length.mjs';
import { readMp4Length } from './mp4-length.mjs';
import { readOggLength } from './ogg-length.mjs';

/** What was found in the file. */
export interface Content {
  /** Frames that are there to their last byte. */
  frames: number;
  /** Where the last track ends. */
  seconds: number;
}

export interface StatedLength {
  stated: boolean;
  /** Fails if the content falls short of what the file states. */
  check?(content: Content): void;
}

/** Reads what a file of this FFmpeg format states. Fails if the container itself shows that its end is missing. */
export function readLength(file: string, format: string): StatedLength {
  const bytes = new FileBytes(file);
  try {
    const [, read] = readers.find(([name]) => format.split(',').includes(name)) ?? [];
    return read?.(bytes) ?? { stated: false };
  } finally {
    bytes.close();
  }
}

const readers: readonly [format: string, read: (bytes: FileBytes) => StatedLength][] = [
  ['mp4', (bytes) => ({ stated: readMp4Length(bytes) })],
  ['matroska', (bytes) => ({ stated: readMatroska(bytes) })],
  ['ogg', (bytes) => ({ stated: readOggLength(bytes) })],
  ['wav', (bytes) => ({ stated: isKnown(bytes.read(0, 8)) })],
  ['avi', (bytes) => ({ stated: readAvi(bytes) })],
  ['flv', (bytes) => ({ stated: readFlv(bytes) })],
  ['flac', readFlac],
  ['mp3', readMp3],
];

/** EBML (RFC 8794): the Segment element holds everything but the first header; a live recording leaves its size open. */
function readMatroska(bytes: FileBytes): boolean {
  const segment = 0x18538067;
  for (let at = 0; ; ) {
    const header = bytes.read(at, 12);
    if (header.length < 12) return false;
    const idBytes = Math.clz32(header[0]!) - 23;
    const sizeAt = Math.min(idBytes, 4);
    const sizeBytes = Math.min(Math.clz32(header[sizeAt]!) - 23, 8);
    const mark = 2n ** BigInt(7 * sizeBytes);
    const size = BigInt(`0x${header.toString('hex', sizeAt, sizeAt + sizeBytes)}`) - mark;
    const end = at + sizeAt + sizeBytes + Number(size);
    if (header.readUInt32BE(0) === segment) {
      if (size === mark - 1n) return false;
      if (end > bytes.size) fail(`its header states ${end} bytes, the file has ${bytes.size}`);
      return true;
    }
    // A damaged size may be negative.
    if (end <= at) return false;
    at = end;
  }
}

/** A RIFF size that was filled in when the file was complete. */
function isKnown(header: Buffer): boolean {
  const size = header.readUInt32LE(4);
  return size !== 0 && (size !== 0xffffffff || header.toString('latin1', 0, 4) === 'RF64');
}

/** One RIFF chunk or, above 1 GiB, several. */
function readAvi(bytes: FileBytes): boolean {
  // Some writers count the chunk's own header.
  const slack = 8;
  for (let at = 0; ; ) {
    const header = bytes.read(at, 8);
    if (header.length < 8 || header.toString('latin1', 0, 4) !== 'RIFF') return at > 0;
    if (!isKnown(header)) return false;
    const end = at + 8 + header.readUInt32LE(4);
    if (end > bytes.size + slack) fail(`its header states ${end} bytes, the file has ${bytes.size}`);
    at = end + (end % 2);
  }
}

/** The duration in the first script tag, an AMF number behind its name. */
function readFlv(bytes: FileBytes): boolean {
  const head = bytes.read(0, 2 ** 16);
  const at = head.indexOf('duration');
  return at >= 0 && at + 17 <= head.length && head[at + 8] === 0 && head.readDoubleBE(at + 9) > 0;
}

/** The count of samples in STREAMINFO (RFC 9639, section 8.2); 0 where the writer did not know it. */
function readFlac(bytes: FileBytes): StatedLength {
  const info = bytes.read(bytes.afterTags + 8, 34);
  if (info.length < 34) return { stated: false };
  const sampleRate = info.readUIntBE(10, 3) >> 4;
  const samples = (info[13]! & 15) * 2 ** 32 + info.readUInt32BE(14);
  return {
    stated: samples > 0,
    check({ seconds }) {
      const found = Math.round(seconds * sampleRate);
      if (found < samples) fail(`its header states ${samples} samples, it holds ${found}`);
    },
  };
}

function readMp3(bytes: FileBytes): StatedLength {
  const length = readMp3Length(bytes);
  if (!length) return { stated: false };
  return {
    stated: true,
    check({ frames }) {
      const missing = length.frames - frames;
      // Some writers count the header's own frame. The size, where there is one, tells.
      if (missing > 0 && (length.missingBytes ?? missing - 1) > 0) {
        fail(`its header states ${length.frames} frames, it holds ${frames}`);
      }
    },
  };
}

function fail(reason: string): never {
  throw new TaskFailure('TRUNCATED', reason);
}
