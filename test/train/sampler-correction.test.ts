import { type GRPOConfigInput, GRPOTrainer } from '../../lib/train/index.js';
import { samples, tinyModel } from './tiny-model.js';

/** The gradient's norm of one step, when the sampler says that it drew each token with half its probability. */
async function gradient(config: GRPOConfigInput): Promise<Record<string, number>> {
  const model = tinyModel();
  const { samplePrompts } = model;
  model.samplePrompts = async (...parts) =>
    (await samplePrompts(...parts)).map((group) =>
      group.map((one) => ({ ...one, logprobs: one.logprobs.map((logp) => logp - Math.LN2) })),
    );
  const logged: Record<string, number>[] = [];
  await new GRPOTrainer({
    model,
    rewardFuncs: [({ completionIds }) => completionIds.map((ids) => ids.length)],
    trainDataset: samples,
    config: {
      outputDir: null,
      numGenerations: 4,
      perDeviceTrainBatchSize: 16,
      maxCompletionLength: 4,
      loggingSteps: 1,
      maxSteps: 1,
      ...config,
    },
    callbacks: [{ onLog: (_, __, metrics) => void logged.push(metrics) }],
  }).train();
  return logged[0];
}

const ratio = 'sampling/importance_sampling_ratio/mean';

// Learner's / sampler's probability is 2 for every token.
test.each<[string, GRPOConfigInput, number]>([
  ['truncated weights', { importanceCorrection: 'token_truncate', importanceCorrectionMax: 1.5 }, 1.5],
  ['weights inside the bounds', { importanceCorrection: 'token_truncate' }, 2],
  ['no upper bound', { importanceCorrection: 'token_mask', importanceCorrectionMax: null }, 2],
  ['masked above', { importanceCorrection: 'token_mask', importanceCorrectionMax: 1.9 }, 0],
  ['masked below', { importanceCorrection: 'token_mask', importanceCorrectionMin: 2.1 }, 0],
  [
    'the mean over a sequence',
    { importanceCorrection: 'sequence_mask', importanceCorrectionReduction: 'mean' },
    2,
  ],
])('%s scale the gradient by the weight', async (_, config, weight) => {
  const plain = await gradient({});
  const corrected = await gradient(config);
  expect(plain.grad_norm).toBeGreaterThan(0.01);
  expect(plain[ratio]).toBeUndefined();
  expect(corrected.grad_norm / plain.grad_norm).toBeCloseTo(weight, 4);
  expect(corrected[ratio]).toBeCloseTo(weight, 4);
});

test('the weight multiplies the KL penalty where that is asked for', async () => {
  const config: GRPOConfigInput = {
    importanceCorrection: 'token_truncate',
    beta: 0.5,
    numIterations: 2,
    learningRate: 1e-2,
  };
  const [outside, inside] = [
    await gradient(config),
    await gradient({ ...config, importanceCorrectionKl: true }),
  ];
  // In the second iteration the policy has left the reference.
  expect(inside.loss).toBeGreaterThan(outside.loss + 1e-6);
});
