import { advantageModes } from '../../lib/kernels/index.js';
import type { RewardFunc } from '../../lib/rewards/index.js';
import { type GRPOConfigInput, GRPOTrainer } from '../../lib/train/index.js';
import { samples, tinyModel, weights } from './tiny-model.js';

async function oneStep(config: GRPOConfigInput, rewardFuncs: RewardFunc[]) {
  const model = tinyModel();
  const before = weights(model);
  let loss = Number.NaN;
  await new GRPOTrainer({
    model,
    rewardFuncs,
    trainDataset: samples,
    config: {
      outputDir: null,
      numGenerations: 4,
      perDeviceTrainBatchSize: 16,
      maxCompletionLength: 8,
      maxSteps: 1,
      loggingSteps: 1,
      ...config,
    },
    callbacks: [
      {
        onLog: (_, __, metrics) => {
          loss = metrics.loss;
        },
      },
    ],
  }).train();
  return { loss, moved: JSON.stringify(weights(model)) !== JSON.stringify(before) };
}

const column =
  (values: number[]): RewardFunc =>
  ({ completions }) =>
    completions.map((_, i) => values[i % 4]);

test('rewards are compared one by one before their sum is taken, where the mode says so', async () => {
  // The sum is 1 for every completion. Normalised one by one they add up to 0.134, 0.134, -0.134, -0.134.
  const rewardFuncs = [column([1, 0, 0, 0]), column([0, 1, 0, 0]), column([0, 0, 1, 1])];
  expect(await oneStep({ scaleRewards: 'group' }, rewardFuncs)).toMatchObject({ moved: false });
  expect(await oneStep({ scaleRewards: 'normalizeThenSum' }, rewardFuncs)).toMatchObject({ moved: true });
  // A group that would move the weights is admitted.
  for (const [scaleRewards, moved] of [
    ['group', false],
    ['normalizeThenSum', true],
  ] as const)
    expect(await oneStep({ scaleRewards, admit: 'nonConstant' }, rewardFuncs)).toMatchObject({ moved });
});

test('weights reach every mode', async () => {
  // 3 x 1 - 1 x 3: nothing is left.
  const rewardFuncs = [column([1, 2, 3, 4]), column([3, 6, 9, 12])];
  for (const scaleRewards of ['group', 'none', 'batch', 'rloo', 'opo'] as const) {
    expect(await oneStep({ scaleRewards, rewardWeights: [3, -1] }, rewardFuncs)).toMatchObject({
      moved: false,
    });
    expect(await oneStep({ scaleRewards, rewardWeights: [3, 1] }, rewardFuncs)).toMatchObject({
      moved: true,
    });
  }
});

test("opo's baseline weighs rewards by the completions' lengths", async () => {
  // On-policy, dapo's loss is minus the mean advantage of a token, which that baseline makes 0.
  const length: RewardFunc = ({ completionIds }) => completionIds.map((ids) => ids.length);
  const config = { lossType: 'dapo' as const };
  expect((await oneStep({ ...config, scaleRewards: 'opo' }, [length])).loss).toBeCloseTo(0, 6);
  expect(Math.abs((await oneStep({ ...config, scaleRewards: 'none' }, [length])).loss)).toBeGreaterThan(0.1);
});

test.each(advantageModes)('%s trains', async (scaleRewards) => {
  expect(await oneStep({ scaleRewards }, [column([1, 2, 4, 8])])).toMatchObject({ moved: true });
});
