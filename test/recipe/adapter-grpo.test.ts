/** An adapter over two GRPO stages, merged after the first one or carried into the second. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { generateSyntheticDataset } from '../../lib/data/index.js';
import { MediaPool } from '../../lib/media/index.js';
import { loadGraph } from '../../lib/models/index.js';
import { noGrad, scope } from '../../lib/tensor/index.js';
import { readMetrics } from '../../lib/train/index.js';
import { earsight } from '../cli/run.js';
import { tinyConfig } from '../omni/clips.js';

jest.setTimeout(180_000);
const folder = mkdtempSync(join(tmpdir(), 'earsight-adapter-grpo-'));
const at = (...names: string[]) => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true }));

const adapter = { r: 4, alpha: 16 };
const stage = {
  ...{
    perDeviceTrainBatchSize: 8,
    numGenerations: 4,
    maxCompletionLength: 8,
    beta: 0.05,
    learningRate: 1e-3,
  },
  // The first step has a learning rate of 0: what its checkpoint holds is what the stage started from.
  ...{ warmupSteps: 1, maxSteps: 3, saveSteps: 1, saveTotalLimit: null, loggingSteps: 1 },
};
writeFileSync(
  at('by-length.cjs'),
  'module.exports = ({ completions }) => completions.map(({ length }) => length);\n',
);

async function train(name: string, qi: object, ma: object): Promise<void> {
  const stages = [{ grpo: { name: 'qi', ...stage, ...qi } }, { grpo: { name: 'ma', ...stage, ...ma } }];
  const rewards = [{ module: 'by-length.cjs' }];
  const recipe = { data: 'dataset/train.jsonl', model: tinyConfig, output: name, seed: 3, rewards, stages };
  writeFileSync(at(`${name}.yaml`), stringify({ ...recipe, stopAtChance: false }));
  const { code, stderr } = await earsight('train', at(`${name}.yaml`));
  expect([code, stderr]).toEqual([0, expect.not.stringContaining('Error')]);
}

const weights = (...names: string[]) => readFileSync(at(...names, 'adapter_model.safetensors'));

/** What a model says to some ids. */
function logits(model: string, adapterFolder?: string): unknown {
  const graph = loadGraph(model);
  if (adapterFolder !== undefined) graph.loadAdapter(adapterFolder);
  const values = scope(() => noGrad(() => graph.logits({ inputIds: [3, 4, 5] }).toArray()));
  graph.dispose();
  return values;
}

/** The penalty in each step of the second stage. */
const penalties = (name: string) =>
  readMetrics(at(name, 'ma', 'metrics.jsonl')).flatMap(({ kl }) => kl as number);

beforeAll(async () => {
  await using pool = new MediaPool();
  const clips = { train: 2, validation: 0, test: 1 };
  await generateSyntheticDataset(at('dataset'), { seed: 1, clips, pool });
});

test('carried: the second stage starts from what the first has learned, bit for bit, and is compared with that', async () => {
  await train('carried', { adapter }, {});
  const learned = weights('carried', 'qi', 'adapter');
  expect(weights('carried', 'qi', 'checkpoint-1').equals(learned)).toBe(false);
  expect(weights('carried', 'ma', 'checkpoint-1').equals(learned)).toBe(true);
  expect(weights('carried', 'ma', 'adapter').equals(learned)).toBe(false);
  expect(weights('carried', 'ma', 'checkpoint-3', 'ref').equals(learned)).toBe(true);
  const [first, second, third] = penalties('carried');
  expect([first, second]).toEqual([0, 0]);
  expect(third).toBeGreaterThan(0);
  // The stage that adds the adapter is compared with the base model, and needs no copy.
  expect(existsSync(at('carried', 'qi', 'checkpoint-3', 'ref'))).toBe(false);
});

test('merged: the second stage adds an adapter of its own to the merged weights, and is compared with these', async () => {
  await train('merged', { adapter, mergeAdapter: true }, { adapter });
  const model = at('merged', 'qi', 'model');
  expect(logits(model, at('merged', 'ma', 'checkpoint-1'))).toEqual(logits(model));
  expect(logits(model, at('merged', 'ma', 'adapter'))).not.toEqual(logits(model));
  const { base_model_name_or_path: base } = JSON.parse(
    readFileSync(at('merged', 'ma', 'adapter', 'adapter_config.json'), 'utf8'),
  );
  expect(base).toBe(model);
  const [first, second, third] = penalties('merged');
  expect([first, second]).toEqual([0, 0]);
  expect(third).toBeGreaterThan(0);
  expect(existsSync(at('merged', 'ma', 'checkpoint-3', 'ref'))).toBe(false);
});
