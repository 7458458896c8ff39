/** A clip of two seconds and the smallest model that can take it. */
import { join } from 'node:path';
import type { MediaPool } from '../../lib/media/index.js';
import type { SmallConfig } from '../../lib/models/index.js';

/** 8 frames a second of 64 x 64, a bar that moves; a tone that rises. @param speed of the bar, pixels a frame */
export async function writeClip(
  pool: MediaPool,
  folder: string,
  name = 'clip.mp4',
  speed = 4,
): Promise<string> {
  const file = join(folder, name);
  const [seconds, fps, size, sampleRate] = [2, 8, 64, 16_000];
  const frames = new Uint8Array(seconds * fps * size * size * 3);
  for (let i = 0; i < frames.length; i += 1) {
    const frame = Math.floor(i / (size * size * 3));
    const column = Math.floor(i / 3) % size;
    frames[i] = Math.abs(column - speed * frame) < 6 && i % 3 === 0 ? 230 : 20;
  }
  const audio = Float32Array.from(
    { length: seconds * sampleRate },
    (_, i) => 0.4 * Math.sin(0.05 * i + 1e-6 * i * i),
  );
  await pool.encode(file, { frames, width: size, height: size, fps, audio, sampleRate });
  return file;
}

export const tinyConfig: SmallConfig = {
  text: {
    hiddenSize: 32,
    layers: 1,
    heads: 2,
    kvHeads: 1,
    headDim: 16,
    intermediate: 32,
    mropeSection: [4, 2, 2],
  },
  vision: { width: 24, depth: 1, heads: 3, intermediate: 24, patch: 8, mergeSize: 4 },
  audio: { width: 24, depth: 1, heads: 3, intermediate: 24, pool: 25 },
};
