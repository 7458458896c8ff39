/** GRPO through kernels.policyLoss and kernels.groupAdvantage against the same training through their reference forms. */
import { referenceGroupAdvantage, referencePolicyLoss } from '../../lib/algorithms/index.js';
import { groupAdvantage, policyLoss } from '../../lib/kernels/index.js';
import type { RewardBatch } from '../../lib/rewards/index.js';
import { torch } from '../../lib/tensor/index.js';
import { type GRPOConfigInput, GRPOTrainer } from '../../lib/train/index.js';
import { samples, tinyModel } from './tiny-model.js';

jest.setTimeout(120_000);

jest.mock('../../lib/kernels/policy-loss.js', () => {
  const actual = jest.requireActual('../../lib/kernels/policy-loss.js');
  return { ...actual, policyLoss: jest.fn(actual.policyLoss) };
});
jest.mock('../../lib/kernels/group-advantage.js', () => {
  const actual = jest.requireActual('../../lib/kernels/group-advantage.js');
  return { ...actual, groupAdvantage: jest.fn(actual.groupAdvantage) };
});
const [loss, advantages] = [jest.mocked(policyLoss), jest.mocked(groupAdvantage)];
const kernels = {
  loss: loss.getMockImplementation() as typeof policyLoss,
  advantages: advantages.getMockImplementation() as typeof groupAdvantage,
};
const reference: typeof kernels = {
  loss: referencePolicyLoss,
  advantages: (rewards, offsets, options) => {
    const rows = (rewards.toArray() as number[]).map((reward) => [reward]);
    const values = referenceGroupAdvantage(rows, offsets.toArray() as number[], { mode: options?.mode });
    return torch.tensor(Float64Array.from(values));
  },
};

// How far into the alphabet: rewards of a group seldom agree.
const letters = ({ completions, samples: asked }: RewardBatch) =>
  completions.map((text, i) => [...text].filter((letter) => letter <= asked[i].question[0]).length);

/** Loss and gradient norm of ten steps. */
async function curve(implementation: typeof kernels, config: GRPOConfigInput) {
  loss.mockImplementation(implementation.loss);
  advantages.mockImplementation(implementation.advantages);
  const logged: number[][] = [];
  await new GRPOTrainer({
    model: tinyModel(),
    rewardFuncs: [letters],
    trainDataset: samples,
    config: {
      outputDir: null,
      learningRate: 1e-2,
      lrSchedulerType: 'constant',
      loggingSteps: 1,
      maxSteps: 10,
      numGenerations: 4,
      perDeviceTrainBatchSize: 16,
      maxCompletionLength: 6,
      beta: 0.05,
      ...config,
    },
    callbacks: [
      {
        onLog: (_, __, metrics) => void logged.push([metrics.loss as number, metrics.grad_norm as number]),
      },
    ],
  }).train();
  expect(logged).toHaveLength(10);
  return logged;
}

test.each<GRPOConfigInput>([
  { lossType: 'dapo' },
  { lossType: 'gspo', scaleRewards: 'none', numIterations: 2, epsilon: 0.01 },
  { lossType: 'bnpo', scaleRewards: 'batch', topEntropyQuantile: 0.5, entropyCoef: 0.01 },
])('the first ten steps of %o', async (config) => {
  const [found, expected] = [await curve(kernels, config), await curve(reference, config)];
  found.forEach((step, i) => {
    step.forEach((value, j) => {
      expect(Math.abs(expected[i][j])).toBeGreaterThan(1e-5);
      expect(Math.abs(value / expected[i][j] - 1)).toBeLessThan(1e-4);
    });
  });
});
