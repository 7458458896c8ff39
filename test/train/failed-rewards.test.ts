import type { RewardFunc } from '../../lib/rewards/index.js';
import { type GRPOConfigInput, GRPOTrainer } from '../../lib/train/index.js';
import { samples, tinyModel, weights } from './tiny-model.js';

async function train(rewardFuncs: RewardFunc[], maxSteps: number, config: GRPOConfigInput = {}) {
  const model = tinyModel();
  const before = weights(model);
  const logged: Record<string, number>[] = [];
  const { state } = await new GRPOTrainer({
    model,
    rewardFuncs,
    trainDataset: samples,
    config: {
      outputDir: null,
      numGenerations: 4,
      perDeviceTrainBatchSize: 16,
      maxCompletionLength: 6,
      scaleRewards: 'none',
      loggingSteps: 1,
      maxSteps,
      ...config,
    },
    callbacks: [{ onLog: (_, __, metrics) => void logged.push(metrics) }],
  }).train();
  return { state, logged, before, after: weights(model) };
}

test('a failed completion leaves the mean of its group and the denominator of the loss', async () => {
  let lengths: number[] = [];
  const judged: RewardFunc = ({ completionIds }) => {
    lengths = completionIds.map((ids) => ids.length);
    return completionIds.map((_, i) => [1, 0, 0, Number.NaN][i % 4]);
  };
  const { logged } = await train([judged], 1);
  // dapo on-policy: minus the mean advantage of a token.
  const advantages = lengths.map((_, i) => [2 / 3, -1 / 3, -1 / 3, 0][i % 4]);
  const inLoss = lengths.filter((_, i) => i % 4 !== 3).reduce((sum, length) => sum + length, 0);
  const expected = -lengths.reduce((sum, length, i) => sum + advantages[i] * length, 0) / inLoss;
  expect(Math.abs(expected)).toBeGreaterThan(1e-3);
  expect(logged[0].loss).toBeCloseTo(expected, 6);
  expect(logged[0]).toMatchObject({ 'rewards/judged/failed': 4, 'rewards/judged/mean': 1 / 3 });
});

test('a judge that fails for whole steps leaves the weights and the training as they are', async () => {
  const judged: RewardFunc = ({ completions, step }) =>
    completions.map((_, i) => (step < 2 ? Number.NaN : i % 4));
  const failed = await train([judged], 2);
  expect(failed.state.step).toBe(2);
  expect(failed.after).toEqual(failed.before);
  expect(failed.logged.map((metrics) => metrics['rewards/judged/failed'])).toEqual([16, 16]);
  const recovered = await train([judged], 3);
  expect(recovered.after).not.toEqual(recovered.before);
  expect(recovered.logged[2]).toMatchObject({ 'rewards/judged/failed': 0, reward: 1.5 });
});

test('what no reward scored counts in no spread', async () => {
  // One of the four groups of the second step is scored by nobody, and none of the first.
  const judged: RewardFunc = ({ completions, step }) =>
    completions.map((_, i) => (step === 0 || i < 4 ? Number.NaN : i % 4));
  const { logged } = await train([judged], 2);
  const spreads = logged.map((metrics) => [metrics.reward_std, metrics['rewards/judged/std']]);
  expect(spreads[0]).toEqual([undefined, undefined]);
  // Of 0, 1, 2 and 3: the deviations' squares sum to 5; three groups have 15 over 11.
  expect(spreads[1]).toEqual([expect.closeTo(Math.sqrt(5 / 3), 9), expect.closeTo(Math.sqrt(15 / 11), 9)]);
  expect(logged.map((metrics) => metrics.frac_reward_zero_std)).toEqual([1, 0.25]);
});

test('a reward that does not answer in time fails on its completions alone, and the step goes on', async () => {
  const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const hangs: RewardFunc = () => new Promise(() => {});
  const byIndex: RewardFunc = ({ completions }) => completions.map((_, i) => i % 4);
  const config = { rewardTimeoutSeconds: 0.02 };
  const hung = await train([byIndex, hangs], 1, { ...config, rewardWeights: [1, 0] });
  const alone = await train([byIndex], 1);
  expect(hung.after).toEqual(alone.after);
  expect(hung.logged[0]).toMatchObject({
    'rewards/hangs/failed': 16,
    'rewards/hangs/seconds': expect.any(Number),
    'rewards/byIndex/failed': 0,
    'rewards/byIndex/seconds': expect.any(Number),
  });
  // With a weight, it takes all completions out.
  const weighted = await train([byIndex, hangs], 1, config);
  expect(weighted.after).toEqual(weighted.before);
  expect(warned.mock.calls).toHaveLength(2);
  warned.mockRestore();
});
