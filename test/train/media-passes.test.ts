// How often clips pass the towers in a training step: counted at the towers themselves, and as the metrics say.

import type { AdapterOptions, OmniGraph } from '../../lib/models/index.js';
import type { RewardFunc } from '../../lib/rewards/index.js';
import { torch } from '../../lib/tensor/index.js';
import {
  type DPOConfigInput,
  DPOTrainer,
  type GRPOConfigInput,
  GRPOTrainer,
  type ProcessDPOConfigInput,
  ProcessDPOTrainer,
  type SFTConfigInput,
  SFTTrainer,
  type TrainableModel,
} from '../../lib/train/index.js';
import { tinyGraph } from '../models/tiny.js';
import { clipModel, clipSamples as samples } from './clip-model.js';

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
  const known = clipModel(graph, {
    picture: { rows: 2, columns: 2, times: [0] },
    sound: 5,
    vision: () => ({ patches: torch.randn([16, 96]), grids: [[1, 4, 4]] }),
    audio: () => ({ mel: torch.randn([8, 20]), frames: [20] }),
  });
  const trainable: TrainableModel = {
    ...known,
    prepare(asked, options) {
      passed.prepared += 1;
      return known.prepare(asked, options);
    },
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

test.each<[string, ProcessDPOConfigInput, AdapterOptions | undefined, { vision: number; audio: number }]>([
  // Eight pairs of two clips: once for all of them, by the policy and by the reference.
  ['towers that are trained', {}, undefined, { vision: 4, audio: 4 }],
  ['an adapter of the decoder', {}, { r: 2 }, { vision: 2, audio: 2 }],
  ['and a reference answer', { sftWeight: 0.1 }, { r: 2 }, { vision: 2, audio: 2 }],
])('process DPO: %s', async (_, config, adapter, expected) => {
  const { trainable, passed } = model();
  if (adapter) (trainable.graph as OmniGraph).addAdapter(adapter);
  const logged: Record<string, number>[] = [];
  const sides = { prefix: ['s'], chosen: 'yes', rejected: 'no', pChosen: 1, pRejected: 0.5, alpha: 0.9 };
  await new ProcessDPOTrainer({
    model: trainable,
    samples,
    trainDataset: samples.flatMap(({ id: sampleId }) =>
      (['step', 'path'] as const).map((kind) => ({ sampleId, ...sides, kind })),
    ),
    formatCompletion: () => '',
    // Two micro-batches, a clip each.
    config: {
      ...{ outputDir: null, perDeviceTrainBatchSize: 4, gradientAccumulationSteps: 2 },
      ...{ maxSteps: 1, loggingSteps: 1, ...config },
    },
    callbacks: [{ onLog: (_state, __, metrics) => void logged.push(metrics) }],
  }).train();
  const { 'media/encoded_vision': vision, 'media/encoded_audio': audio } = logged[0];
  expect({ vision, audio }).toEqual(expected);
  expect(passed.prepared).toBe(1);
});
