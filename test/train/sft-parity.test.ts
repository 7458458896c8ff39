// Loss, gradient's norm and entropy of every step beside TRL's SFTTrainer, as scripts/fixtures/sft_trl.py recorded them.

import { readFileSync } from 'node:fs';
import { validateChat } from '../../lib/data/index.js';
import { loadGraph } from '../../lib/models/index.js';
import { OmniModel, processorConfigSchema } from '../../lib/omni/index.js';
import { ChatTemplate, Tokenizer } from '../../lib/text/index.js';
import { type SFTConfigInput, SFTTrainer } from '../../lib/train/index.js';
import { camelCase } from '../algorithms/recorded.js';
import { fixturePath } from '../nn/fixtures.js';

interface Recorded {
  seed: number;
  steps: number;
  templates: Record<string, string>;
  rows: Record<string, Record<string, unknown>[]>;
  cases: {
    name: string;
    rows: string;
    template: string;
    config: Record<string, unknown>;
    losses: number[];
    grad_norm: number[];
    entropy: number[];
  }[];
}

const recorded = JSON.parse(readFileSync(fixturePath('train', 'sft.json'), 'utf8')) as Recorded;

function textModel(template: string): OmniModel {
  return new OmniModel({
    graph: loadGraph(fixturePath('models', 'hf', 'qwen2')),
    tokenizer: Tokenizer.fromFolder(fixturePath('train', 'dpo-tokenizer')),
    template: new ChatTemplate(recorded.templates[template]),
    processor: processorConfigSchema.parse({}),
  });
}

async function train(expected: Recorded['cases'][number], config: SFTConfigInput = {}) {
  const lines: Record<string, number>[] = [];
  const rows = recorded.rows[expected.rows].map((row, i) =>
    validateChat(row, { file: 'sft.json', line: i + 1 }),
  );
  await new SFTTrainer({
    model: textModel(expected.template),
    trainDataset: rows,
    config: {
      ...(camelCase(expected.config) as SFTConfigInput),
      seed: recorded.seed,
      maxSteps: recorded.steps,
      loggingSteps: 1,
      outputDir: null,
      ...config,
    },
    callbacks: [{ onLog: (_, __, line) => void lines.push(line) }],
  }).train();
  return lines;
}

test.each(recorded.cases)('$name: losses of TRL to 1e-5', async (expected) => {
  const lines = await train(expected);
  const furthest = (name: string, values: readonly number[]) =>
    Math.max(...values.map((value, step) => Math.abs(value - lines[step][name])));
  expect(lines).toHaveLength(12);
  expect(furthest('loss', expected.losses)).toBeLessThanOrEqual(1e-5);
  expect(furthest('grad_norm', expected.grad_norm)).toBeLessThanOrEqual(1e-4);
  expect(furthest('entropy', expected.entropy)).toBeLessThanOrEqual(1e-5);
});
