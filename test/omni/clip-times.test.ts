/** A prompt holds each frame of a clip at the time at which the file shows it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MediaPool } from '../../lib/media/index.js';
import { newSmallModel } from '../../lib/omni/index.js';
import { scope } from '../../lib/tensor/index.js';
import { greyClip } from '../media/clips.js';
import { tinyConfig } from './clips.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-clip-times-'));
const pool = new MediaPool({ workers: 1 });
const path = (name: string) => join(folder, name);

afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

it('frames of a variable rate stand at their own times', async () => {
  // Ten frames in the first second, then one a second; the last goes at 11 s.
  const first = Array.from({ length: 10 }, (_, i) => i / 10);
  const later = Array.from({ length: 11 }, (_, i) => i + 1);
  await pool.encode(path('constant.mp4'), greyClip(20, 11, 5));
  execFileSync(process.execPath, [
    join(__dirname, '..', 'media', 'remux.mjs'),
    path('constant.mp4'),
    path('variable.mp4'),
    JSON.stringify({ pictures: [...first, ...later] }),
  ]);
  const sample = {
    id: 'a',
    video: path('variable.mp4'),
    question: 'What?',
    options: ['a', 'b'],
    answer: 'a',
  };
  const config = { ...tinyConfig, vision: { ...tinyConfig.vision, temporalPatch: 2 } };
  const model = newSmallModel([sample], { config, processor: { fps: 10, maxFrames: 64 } });
  const clip = await model.processor.features(sample, pool);
  expect(clip.video!.shape[0]).toBe(20);
  const times = scope(() => {
    const { spans } = model.processor.root(model.processor.tracks(clip), 'av');
    return spans.flatMap((span) => (span.kind === 'clip' ? [...span.times] : []));
  });
  // Two frames are a group, which stands at the time of its first.
  const expected = [0, 0.2, 0.4, 0.6, 0.8, 1, 3, 5, 7, 9];
  expect(times.length).toBe(expected.length);
  for (const [i, time] of times.entries()) expect(time).toBeCloseTo(expected[i], 6);
});
