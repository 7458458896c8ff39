// Clips that are made in memory: a square of one colour is seen for a second, a tone of one height heard for another.

import type { ClipFeatures } from '../../lib/omni/index.js';

export const colours = { red: [220, 40, 40], green: [40, 200, 40], blue: [40, 40, 220] };
/** First of the ten mel bins. */
export const tones = { low: 10, middle: 35, high: 60 };
export const seconds = 4;
const [size, bins] = [64, 80];

export interface Clip {
  colour: keyof typeof colours;
  tone: keyof typeof tones;
  /** The second in which the square is seen. */
  seen: number;
  heard: number;
}

export function featuresOf({ colour, tone, seen, heard }: Clip): ClipFeatures {
  const [count, rate] = [2 * seconds, 100];
  const frames = new Uint8Array(count * size * size * 3).fill(41);
  for (const frame of [2 * seen, 2 * seen + 1])
    for (let y = 16; y < 48; y += 1)
      for (let x = 16; x < 48; x += 1) frames.set(colours[colour], 3 * ((frame * size + y) * size + x));
  const mel = new Float32Array(bins * seconds * rate).fill(-0.6);
  for (let bin = tones[tone]; bin < tones[tone] + 10; bin += 1)
    mel.fill(1, (bin * seconds + heard) * rate, (bin * seconds + heard + 1) * rate);
  const times = Array.from({ length: count }, (_, i) => i / 2);
  return {
    duration: seconds,
    video: { frames, shape: [count, size, size], times },
    audio: { mel, frames: seconds * rate },
  };
}
