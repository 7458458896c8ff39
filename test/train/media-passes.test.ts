// How often clips pass the towers in a training step: counted at the towers themselves, and as the metrics say.

import type { AudioInput, Prompt, PromptRoot, VisionInput } from '../../lib/batch/index.js';
import type { Sample, View } from '../../lib/data/index.js';
import type { AdapterOptions, OmniGraph } from '../../lib/models/index.js';
import type { RewardFunc } from '../../lib/rewards/index.js';
import { sampleBatch } from '../../lib/rollout/index.js';
import { torch } from '../../lib/tensor/index.js';
import {
  type DPOConfigInput,
  DPOTrainer,
  type GRPOConfigInput,
  GRPOTrainer,
  type SFTConfigInput,
  SFTTrainer,
  type TrainableModel,
} from '../../lib/train/index.js';
import { tinyGraph } from '../models/tiny.js';

/** Two clips with two questions each. */
const samples: Sample[] = ['a', 'b', 'c', 'd'].map((id, i) => ({ id, video: `${i >> 1}.mp4`, question: id }));

/** The root of a clip in a view: five tokens of sound, four of pictures. */
function rootOf(view: View, vision: VisionInput, audio: AudioInput): PromptRoot {
  const text = { kind: 'text', length: 2 } as const;
  const picture = { rows: 2, columns: 2, times: [0] };
  switch (view) {
    case 'v':
      return { spans: [text, { kind: 'video', ...picture }], textIds: [3, 4], vision };
    case 'a':
      return { spans: [text, { kind: 'audio', tokens: 5 }], textIds: [3, 4], audio };
    case 'none':
      return { spans: [text], textIds: [3, 4] };
    default:
      return {
        spans: [text, { kind: 'clip', tokens: 5, ...picture }],
        textIds: [3, 4, 5, 6, 7, 8],
        vision,
        audio,
      };
  }
}

/** The tiny graph and two clips of noise; counts tracks where they enter a tower. */
function model() {
  const graph = tinyGraph();
  const passed = { vision: 0, audio: 0, prepared: 0 };
  const visual = graph.visual as NonNullable<typeof graph.visual>;
  const tower = graph.audio_tower as NonNullable<typeof graph.audio_tower>;
  const [see, hear] = [visual.forward.bind(visual), tower.forward.bind(tower)];
  visual.forward = (patches, grids) => {
    passed.vision += grids.length;
    return see(patches, grids);
  };
  tower.forward = (mel, frames) => {
    passed.audio += frames.length;
    return hear(mel, frames);
  };
  const trainable: TrainableModel = {
    graph,
    async prepare(asked, { views, occurrences }) {
      passed.prepared += 1;
      const clips = [0, 1].map((clip) => {
        torch.manualSeed(clip);
        const vision: VisionInput = { patches: torch.randn([16, 96]), grids: [[1, 4, 4]] };
        const audio: AudioInput = { mel: torch.randn([8, 20]), frames: [20] };
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
          tokens: { text: 3, audio: 5, video: 4 },
        }));
      };
      return Object.fromEntries(views.map((view) => [view, inView(view)]));
    },
    samplePrompts: (prompts, params, { media }) =>
      sampleBatch(graph, prompts, params, { stopIds: [63], decode: (ids) => ids.join(' '), media }),
    encodeCompletion: () => [20, 21, 63],
    savePretrained: () => undefined,
  };
  return { trainable, passed };
}

const byIndex: RewardFunc = Object.assign(
  (batch: Parameters<RewardFunc>[0]) => batch.completions.map((_, i) => i % 4),
  { views: ['v', 'a'] as const },
);

/** One step of two micro-batches, a clip each, of four completions a question in three views. */
async function grpo(config: GRPOConfigInput, adapter?: AdapterOptions) {
  const { trainable, passed } = model();
  if (adapter) (trainable.graph as OmniGraph).addAdapter(adapter);
  const logged: Record<string, number>[] = [];
  await new GRPOTrainer({
    model: trainable,
    rewardFuncs: [byIndex],
    trainDataset: samples,
    config: {
      ...{ outputDir: null, numGenerations: 4, perDeviceTrainBatchSize: 8, gradientAccumulationSteps: 2 },
      ...{ maxCompletionLength: 5, maxSteps: 1, loggingSteps: 1, ...config },
    },
    callbacks: [{ onLog: (_, __, metrics) => void logged.push(metrics) }],
  }).train();
  const { 'media/encoded_vision': vision, 'media/encoded_audio': audio } = logged[0];
  return { passed, metrics: { vision, audio }, logged: logged[0] };
}

