// A synthetic dataset through the real encoder and back: what survives h264 and aac is still what the events say.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSamples } from '../../lib/data/samples.js';
import { syntheticClips } from '../../lib/data/synthetic/clips.js';
import { generateSyntheticDataset } from '../../lib/data/synthetic/generate.js';
import { MediaPool } from '../../lib/media/index.js';

const settings = { seed: 9, clips: { train: 3, validation: 0, test: 1 } };
const dir = mkdtempSync(join(tmpdir(), 'earsight-synthetic-'));
const pool = new MediaPool({ workers: 2, tmpDir: dir });
afterAll(async () => {
  await pool.close();
  rmSync(dir, { recursive: true });
});

test('frames and sound of the mp4 files match the event lists; the same settings give the same bytes', async () => {
  const paths = await generateSyntheticDataset(join(dir, 'a'), { ...settings, pool });
  await generateSyntheticDataset(join(dir, 'b'), { ...settings, pool });
  expect(readFileSync(join(dir, 'a/synthetic.json'))).toEqual(readFileSync(join(dir, 'b/synthetic.json')));

  const clips = syntheticClips(settings.seed, settings.clips).train;
  const files = [...new Set(readSamples(paths.train).map(({ video }) => video!))];
  expect(files).toHaveLength(3);
  for (const [i, { events }] of clips.entries()) {
    const { video, audio, duration } = await pool.decode(files[i]!, {
      video: {},
      audio: { sampleRate: 16000 },
    });
    expect(duration).toBeCloseTo(4, 1);
    expect(video!.shape).toEqual([32, 64, 64, 3]);
    for (let k = 0; k < 32; k++) {
      const frame = video!.frames.subarray(k * 64 * 64 * 3, (k + 1) * 64 * 64 * 3);
      // Shapes are the only bright or saturated things: white is bright in its weakest channel, colours in one.
      let lit = 0;
      for (let p = 0; p < frame.length; p += 3)
        if (Math.max(frame[p]!, frame[p + 1]!, frame[p + 2]!) > 185) lit++;
      const shows = events.seen.some(({ start, end }) => start * 4 <= k && k < end * 4);
      shows ? expect(lit).toBeGreaterThan(60) : expect(lit).toBe(0);
    }
    for (let slot = 0; slot < 8; slot++) {
      // The middle of the slot: aac smears a few hundred samples over an edge.
      const part = audio!.samples.subarray(slot * 8000 + 1500, slot * 8000 + 6500);
      const level = Math.sqrt(part.reduce((sum, x) => sum + x * x, 0) / part.length);
      const heard = events.heard.some(({ start, end }) => start <= slot && slot < end);
      heard ? expect(level).toBeGreaterThan(0.05) : expect(level).toBeLessThan(0.03);
    }
  }
}, 60_000);
