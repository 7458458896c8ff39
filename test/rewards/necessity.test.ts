// The truth table of c x min(max(0, n_A), max(0, n_V)).

import { necessityReward } from '../../lib/rewards/index.js';
import { answering, batchOf, question } from './batch.js';
import { withWarnings } from './judged.js';

const [RIGHT, WRONG] = ['B', 'A'].map(answering);
const needing = (audio: number, video: number) => necessityReward({ score: async () => [{ audio, video }] });

test.each([
  [RIGHT, 0.5, 0.25, 0.25],
  [RIGHT, 0.25, 0.5, 0.25],
  [RIGHT, 0, 0.5, 0],
  [RIGHT, -0.5, 0.5, 0],
  [RIGHT, 0.5, -0.5, 0],
  [RIGHT, -0.5, -0.25, 0],
  [RIGHT, NaN, 0.5, NaN],
  [RIGHT, 0.5, NaN, NaN],
  [WRONG, 0.5, 0.25, 0],
  [WRONG, NaN, NaN, 0],
  ['no answer', 0.5, 0.25, 0],
])('%s with a fall of %f without sound and %f without pictures earns %f', async (text, audio, video, r) => {
  expect(await needing(audio, video)(batchOf([text]))).toEqual([r]);
});

test('the score is asked once for the whole batch', async () => {
  const batch = batchOf([RIGHT, RIGHT], { samples: [question(), question({ id: 'x', answer: undefined })] });
  const score = jest.fn(async () => [
    { audio: 1, video: 0.5 },
    { audio: 1, video: 1 },
  ]);
  const reward = necessityReward({ score });
  expect(reward.name).toBe('necessity');
  expect(await reward(batch)).toEqual([0.5, null]);
  expect(score.mock.calls).toEqual([[batch]]);
});

test('a score that throws stops nothing; one for too few completions is an error', async () => {
  const failing = necessityReward({ score: () => Promise.reject(new Error('out of memory')) });
  const { result, warnings } = await withWarnings(async () => failing(batchOf([RIGHT, WRONG])));
  expect(result).toEqual([NaN, 0]);
  expect(warnings[0]).toMatch(/^necessity reward: score failed; .*clip-1\/q-1.*: out of memory; where/);
  await expect(needing(1, 1)(batchOf([RIGHT, RIGHT]))).rejects.toThrow(
    'score returned 1 for 2 completions; expected an array of one { audio, video } for each',
  );
});
