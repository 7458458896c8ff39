/** Frames become small in the process that decodes them, so that only what the model reads takes memory. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MediaPool } from '../../lib/media/index.js';
import { newSmallModel } from '../../lib/rollout/index.js';
import { tinyConfig } from './clips.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-large-clip-'));

afterAll(() => rmSync(folder, { recursive: true }));

it('a clip whose frames would not fit is read at the size of the model', async () => {
  const [count, size, MiB] = [4, 2048, 2 ** 20];
  const video = join(folder, 'large.mp4');
  await using pool = new MediaPool({ workers: 1, maxResultBytes: MiB });
  const frames = new Uint8Array(count * size * size * 3).fill(90);
  await pool.encode(video, { frames, width: size, height: size, fps: 2 });
  // 48 MiB of frames.
  await expect(pool.decode(video)).rejects.toMatchObject({ code: 'TOO_LARGE' });
  const sample = { id: 'a', video, question: 'What?', options: ['a', 'b'], answer: 'a' };
  const model = newSmallModel([sample], { config: tinyConfig, processor: { fps: 2, maxPixels: 96 * 96 } });
  const clip = await model.processor.features(sample, pool);
  expect(clip.video!.shape).toEqual([4, 96, 96]);
});
