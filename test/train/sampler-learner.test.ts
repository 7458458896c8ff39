// What the sampler says of its tokens is what the learner says of them, with the weights of the step.

import type { Completion } from '../../lib/data/index.js';
import { OmniGraph, parseOmniConfig, smallConfig } from '../../lib/models/index.js';
import type { RewardBatch, RewardFunc } from '../../lib/rewards/index.js';
import { EncodedMedia } from '../../lib/rollout/index.js';
import { scope, torch } from '../../lib/tensor/index.js';
import { type GRPOConfigInput, GRPOTrainer, type TrainableModel } from '../../lib/train/index.js';
import { clipModel, clipSamples as samples } from './clip-model.js';
import { defaultParams } from './tiny-model.js';

const views = ['av', 'v', 'a'] as const;

/** The small model with clips of noise; counts the calls of its sampler. */
function countingModel() {
  torch.manualSeed(3);
  const graph = new OmniGraph(parseOmniConfig(smallConfig(64, { initializerRange: 0.1 })));
  const calls: Completion[][][] = [];
  // Of each track one token a half second.
  const known = clipModel(graph, {
    picture: { rows: 1, columns: 1, times: [0, 0.5] },
    sound: 2,
    vision: () => ({ patches: torch.randn([32, 768]), grids: [[2, 4, 4]] }),
    audio: () => ({ mel: torch.randn([80, 100]), frames: [100] }),
  });
  const model: TrainableModel = {
    ...known,
    async samplePrompts(prompts, params, options) {
      const completions = await known.samplePrompts(prompts, params, options);
      calls.push(completions);
      return completions;
    },
  };
  return { model, calls };
}

const ofViews = (score: (batch: RewardBatch) => number[]): RewardFunc => Object.assign(score, { views });
const byIndex = ofViews(({ completions }) => completions.map((_, i) => i % 4));

async function train(model: TrainableModel, reward: RewardFunc, config: GRPOConfigInput = {}) {
  const logged: Record<string, number>[] = [];
  await new GRPOTrainer({
    model,
    rewardFuncs: [reward],
    trainDataset: samples,
    config: {
      ...{ outputDir: null, numGenerations: 4, perDeviceTrainBatchSize: 16, maxCompletionLength: 12 },
      ...{ maxSteps: 4, loggingSteps: 1, learningRate: 3e-3, ...config },
    },
    callbacks: [{ onLog: (_, __, metrics) => void logged.push(metrics) }],
  }).train();
  return logged;
}

const difference = 'sampling/sampling_logp_difference';

test.each([
  ['float32', 1e-5],
  ['bfloat16 products', 2e-2],
])('%s: their log-probabilities differ by %f on average at most, in every step', async (name, most) => {
  const { model, calls } = countingModel();
  if (name !== 'float32') (model.graph as OmniGraph).computeIn('bfloat16');
  const logged = await train(model, byIndex);
  expect(logged).toHaveLength(4);
  for (const metrics of logged) {
    expect(metrics[`${difference}/mean`]).toBeLessThan(most);
    expect(metrics[`${difference}/max`]).toBeLessThan(30 * most);
    expect(metrics[`${difference}/max`]).toBeGreaterThanOrEqual(metrics[`${difference}/mean`]);
  }
  // Weights of the step before would be seen: tokens that were drawn have become likelier or less likely by far more.
  const meanOf = (step: Completion[][]): number => {
    const logprobs = step.flat().flatMap((completion) => completion.logprobs);
    return logprobs.reduce((sum, logp) => sum + logp, 0) / logprobs.length;
  };
  for (let step = 1; step < 4; step++)
    expect(Math.abs(meanOf(calls[step]) - meanOf(calls[step - 1]))).toBeGreaterThan(most);
});

test('a step that no reward tells apart has the difference too', async () => {
  const [first] = await train(
    countingModel().model,
    ofViews(({ completions }) => completions.map(() => 1)),
  );
  expect(first.frac_reward_zero_std).toBe(1);
  expect(first[`${difference}/mean`]).toBeLessThan(1e-5);
  expect(first[`${difference}/max`]).toBeGreaterThan(0);
});

test('all views of a step are sampled in one call, each as it is alone', async () => {
  const { model, calls } = countingModel();
  const seen: RewardBatch[] = [];
  const reward = ofViews((batch) => {
    seen.push(batch);
    return batch.completions.map(() => 1);
  });
  await train(model, reward, { maxSteps: 1 });
  expect(calls).toHaveLength(1);
  const asked = seen[0].samples.filter((_, i) => i % 4 === 0);
  const { model: fresh } = countingModel();
  const params = { ...defaultParams, numGenerations: 4, maxNewTokens: 12, seed: 42 };
  for (const view of views) {
    const alone = await scope(async () => {
      const { [view]: prompts = [] } = await fresh.prepare(asked, { views: [view] });
      return fresh.samplePrompts(prompts, params, { media: new EncodedMedia(fresh.graph) });
    });
    expect(seen[0].rollouts[view]?.map(({ ids }) => ids)).toEqual(alone.flat().map(({ ids }) => ids));
  }
});
