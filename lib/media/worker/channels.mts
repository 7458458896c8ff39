/** Any number of channels in any sample format to their mean in floats, as librosa does (FFmpeg's downmix is louder). */
import {
  AV_SAMPLE_FMT_DBL,
  AV_SAMPLE_FMT_DBLP,
  AV_SAMPLE_FMT_FLT,
  AV_SAMPLE_FMT_FLTP,
  AV_SAMPLE_FMT_S16,
  AV_SAMPLE_FMT_S16P,
  AV_SAMPLE_FMT_S32,
  AV_SAMPLE_FMT_S32P,
  AV_SAMPLE_FMT_U8,
  AV_SAMPLE_FMT_U8P,
} from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import { TaskFailure } from './failure.mjs';

type Samples = Float32Array | Float64Array | Int32Array | Int16Array | Uint8Array;

interface Kind {
  // FFmpeg's planes are aligned for any of these views.
  view: new (
    buffer: ArrayBufferLike,
    byteOffset: number,
    length: number,
  ) => Samples;
  zero: number;
  /** What stands for 1. */
  one: number;
}

const u8: Kind = { view: Uint8Array, zero: 128, one: 128 };
const s16: Kind = { view: Int16Array, zero: 0, one: 2 ** 15 };
const s32: Kind = { view: Int32Array, zero: 0, one: 2 ** 31 };
const f32: Kind = { view: Float32Array, zero: 0, one: 1 };
const f64: Kind = { view: Float64Array, zero: 0, one: 1 };

const formats = new Map<number, Kind>([
  [AV_SAMPLE_FMT_U8, u8],
  [AV_SAMPLE_FMT_U8P, u8],
  [AV_SAMPLE_FMT_S16, s16],
  [AV_SAMPLE_FMT_S16P, s16],
  [AV_SAMPLE_FMT_S32, s32],
  [AV_SAMPLE_FMT_S32P, s32],
  [AV_SAMPLE_FMT_FLT, f32],
  [AV_SAMPLE_FMT_FLTP, f32],
  [AV_SAMPLE_FMT_DBL, f64],
  [AV_SAMPLE_FMT_DBLP, f64],
]);
const planar = new Set<number>([
  AV_SAMPLE_FMT_U8P,
  AV_SAMPLE_FMT_S16P,
  AV_SAMPLE_FMT_S32P,
  AV_SAMPLE_FMT_FLTP,
  AV_SAMPLE_FMT_DBLP,
]);

export function meanOfChannels(frame: Frame): Float32Array {
  const format = frame.format as number;
  const kind = formats.get(format);
  if (!kind)
    throw new TaskFailure('UNSUPPORTED', `its samples have FFmpeg's format ${format}, which is not read`);
  const channels = frame.channelLayout.nbChannels;
  const count = frame.nbSamples;
  const planes = frame.extendedData ?? [];
  const [needed, inPlane] = planar.has(format) ? [channels, 1] : [1, channels];
  if (planes.length < needed) {
    throw new TaskFailure('UNSUPPORTED', `only ${planes.length} of its ${channels} channels can be read`);
  }
  const sums = new Float64Array(count);
  for (const plane of planes.slice(0, needed)) {
    addChannels(new kind.view(plane.buffer, plane.byteOffset, count * inPlane), inPlane, kind.zero, sums);
  }
  const scale = kind.one * channels;
  const mean = new Float32Array(count);
  for (let i = 0; i < count; i++) mean[i] = sums[i]! / scale;
  return mean;
}

function addChannels(samples: Samples, channels: number, zero: number, sums: Float64Array): void {
  for (let i = 0, at = 0; i < sums.length; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += samples[at++]! - zero;
    sums[i]! += sum;
  }
}
