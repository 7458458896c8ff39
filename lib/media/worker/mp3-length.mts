/**
 * The length that an mp3 file states: a Xing ("Info" where the bit rate is constant) or VBRI header in its first frame,
 * which holds no sound. Without one it states none.
 */
import type { FileBytes } from './file-bytes.mjs';

interface Mp3Length {
  /** Frames of sound. */
  frames: number;
  /** Bytes of the stated size that lie behind the end of the file; null where no size is stated. */
  missingBytes: number | null;
}

// kbit/s by the header's index for layer III of MPEG-1 and of MPEG-2 (ISO/IEC 11172-3 2.4.2.3, 13818-3 2.4.2.3).
const bitRates = [
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
] as const;
const sampleRates = [44_100, 48_000, 32_000] as const;
// Junk that players skip in front of the first frame.
const searched = 2 ** 16;

/** Bytes of the layer III frame whose header stands at `at`, or 0: no such header, or a bit rate that it does not state. */
export function mp3FrameBytes(bytes: Uint8Array, at = 0): number {
  const [sync, kind, rates] = bytes.subarray(at, at + 3);
  const version = (kind! >> 3) & 3;
  if (rates === undefined || sync !== 0xff || (kind! & 0xe6) !== 0xe2 || version === 1) return 0;
  const mpeg1 = version === 3;
  const bitRate = bitRates[mpeg1 ? 0 : 1][rates >> 4];
  const sampleRate = sampleRates[(rates >> 2) & 3];
  if (!bitRate || !sampleRate) return 0;
  // MPEG-2 halves the rates and the samples of a frame, MPEG-2.5 the rates once more.
  const divisor = mpeg1 ? 1 : version === 2 ? 2 : 4;
  const factor = mpeg1 ? 144_000 : 72_000;
  return Math.floor((factor * bitRate * divisor) / sampleRate) + ((rates >> 1) & 1);
}

export function readMp3Length(file: FileBytes): Mp3Length | null {
  const start = file.afterTags;
  const bytes = file.read(start, searched);
  const at = bytes.findIndex((byte, i) => byte === 0xff && mp3FrameBytes(bytes, i) > 0);
  const frame = at < 0 ? bytes.subarray(0, 0) : bytes.subarray(at, at + mp3FrameBytes(bytes, at));
  if (frame.length < 60) return null;
  const missing = (size: number) => Math.max(0, start + at + size - file.size);
  if (frame.toString('latin1', 36, 40) === 'VBRI') {
    return { frames: frame.readUInt32BE(50), missingBytes: missing(frame.readUInt32BE(46)) };
  }
  const mono = frame[3]! >> 6 === 3;
  const mpeg1 = ((frame[1]! >> 3) & 3) === 3;
  const tag = 4 + (mpeg1 ? (mono ? 17 : 32) : mono ? 9 : 17);
  if (!['Xing', 'Info'].includes(frame.toString('latin1', tag, tag + 4))) return null;
  const fields = frame.readUInt32BE(tag + 4);
  if ((fields & 1) === 0) return null;
  const missingBytes = (fields & 2) === 0 ? null : missing(frame.readUInt32BE(tag + 12));
  return { frames: frame.readUInt32BE(tag + 8), missingBytes };
}
