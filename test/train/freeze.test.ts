// `freeze`: the parts of a model that a training leaves as they are.

import { join } from 'node:path';
import type { AdapterOptions, OmniGraph } from '../../lib/models/index.js';
import { torch } from '../../lib/tensor/index.js';
import { type GRPOConfigInput, GRPOTrainer, readMetrics } from '../../lib/train/index.js';
import { tinyGraph } from '../models/tiny.js';
import { clipModel, clipSamples } from './clip-model.js';
import { temporaryFolder } from './folder.js';
import { samples, tinyModel } from './tiny-model.js';

const folder = temporaryFolder();

/** Names of the parameters that a step changes, and how often tracks passed the towers. */
async function step(freeze: GRPOConfigInput['freeze'], adapter?: AdapterOptions) {
  const graph: OmniGraph = tinyGraph();
  // Otherwise what comes before B = 0 has no gradient.
  if (adapter) graph.addAdapter({ ...adapter, initLoraWeights: false });
  const before = new Map(graph.namedParameters().map(([name, tensor]) => [name, tensor.toArray()]));
  const outputDir = join(folder.path, JSON.stringify([freeze, adapter?.targetModules?.toString()]));
  await new GRPOTrainer({
    model: clipModel(graph, {
      picture: { rows: 2, columns: 2, times: [0] },
      sound: 5,
      vision: () => ({ patches: torch.randn([16, 96]), grids: [[1, 4, 4]] }),
      audio: () => ({ mel: torch.randn([8, 20]), frames: [20] }),
    }),
    rewardFuncs: [({ completions }) => completions.map((_, i) => i % 4)],
    trainDataset: clipSamples,
    config: {
      ...{ outputDir, freeze, numGenerations: 4, perDeviceTrainBatchSize: 16, maxCompletionLength: 5 },
      ...{ maxSteps: 1, saveSteps: 9, loggingSteps: 1, learningRate: 1e-2 },
    },
  }).train();
  const changed = graph.namedParameters().flatMap(([name, tensor]) => {
    return JSON.stringify(tensor.toArray()) === JSON.stringify(before.get(name)) ? [] : [name];
  });
  const { 'media/encoded_vision': vision, 'media/encoded_audio': audio } = readMetrics(
    join(outputDir, 'metrics.jsonl'),
  )[0];
  return { changed, encoded: [vision, audio] };
}

const isAligner = (name: string) => /visual\.merger\.|audio_tower\.proj\d?\./.test(name);
const isTower = (name: string) => /(visual|audio_tower)\./.test(name);

test('aligner: the projections of both towers stay, the rest of the towers is trained', async () => {
  const all = (await step([])).changed;
  expect(all.filter(isAligner).length).toBeGreaterThanOrEqual(6);
  const { changed, encoded } = await step(['aligner']);
  expect(changed.filter(isAligner)).toEqual([]);
  expect(changed).toEqual(all.filter((name) => !isAligner(name)));
  expect(changed.some(isTower)).toBe(true);
  // Tracks pass the towers in the updates, too.
  expect(encoded).toEqual([4, 4]);
});

test('text: all that is in no tower stays, with and without an adapter', async () => {
  const all = (await step([])).changed;
  const { changed } = await step(['text', 'vision']);
  expect(all.some((name) => !isTower(name))).toBe(true);
  expect(changed).toEqual(all.filter((name) => name.startsWith('audio_tower.')));
  const targetModules = /visual\.blocks\.0\.attn\.q|model\.layers\.0\.self_attn\.q_proj/;
  const adapted = (await step(['text'], { r: 2, targetModules })).changed;
  expect(adapted.length).toBeGreaterThan(0);
  expect(adapted.filter((name) => !isTower(name))).toEqual([]);
});

test('a tower that is frozen has its projection frozen, and is passed once a step', async () => {
  const { changed, encoded } = await step(['vision']);
  expect(changed.filter((name) => name.startsWith('visual.'))).toEqual([]);
  expect(changed.some((name) => name.startsWith('audio_tower.'))).toBe(true);
  expect(encoded).toEqual([2, 4]);
  const whole = await step(['vision', 'audio', 'aligner']);
  expect([whole.changed.filter(isTower), whole.encoded]).toEqual([[], [2, 2]]);
});

test('aligner: the adapter is held back there, and nowhere else', async () => {
  const targetModules = /visual\.(merger\.mlp\.[02]|blocks\.0\.attn\.q)|model\.layers\.0\.self_attn\.q_proj/;
  const adapter = { r: 2, targetModules };
  const trained = (await step([], adapter)).changed;
  expect(trained.filter(isAligner).length).toBeGreaterThanOrEqual(4);
  const { changed } = await step(['aligner'], adapter);
  expect(changed).toEqual(trained.filter((name) => !isAligner(name)));
  expect(changed.some(isTower)).toBe(true);
});

test('a model without projections is refused with what it has', () => {
  const make = () =>
    new GRPOTrainer({
      model: tinyModel(),
      rewardFuncs: [({ completions }) => completions.map(() => 0)],
      trainDataset: samples,
      config: { outputDir: null, freeze: ['aligner'] },
    });
  expect(make).toThrow(/^freeze: this model has no aligner.*; leave it out$/);
});