test.each<[string, GRPOConfigInput, { vision: number; audio: number }]>([
  // Two tracks for all views and rollouts, and each once in its micro-batch.
  ['towers that are trained', {}, { vision: 4, audio: 4 }],
  ['two iterations of them', { numIterations: 2 }, { vision: 6, audio: 6 }],
  ['frozen towers', { freeze: ['vision', 'audio'] }, { vision: 2, audio: 2 }],
  [
    'frozen towers and two iterations',
    { freeze: ['vision', 'audio'], numIterations: 2 },
    { vision: 2, audio: 2 },
  ],
  ['one frozen tower', { freeze: ['vision'], numIterations: 2 }, { vision: 2, audio: 6 }],
])('GRPO: %s', async (_, config, expected) => {
  const { passed, metrics } = await grpo(config);
  expect(metrics).toEqual(expected);
  expect(passed).toEqual({ ...expected, prepared: 1 });
});

test('GRPO: the reference of a policy with frozen towers encodes nothing anew', async () => {
  const frozen = await grpo({ freeze: ['vision', 'audio'], beta: 0.1 });
  expect(frozen.metrics).toEqual({ vision: 2, audio: 2 });
  // Its passes are counted: two tracks sampled, two learnt, two in the reference.
  expect((await grpo({ beta: 0.1 })).metrics).toEqual({ vision: 6, audio: 6 });
});

test.each<[string, AdapterOptions, GRPOConfigInput, { vision: number; audio: number }]>([
  ['of the decoder shares all tokens', { r: 2 }, {}, { vision: 2, audio: 2 }],
  // Those of the vision tower once sampled, once learnt, once in the reference.
  [
    'of the vision tower shares those of the audio tower',
    { r: 2, targetModules: /visual\..*attn\.q/ },
    {},
    { vision: 6, audio: 2 },
  ],
  // The policy keeps them; the reference has other weights.
  [
    'of a vision tower that is frozen shares none with the reference',
    { r: 2, targetModules: /(visual\..*attn\.q|model\.layers\..*q_proj)/ },
    { freeze: ['vision'] },
    { vision: 4, audio: 2 },
  ],
])('GRPO with a reference: an adapter %s', async (_, adapter, config, expected) => {
  const { passed, metrics } = await grpo({ beta: 0.1, ...config }, adapter);
  expect(metrics).toEqual(expected);
  expect(passed).toEqual({ ...expected, prepared: 1 });
});

test('GRPO: tokens that are used again are those that the towers would make', async () => {
  const [frozen, trained] = [await grpo({ freeze: ['vision', 'audio'] }), await grpo({})];
  expect(frozen.logged.loss).toBeCloseTo(trained.logged.loss, 6);
  expect(frozen.logged['sampling/sampling_logp_difference/max']).toBeLessThan(1e-4);
  expect(frozen.logged.entropy).toBeCloseTo(trained.logged.entropy, 5);
});

test.each<[string, SFTConfigInput]>([
  ['trained', {}],
  ['frozen', { freeze: ['vision', 'audio'] }],
])('SFT: a clip passes the towers once in its micro-batch, %s', async (_, config) => {
  const { trainable, passed } = model();
  const logged: Record<string, number>[] = [];
  await new SFTTrainer({
    model: trainable,
    trainDataset: samples,
    formatCompletion: () => '',
    config: { outputDir: null, perDeviceTrainBatchSize: 4, maxSteps: 3, loggingSteps: 3, ...config },
    callbacks: [{ onLog: (_state, __, metrics) => void logged.push(metrics) }],
  }).train();
  expect(passed).toEqual({ vision: 6, audio: 6, prepared: 3 });
  expect(logged[0]).toMatchObject({ 'media/encoded_vision': 2, 'media/encoded_audio': 2 });
});

test.each<[string, DPOConfigInput, AdapterOptions | undefined, { vision: number; audio: number }]>([
  // Once for both completions of all pairs of a clip, by the policy and by the reference.
  ['towers that are trained', {}, undefined, { vision: 4, audio: 4 }],
  ['frozen towers', { freeze: ['vision', 'audio'] }, undefined, { vision: 2, audio: 2 }],
  ['one frozen tower', { freeze: ['audio'] }, undefined, { vision: 4, audio: 2 }],
  ['an adapter of the decoder', {}, { r: 2 }, { vision: 2, audio: 2 }],
])('DPO: %s', async (_, config, adapter, expected) => {
  const { trainable, passed } = model();
  if (adapter) (trainable.graph as OmniGraph).addAdapter(adapter);
  const logged: Record<string, number>[] = [];
  await new DPOTrainer({
    model: trainable,
    trainDataset: samples.map((sample) => ({ ...sample, chosen: 'yes', rejected: 'no' })),
    // Two micro-batches, a clip each.
    config: {
      ...{ outputDir: null, perDeviceTrainBatchSize: 2, gradientAccumulationSteps: 2 },
      ...{ maxSteps: 1, loggingSteps: 1, ...config },
    },
    callbacks: [{ onLog: (_, __, metrics) => void logged.push(metrics) }],
  }).train();
  const { 'media/encoded_vision': vision, 'media/encoded_audio': audio } = logged[0];
  expect({ vision, audio }).toEqual(expected);
  expect(passed.prepared).toBe(1);
  expect(logged[0].loss).toBeCloseTo(Math.LN2, 6);
});
