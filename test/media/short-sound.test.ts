/** Sound that is shorter than the filter which changes its rate. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MediaPool } from '../../lib/media/index.js';
import { scratchFolder, wavFile } from './clips.js';

const folder = scratchFolder();
const pool = new MediaPool({ workers: 1 });
afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

async function resampled(count: number, rate: number, value = 0.5): Promise<Float32Array> {
  const file = join(folder, `${count}-${rate}.wav`);
  writeFileSync(file, wavFile([new Float32Array(count).fill(value)], rate));
  return (await pool.decode(file, { audio: { sampleRate: 16_000 } })).audio!.samples;
}

// As long as the sound: count x 16,000 / rate, up to a whole sample.
test.each([
  [1, 44_100, 1],
  [3, 48_000, 1],
  [100, 44_100, 37],
  [100, 48_000, 34],
  [353, 44_100, 129],
  [100, 8_000, 200],
  [1000, 768_000, 21],
  [80, 8, 160_000],
  // Longer than the filter.
  [441, 44_100, 160],
  [1001, 48_000, 334],
])('%d samples at %d Hz are %d at 16 kHz', async (count, rate, expected) => {
  expect(await resampled(count, rate)).toHaveLength(expected);
});

test('a constant stays one, but at its ends', async () => {
  const samples = await resampled(300, 44_100);
  expect(samples).toHaveLength(109);
  for (const sample of samples.subarray(20, 89)) expect(Math.abs(sample - 0.5)).toBeLessThan(0.02);
});
