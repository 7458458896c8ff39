// The truth table of T-GRPO's bonus; means over groups of completions are worked out by hand.

import { temporalReward } from '../../lib/rewards/index.js';
import { answering, batchOf, completion, question } from './batch.js';

const text = (correct: number) => answering(correct ? 'B' : 'A');

function batch(av: number[], shuffled: number[], samples = av.map(() => question())) {
  const rollouts = { shuffled: shuffled.map((score) => completion(text(score))) };
  return batchOf(av.map(text), { samples, rollouts });
}

test.each([
  ['both right', [1], [1], [0.3]],
  ['order helps', [1], [0], [0.3]],
  ['order hurts', [0], [1], [0]],
  ['both wrong', [0], [0], [0]],
  ['right ones alone earn it', [1, 0], [0, 0], [0.3, 0]],
  ['3 of 4 in order, 4 shuffled: 0.75 < 0.8', [1, 1, 1, 0], [1, 1, 1, 1], [0, 0, 0, 0]],
  ['2 of 4 in order, 2 shuffled', [1, 1, 0, 0], [0, 0, 1, 1], [0.3, 0.3, 0, 0]],
  ['4 of 5 in order, 5 shuffled: 0.8 = 0.8', [1, 1, 1, 1, 0], [1, 1, 1, 1, 1], [0.3, 0.3, 0.3, 0.3, 0]],
])('%s', async (_, av, shuffled, expected) => {
  expect(await temporalReward()(batch(av, shuffled))).toEqual(expected);
});

test('prompts are compared apart', async () => {
  const other = question({ id: 'other' });
  const samples = [question(), question(), other, other];
  const scores = await temporalReward()(batch([1, 1, 1, 0], [0, 0, 1, 1], samples));
  expect(scores).toEqual([0.3, 0.3, 0, 0]);
});

test('ratio and bonus are options; samples without a reference answer are not scored', async () => {
  expect(await temporalReward({ ratio: 1, bonus: 0.5 })(batch([1, 1, 0], [1, 1, 1]))).toEqual([0, 0, 0]);
  expect(await temporalReward({ ratio: 0.5, bonus: 0.5 })(batch([1, 0], [1, 1]))).toEqual([0.5, 0]);
  expect(await temporalReward()(batch([1], [0], [question({ answer: undefined })]))).toEqual([null]);
});

test('asks for the view with shuffled frames', () => {
  expect(temporalReward().views).toEqual(['shuffled']);
  expect(() => temporalReward()(batchOf([text(1)]))).toThrow(
    'rollouts.shuffled has no completions, expected 1: the temporal reward needs',
  );
});
