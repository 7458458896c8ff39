/** Prompts know how long their clips are, and rewards are given it with the samples. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MediaPool } from '../../lib/media/index.js';
import { newSmallModel } from '../../lib/omni/index.js';
import type { RewardBatch } from '../../lib/rewards/index.js';
import { scope } from '../../lib/tensor/index.js';
import { GRPOTrainer } from '../../lib/train/index.js';
import { tinyConfig, writeClip } from './clips.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-duration-'));
const pool = new MediaPool({ workers: 1 });

afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

test('the duration of a clip reaches rewards; a text sample has none', async () => {
  const samples = [
    { id: 'clip', video: await writeClip(pool, folder), question: 'What?', answer: 'a' },
    { id: 'text', question: 'What?', answer: 'a' },
  ];
  const model = newSmallModel(samples, { config: tinyConfig });
  model.media = pool;
  const prompts = await scope(async () => {
    const { av } = await model.prepare(samples, { views: ['av'] });
    return av.map(({ duration }) => duration);
  });
  // The clip is written with two seconds; its sound ends with a whole frame of AAC.
  expect(prompts).toEqual([expect.closeTo(2, 0), undefined]);
  const seen = new Map<string, number | undefined>();
  function none({ samples: given, completions }: RewardBatch): number[] {
    for (const { id, duration } of given) seen.set(id, duration);
    return completions.map(() => 0);
  }
  const config = {
    outputDir: join(folder, 'run'),
    maxSteps: 1,
    numGenerations: 2,
    perDeviceTrainBatchSize: 4,
    maxCompletionLength: 2,
  };
  await new GRPOTrainer({ model, rewardFuncs: [none], trainDataset: samples, config }).train();
  expect([seen.get('clip'), seen.get('text')]).toEqual(prompts);
});
