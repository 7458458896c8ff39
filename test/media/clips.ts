/** Synthetic clips whose every pixel and sample is known, and sound measurements. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const scratchFolder = () => mkdtempSync(join(tmpdir(), 'earsight-media-'));

export interface Clip {
  frames: Uint8Array;
  width: number;
  height: number;
  fps: number;
  audio: Float32Array;
  sampleRate: number;
}

/**
 * Four colour quadrants that change places every second frame, and a 1 kHz tone that starts at 2 s.
 * 64 x 64, 8 frames a second, 16 kHz.
 */
export function testClip(seconds = 4, size = 64): Clip {
  const fps = 8;
  const sampleRate = 16000;
  const frames = new Uint8Array(seconds * fps * size * size * 3);
  for (let f = 0, at = 0; f < seconds * fps; f++) {
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++, at += 3) frames.set(colourAt(f, x, y, size), at);
    }
  }
  const audio = Float32Array.from({ length: seconds * sampleRate }, (_, i) =>
    i < 2 * sampleRate ? 0 : 0.5 * Math.sin((2 * Math.PI * 1000 * i) / sampleRate),
  );
  return { frames, width: size, height: size, fps, audio, sampleRate };
}

const palette = [
  [220, 30, 30],
  [30, 200, 40],
  [40, 60, 230],
  [235, 235, 235],
] as const;

export function colourAt(
  frame: number,
  x: number,
  y: number,
  size: number,
): readonly [number, number, number] {
  const quadrant = (x < size / 2 ? 0 : 1) + (y < size / 2 ? 0 : 2);
  return palette[(quadrant + (frame >> 1)) % 4]!;
}

/** Frames of one grey each, 10 levels apart, and a 1 kHz tone from the second `onset` on. 64 x 64, 10 frames a second. */
export function greyClip(frameCount: number, seconds: number, onset: number): Clip {
  const size = 64;
  const sampleRate = 16000;
  const frames = new Uint8Array(frameCount * size * size * 3);
  for (let i = 0; i < frameCount; i++) {
    frames.fill(20 + 10 * i, i * size * size * 3, (i + 1) * size * size * 3);
  }
  const audio = Float32Array.from({ length: seconds * sampleRate }, (_, i) =>
    i < onset * sampleRate ? 0 : 0.5 * Math.sin((2 * Math.PI * 1000 * i) / sampleRate),
  );
  return { frames, width: size, height: size, fps: 10, audio, sampleRate };
}

/** Which frames of a {@link greyClip} these are. */
export function greyNumbers({ frames, shape: [count] }: { frames: Uint8Array; shape: number[] }): number[] {
  const bytes = frames.length / count!;
  return Array.from({ length: count! }, (_, i) => Math.round((frames[i * bytes + bytes / 2]! - 20) / 10) + 0);
}

/** Seconds until the tone is heard. */
export function onsetOf({ samples, sampleRate }: { samples: Float32Array; sampleRate: number }): number {
  return samples.findIndex((sample) => Math.abs(sample) > 0.25) / sampleRate;
}

/** Amplitude of a frequency in samples [from, to), by correlation with sine and cosine. */
export function amplitude(
  samples: Float32Array,
  sampleRate: number,
  hz: number,
  from = 0,
  to = samples.length,
): number {
  let sin = 0;
  let cos = 0;
  for (let i = from; i < to; i++) {
    sin += samples[i]! * Math.sin((2 * Math.PI * hz * i) / sampleRate);
    cos += samples[i]! * Math.cos((2 * Math.PI * hz * i) / sampleRate);
  }
  return (2 * Math.hypot(sin, cos)) / (to - from);
}

/** A 16-bit PCM wav file from channels of equal length in [-1, 1]. */
export function wavFile(channels: Float32Array[], sampleRate: number): Buffer {
  const count = channels[0]!.length;
  const data = Buffer.alloc(count * channels.length * 2);
  for (let i = 0, at = 0; i < count; i++) {
    for (const channel of channels) at = data.writeInt16LE(Math.round(channel[i]! * 32767), at);
  }
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels.length, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * channels.length * 2, 28);
  header.writeUInt16LE(channels.length * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

/** An mp4 file with another matrix [a b; c d] in its first track header (ISO/IEC 14496-12, section 8.3.2). */
export function withDisplayMatrix(mp4: Buffer, [a, b, c, d]: number[]): Buffer {
  const bytes = Buffer.from(mp4);
  const matrix = bytes.indexOf('tkhd') + 44;
  [a, b, 0, c, d].forEach((value, i) => {
    bytes.writeInt32BE(Math.round(value! * 0x10000), matrix + 4 * i);
  });
  return bytes;
}
