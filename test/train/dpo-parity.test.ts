// Losses and metrics of every step beside TRL's DPOTrainer, as scripts/fixtures/dpo.py recorded them.

import { readFileSync } from 'node:fs';
import type { Prompt } from '../../lib/batch/index.js';
import { type PairRecord, type PromptPreference, validatePreference } from '../../lib/data/index.js';
import { loadGraph } from '../../lib/models/index.js';
import { OmniModel, processorConfigSchema } from '../../lib/omni/index.js';
import { ChatTemplate, Tokenizer } from '../../lib/text/index.js';
import {
  type DPOConfigInput,
  DPOTrainer,
  type ProcessDPOConfigInput,
  ProcessDPOTrainer,
  type TrainableModel,
} from '../../lib/train/index.js';
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

type Case = (typeof recorded.cases)[number];

function modelOf({ adapter }: Case): OmniModel {
  const folder = fixturePath('train', 'dpo-tokenizer');
  const graph = loadGraph(fixturePath('models', 'hf', 'qwen2'));
  if (adapter) graph.loadAdapter(fixturePath('train', 'dpo-adapter'));
  return new OmniModel({
    graph,
    tokenizer: Tokenizer.fromFolder(folder),
    template: ChatTemplate.fromFolder(folder),
    processor: processorConfigSchema.parse({}),
  });
}

const rowsOf = ({ rows }: Case) =>
  recorded.rows[rows].map((row) => validatePreference(row, { file: 'dpo.json' }) as PromptPreference);

const configOf = ({ config }: Case): DPOConfigInput & ProcessDPOConfigInput => ({
  ...camelCase(config),
  seed: recorded.seed,
  maxSteps: recorded.steps,
  loggingSteps: 1,
  outputDir: null,
});

function expectRecorded(expected: Case, lines: readonly Record<string, number>[]): void {
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
}

test.each(recorded.cases)('$name: losses of TRL to 1e-5, metrics to 1e-5', async (expected) => {
  const lines: Record<string, number>[] = [];
  const trainer = new DPOTrainer({
    model: modelOf(expected),
    trainDataset: rowsOf(expected),
    config: configOf(expected),
    callbacks: [{ onLog: (_, __, line) => void lines.push(line) }],
  });
  await trainer.train();
  expectRecorded(expected, lines);
});

/** A model that is asked the prompts of rows by their ids, and completes them with the ids in a text. */
function askedByRow(model: OmniModel, rows: readonly PromptPreference[]): TrainableModel {
  const promptOf = ({ id }: { id: string }): Prompt => {
    const { prompt } = model.encodePreference(rows.find((row) => row.id === id) as PromptPreference);
    const root = { spans: [{ kind: 'text' as const, length: prompt.length }], textIds: prompt };
    const tokens = { text: prompt.length, audio: 0, video: 0 };
    return { id, occurrence: 0, root, question: [], text: '', tokens };
  };
  return {
    graph: model.graph,
    prepare: async (samples) => ({ av: samples.map(promptOf) }),
    samplePrompts: () => Promise.reject(new Error('samples nothing')),
    encodeCompletion: (text) => JSON.parse(text),
    savePretrained: () => {},
  };
}

test.each(recorded.cases.filter(({ name }) => ['sigmoid', 'sigmoid, adapter'].includes(name)))(
  'process DPO on whole paths whose labels are certain: $name of TRL',
  async (expected) => {
    const model = modelOf(expected);
    const rows = rowsOf(expected);
    const lines: Record<string, number>[] = [];
    const trainer = new ProcessDPOTrainer({
      model: askedByRow(model, rows),
      samples: rows.map(({ id }) => ({ id, question: id })),
      trainDataset: rows.map((row): PairRecord => {
        const [chosen, rejected] = (['chosen', 'rejected'] as const).map((side) =>
          JSON.stringify(model.encodePreference(row)[side]),
        );
        const certain = { pChosen: 1, pRejected: 0, alpha: 1, kind: 'path' as const };
        return { sampleId: row.id, prefix: [], chosen, rejected, ...certain };
      }),
      config: configOf(expected),
      callbacks: [{ onLog: (_, __, line) => void lines.push(line) }],
    });
    await trainer.train();
    expectRecorded(expected, lines);
  },
);
