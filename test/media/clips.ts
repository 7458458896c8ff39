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
