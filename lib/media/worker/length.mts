/**
 * What files state about their own length, so that one that was cut off is not taken for a shorter one. FFmpeg reads what
 * there is and mostly keeps silent about what is not.
 */
import type { Stream } from 'node-av/lib';
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
  stream: Stream;
  packets: number;
  /** Packets that are there to their last byte, as far as they tell. */
  whole: number;
  /** From the first packet's decoding time to the end of the last, in the stream's time base. */
  ticks: bigint;
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
  ['mp4', readMp4],
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

/** FFmpeg reads an index whose frames lie behind the end of the file, and stops at the first of them. */
function readMp4(bytes: FileBytes): StatedLength {
  return {
    stated: readMp4Length(bytes),
    check(tracks) {
      for (const { stream, packets, ticks } of tracks) {
        // Fragments bring their own index. An edit list may hide packets at both ends: more than it shows is no fault.
        if (stream.nbFrames === 0n || packets === 0 || ticks >= stream.duration) continue;
        const seconds = (time: bigint) =>
          ((Number(time) * stream.timeBase.num) / stream.timeBase.den).toFixed(3);
        fail(`its index states ${seconds(stream.duration)} s of a track, it holds ${seconds(ticks)} s`);
      }
    },
  };
}

/** The count of samples in STREAMINFO (RFC 9639, section 8.2); 0 where the writer did not know it. */
function readFlac(bytes: FileBytes): StatedLength {
  const info = bytes.read(bytes.afterTags + 8, 34);
  if (info.length < 34) return { stated: false };
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
