/** Training through kernels.linearLogprob against the same training through its reference form in tensor operations. */
import { tokenLogprobs } from '../../lib/algorithms/index.js';
import { linearLogprob } from '../../lib/kernels/index.js';
import type { RewardBatch } from '../../lib/rewards/index.js';
import { type Tensor, torch } from '../../lib/tensor/index.js';
import { GRPOTrainer, SFTTrainer, type TrainerCallback } from '../../lib/train/index.js';
import { answerOnly, samples, tinyModel } from './tiny-model.js';

jest.mock('../../lib/kernels/linear-logprob.js', () => {
  const actual = jest.requireActual('../../lib/kernels/linear-logprob.js');
  return { ...actual, linearLogprob: jest.fn(actual.linearLogprob) };
});
const head = jest.mocked(linearLogprob);
const kernel = head.getMockImplementation() as typeof linearLogprob;

const reference: typeof linearLogprob = (hidden, weight, target, { rows, ...options } = {}) => ({
  ...tokenLogprobs(hidden, weight, target, rows as Tensor, options),
  lse: torch.zeros([0]),
});

const common = {
  outputDir: null,
  learningRate: 1e-2,
  lrSchedulerType: 'constant' as const,
  loggingSteps: 1,
  maxSteps: 10,
};

/** Loss and gradient norm of each step. */
async function curve(
  train: (callback: TrainerCallback) => Promise<unknown>,
  implementation: typeof linearLogprob,
) {
  head.mockClear();
  head.mockImplementation(implementation);
  const logged: number[][] = [];
  await train({
    onLog: (_, __, { loss, grad_norm }) => void logged.push([loss as number, grad_norm as number]),
  });
  expect(head).toHaveBeenCalled();
  expect(logged).toHaveLength(10);
  return logged;
}

async function compare(train: (callback: TrainerCallback) => Promise<unknown>) {
  const [found, expected] = [await curve(train, kernel), await curve(train, reference)];
  found.forEach((step, i) => {
    step.forEach((value, j) => {
      expect(Math.abs(expected[i][j])).toBeGreaterThan(1e-3);
      expect(Math.abs(value / expected[i][j] - 1)).toBeLessThan(1e-4);
    });
  });
}

test('the first ten steps of SFT', () =>
  compare((callback) =>
    new SFTTrainer({
      model: tinyModel(),
      trainDataset: samples,
      formatCompletion: answerOnly,
      config: common,
      callbacks: [callback],
    }).train(),
  ));

test('the first ten steps of GRPO', () => {
  // Counts the question's letter; rewards of a group seldom agree.
  const copies = ({ completions, samples: asked }: RewardBatch) =>
    completions.map((text, i) => [...text].filter((letter) => letter <= asked[i].question[0]).length);
  return compare((callback) =>
    new GRPOTrainer({
      model: tinyModel(),
      rewardFuncs: [copies],
      trainDataset: samples,
      config: {
        ...common,
        numGenerations: 4,
        perDeviceTrainBatchSize: 16,
        maxCompletionLength: 6,
        temperature: 0.9,
        beta: 0.05,
        lossType: 'dapo',
      },
      callbacks: [callback],
    }).train(),
  );
});
