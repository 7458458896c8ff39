// What the sampler says of its tokens is what the learner says of them, with the weights of the step.

import type { AudioInput, Prompt, PromptRoot, VisionInput } from '../../lib/batch/index.js';
import type { Completion, Sample, View } from '../../lib/data/index.js';
import { OmniGraph, parseOmniConfig, smallConfig } from '../../lib/models/index.js';
import type { RewardBatch, RewardFunc } from '../../lib/rewards/index.js';
import { EncodedMedia, sampleBatch } from '../../lib/rollout/index.js';
import { scope, torch } from '../../lib/tensor/index.js';
import { type GRPOConfigInput, GRPOTrainer, type TrainableModel } from '../../lib/train/index.js';
import { defaultParams } from './tiny-model.js';

const samples: Sample[] = ['a', 'b', 'c', 'd'].map((id, i) => ({ id, video: `${i >> 1}.mp4`, question: id }));
const views = ['av', 'v', 'a'] as const;

/** The root of a clip in a view: of each track one token a half second. */
function rootOf(view: View, vision: VisionInput, audio: AudioInput): PromptRoot {
  const text = { kind: 'text', length: 2 } as const;
  const picture = { rows: 1, columns: 1, times: [0, 0.5] };
  switch (view) {
    case 'v':
      return { spans: [text, { kind: 'video', ...picture }], textIds: [3, 4], vision };
    case 'a':
      return { spans: [text, { kind: 'audio', tokens: 2 }], textIds: [3, 4], audio };
    default:
      return {
        spans: [text, { kind: 'clip', tokens: 2, ...picture }],
        textIds: [3, 4, 5, 6, 7, 8],
        ...{ vision, audio },
      };
  }
}

/** The small model with clips of noise; counts the calls of its sampler. */
function clipModel() {
  torch.manualSeed(3);
  const graph = new OmniGraph(parseOmniConfig(smallConfig(64, { initializerRange: 0.1 })));
  const calls: Completion[][][] = [];
  const model: TrainableModel = {
    graph,
    async prepare(asked, { views, occurrences }) {
      const clips = [0, 1].map((clip) => {
        torch.manualSeed(clip);
        const vision: VisionInput = { patches: torch.randn([32, 768]), grids: [[2, 4, 4]] };
        const audio: AudioInput = { mel: torch.randn([80, 100]), frames: [100] };
        return { vision, audio };
      });
      const inView = (view: View): Prompt[] => {
        const roots = clips.map(({ vision, audio }) => rootOf(view, vision, audio));
        return asked.map(({ id, video }, i) => ({
          id,
          occurrence: occurrences?.[i] ?? 0,
          root: roots[Number(video?.[0])],
          question: [10 + id.charCodeAt(0) - 97],
          text: id,
          tokens: { text: 3, audio: 2, video: 2 },
        }));
      };
      return Object.fromEntries(views.map((view) => [view, inView(view)]));
    },
    async samplePrompts(prompts, params, { media }) {
      const completions = await sampleBatch(graph, prompts, params, {
        ...{ stopIds: [63], decode: (ids) => ids.join(' '), media },
      });
      calls.push(completions);
      return completions;
    },
    encodeCompletion: () => [20, 21, 63],
    savePretrained: () => undefined,
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
  const { model, calls } = clipModel();
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
    clipModel().model,
    ofViews(({ completions }) => completions.map(() => 1)),
  );
  expect(first.frac_reward_zero_std).toBe(1);
  expect(first[`${difference}/mean`]).toBeLessThan(1e-5);
  expect(first[`${difference}/max`]).toBeGreaterThan(0);
});

test('all views of a step are sampled in one call, each as it is alone', async () => {
  const { model, calls } = clipModel();
  const seen: RewardBatch[] = [];
  const reward = ofViews((batch) => {
    seen.push(batch);
    return batch.completions.map(() => 1);
  });
  await train(model, reward, { maxSteps: 1 });
  expect(calls).toHaveLength(1);
  const asked = seen[0].samples.filter((_, i) => i % 4 === 0);
  const { model: fresh } = clipModel();
  const params = { ...defaultParams, numGenerations: 4, maxNewTokens: 12, seed: 42 };
  for (const view of views) {
    const alone = await scope(async () => {
      const { [view]: prompts = [] } = await fresh.prepare(asked, { views: [view] });
      return fresh.samplePrompts(prompts, params, { media: new EncodedMedia(fresh.graph) });
    });
    expect(seen[0].rollouts[view]?.map(({ ids }) => ids)).toEqual(alone.flat().map(({ ids }) => ids));
  }
});
