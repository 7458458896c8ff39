// Losses and metrics of every step beside TRL's DPOTrainer, as scripts/fixtures/dpo.py recorded them.

import { readFileSync } from 'node:fs';
import { validatePreference } from '../../lib/data/index.js';
import { loadGraph } from '../../lib/models/index.js';
import { OmniModel, processorConfigSchema } from '../../lib/omni/index.js';
import { ChatTemplate, Tokenizer } from '../../lib/text/index.js';
import { type DPOConfigInput, DPOTrainer } from '../../lib/train/index.js';
import { camelCase } from '../algorithms/recorded.js';
import { fixturePath } from '../nn/fixtures.js';

interface Recorded {
  seed: number;
  steps: number;
  rows: Record<string, Record<string, unknown>[]>;
  cases: {
    name: string;
    rows: string;
    adapter: boolean;
    config: Record<string, unknown>;
    losses: number[];
    metrics: Record<string, number[]>;
  }[];
}

const recorded = JSON.parse(readFileSync(fixturePath('train', 'dpo.json'), 'utf8')) as Recorded;

test.each(recorded.cases)('$name: losses of TRL to 1e-5, metrics to 1e-5', async (expected) => {
  const folder = fixturePath('train', 'dpo-tokenizer');
  const graph = loadGraph(fixturePath('models', 'hf', 'qwen2'));
  if (expected.adapter) graph.loadAdapter(fixturePath('train', 'dpo-adapter'));
  const model = new OmniModel({
    graph,
    tokenizer: Tokenizer.fromFolder(folder),
    template: ChatTemplate.fromFolder(folder),
    processor: processorConfigSchema.parse({}),
  });
  const lines: Record<string, number>[] = [];
  const trainer = new DPOTrainer({
    model,
    trainDataset: recorded.rows[expected.rows].map((row) => validatePreference(row, { file: 'dpo.json' })),
    config: {
      ...(camelCase(expected.config) as DPOConfigInput),
      seed: recorded.seed,
      maxSteps: recorded.steps,
      loggingSteps: 1,
      outputDir: null,
    },
    callbacks: [{ onLog: (_, __, line) => void lines.push(line) }],
  });
  await trainer.train();
  const furthest = (name: string, values: readonly number[]) =>
    Math.max(...values.map((value, step) => Math.abs(value - lines[step][name])));
  const relative = (name: string, values: readonly number[]) =>
    Math.max(
      ...values.map((value, step) => Math.abs(value - lines[step][name]) / Math.max(1, Math.abs(value))),
    );
  const differences = Object.fromEntries(
    Object.entries(expected.metrics).map(([name, values]) => [name, relative(name, values)]),
  );
  expect(furthest('loss', expected.losses)).toBeLessThanOrEqual(1e-5);
  for (const difference of Object.values(differences)) expect(difference).toBeLessThanOrEqual(1e-5);
});
