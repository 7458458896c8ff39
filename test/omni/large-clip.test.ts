/** Frames as they come out of the process that decodes them: turned, and small, so that only what the model reads takes memory. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MediaPool } from '../../lib/media/index.js';
import { newSmallModel } from '../../lib/omni/index.js';
import { withDisplayMatrix } from '../media/clips.js';
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

it.each([
  [undefined, [64, 32]],
  [false, [32, 64]],
])('a clip of a phone that was turned, autorotate %j', async (autorotate, size) => {
  const video = join(folder, 'turned.mp4');
  await using pool = new MediaPool({ workers: 1 });
  await pool.encode(video, { frames: new Uint8Array(4 * 64 * 32 * 3), width: 64, height: 32, fps: 2 });
  // A quarter turn clockwise.
  writeFileSync(video, withDisplayMatrix(readFileSync(video), [0, 1, -1, 0]));
  const sample = { id: 'a', video, question: 'What?', options: ['a', 'b'], answer: 'a' };
  const model = newSmallModel([sample], { config: tinyConfig, processor: { autorotate } });
  const clip = await model.processor.features(sample, pool);
  expect(clip.video!.shape.slice(1)).toEqual(size);
});

it('four frames of 480 x 272 are 240 tokens, as of the published processors', async () => {
  const [width, height] = [480, 272];
  const video = join(folder, 'wide.mp4');
  await using pool = new MediaPool({ workers: 1 });
  await pool.encode(video, { frames: new Uint8Array(4 * width * height * 3), width, height, fps: 2 });
  const sample = { id: 'a', video, question: 'What?', options: ['a', 'b'], answer: 'a' };
  const vision = { ...tinyConfig.vision, patch: 16, mergeSize: 2, temporalPatch: 2 };
  const model = newSmallModel([sample], {
    config: { ...tinyConfig, vision },
    processor: { fps: 2, minPixels: 3136, maxPixels: 200_704 },
  });
  model.media = pool;
  // Two pairs of frames of 480 / 32 x 272 / 32 tokens, 15 x 8: the half of 8.5 is rounded to even.
  expect((await model.generate(sample, { maxNewTokens: 1 })).promptTokens.video).toBe(240);
});
