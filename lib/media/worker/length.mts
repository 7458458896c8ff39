/**
 * What files state about their own length, so that one that was cut off is not taken for a shorter one. FFmpeg reads what
 * there is and mostly keeps silent about what is not.
 */
import { readAsfLength } from './asf-length.mjs';
import { TaskFailure } from './failure.mjs';
import { type FileBytes, withBytes } from './file-bytes.mjs';
import { readMatroskaLength } from './matroska-length.mjs';
import { readMp3Length } from './mp3-length.mjs';
import { readMp4Length } from './mp4-length.mjs';
import { readOggLength } from './ogg-length.mjs';
import { readAiffLength, readAviLength, readWavLength } from './riff-length.mjs';

/** What was found of a track. */
export interface TrackContent {
  /** Packets that are there to their last byte, as far as they tell. */
  whole: number;
  /** Seconds on the file's clock: where the last packet ends. */
  end: number;
  /** Seconds that the longest packet lasts. */
  longest: number;
}

export interface StatedLength {
  stated: boolean;
  /** Fails if the tracks fall short of what the file states. */
  check?(tracks: readonly TrackContent[]): void;
}

/** Reads what a file of this FFmpeg format states. Fails if the container itself shows that its end is missing. */
export function readLength(file: string, format: string): StatedLength {
  const [, read] = readers.find(([name]) => format.split(',').includes(name)) ?? [];
  return read ? withBytes(file, read) : { stated: false };
}

const readers: readonly [format: string, read: (bytes: FileBytes) => StatedLength][] = [
  ['mp4', (bytes) => ({ stated: readMp4Length(bytes) })],
  ['matroska', (bytes) => ({ stated: readMatroskaLength(bytes) })],
  ['ogg', (bytes) => ({ stated: readOggLength(bytes) })],
  ['wav', (bytes) => ({ stated: readWavLength(bytes) })],
  ['avi', (bytes) => ({ stated: readAviLength(bytes) })],
  ['aiff', (bytes) => ({ stated: readAiffLength(bytes) })],
  ['asf', (bytes) => ({ stated: readAsfLength(bytes) })],
  ['flv', readFlv],
  ['flac', readFlac],
  ['mp3', readMp3],
];

/**
 * The script tag of a complete flv file states its bytes or, from other writers, only seconds: an AMF number behind the
 * field's name (Adobe, "Video File Format Specification 10.1", annexes E.5 and E.6).
 */
function readFlv(bytes: FileBytes): StatedLength {
  const head = bytes.read(0, 2 ** 16);
  const field = (name: string): number => {
    const at = head.indexOf(`${name}\0`) + name.length;
    return at > name.length && at + 9 <= head.length ? head.readDoubleBE(at + 1) : 0;
  };
  const [size, duration] = [field('filesize'), field('duration')];
  if (size > bytes.size) fail(`its header states ${size} bytes, the file has ${bytes.size}`);
  if (size > 0 || !(duration > 0)) return { stated: size > 0 };
  return {
    stated: true,
    check(tracks) {
      const end = Math.max(...tracks.map((track) => track.end));
      // The length of the last frame is not in the file.
      const slack = Math.max(...tracks.map((track) => track.longest));
      if (end + slack < duration) fail(`its header states ${duration} s, it holds ${end.toFixed(3)} s`);
    },
  };
}

/**
 * The count of samples in STREAMINFO (RFC 9639, section 8.2); 0 where the writer did not know it. A file whose first frame is
 * not number 0 was cut out of another one, and the count is that one's.
 */
function readFlac(bytes: FileBytes): StatedLength {
  const start = bytes.afterTags + 4;
  const info = bytes.read(start + 4, 34);
  let at = start;
  for (let last = false; !last; ) {
    const block = bytes.read(at, 4);
    if (block.length < 4) return { stated: false };
    last = block[0]! >= 0x80;
    at += 4 + block.readUIntBE(1, 3);
  }
  // Section 9.1.5: the number stands behind four bytes of the frame's header, and 0 is one byte of zero.
  const firstNumber = bytes.read(at + 4, 1)[0] ?? 0;
  if (info.length < 34 || firstNumber !== 0) return { stated: false };
  const sampleRate = info.readUIntBE(10, 3) >> 4;
  const samples = (info[13]! & 15) * 2 ** 32 + info.readUInt32BE(14);
  return {
    stated: samples > 0,
    check([track]) {
      const found = Math.round((track?.end ?? 0) * sampleRate);
      if (found < samples) fail(`its header states ${samples} samples, it holds ${found}`);
    },
  };
}

function readMp3(bytes: FileBytes): StatedLength {
  const length = readMp3Length(bytes);
  if (!length) return { stated: false };
  return {
    stated: true,
    check([track]) {
      const frames = track?.whole ?? 0;
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
