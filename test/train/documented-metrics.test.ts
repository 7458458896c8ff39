/** docs/logging.md has every metric that a training writes, and says which trainers have it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RewardFunc } from '../../lib/rewards/index.js';
import {
  DPOTrainer,
  type GRPOConfigInput,
  GRPOTrainer,
  readMetrics,
  SFTTrainer,
} from '../../lib/train/index.js';
import { temporaryFolder } from './folder.js';
import { answerOnly, samples, tinyModel } from './tiny-model.js';

const folder = temporaryFolder();

interface Documented {
  name: RegExp;
  of: string;
  text: string;
}

/** The names of a row share what stands before the last slash of its first name. */
function documented(): Documented[] {
  const page = readFileSync(join(__dirname, '../../docs/logging.md'), 'utf8');
  const section = page.slice(page.indexOf('## Metrics'), page.indexOf('## TensorBoard'));
  return section.split('\n').flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    if (!cells[1]?.startsWith('`')) return [];
    const names = Array.from(`${cells[1]}${cells[3]}`.matchAll(/`([^`]+)`/g), ([, name]) => name);
    const group = names[0].slice(0, names[0].lastIndexOf('/') + 1);
    return names.map((name) => {
      const text = name.includes('/') ? name : `${group}${name}`;
      const pattern = text.replace(/<\w+>/g, '[^/]+');
      return { name: new RegExp(`^${pattern}$`), of: cells[2], text };
    });
  });
}

type Trainer = { train(): Promise<unknown> };

async function namesOf(make: (outputDir: string) => Trainer): Promise<string[]> {
  const outputDir = join(folder.path, 'run');
  await make(outputDir).train();
  const lines = readMetrics(join(outputDir, 'metrics.jsonl'));
  return [...new Set(lines.flatMap((line) => Object.keys(line)))].filter((name) => name !== 'step');
}

const common = { maxSteps: 2, loggingSteps: 1, evalSteps: 2, overwriteOutputDir: true };
const judged: RewardFunc = ({ completions }) => completions.map((_, i) => i % 4);
judged.judge = { name: 'own', judge: async () => [], takeMetrics: () => ({ requests: 1 }) };

const grpo = (config: GRPOConfigInput) => (outputDir: string) =>
  new GRPOTrainer({
    model: tinyModel(),
    trainDataset: samples,
    evalDataset: samples.slice(0, 2),
    rewardFuncs: [judged],
    config: { ...common, outputDir, maxCompletionLength: 3, numGenerations: 4, ...config },
  });

test.each<[string, string, (outputDir: string) => Trainer]>([
  [
    'SFT',
    'SFT',
    (outputDir) =>
      new SFTTrainer({
        model: tinyModel(),
        trainDataset: samples,
        evalDataset: samples.slice(0, 2),
        formatCompletion: answerOnly,
        config: { ...common, outputDir },
      }),
  ],
  [
    'DPO',
    'DPO',
    (outputDir) =>
      new DPOTrainer({
        model: tinyModel(),
        trainDataset: samples.map((sample) => ({ ...sample, chosen: 'a', rejected: 'b' })),
        evalDataset: samples.slice(0, 2).map((sample) => ({ ...sample, chosen: 'a', rejected: 'b' })),
        config: { ...common, outputDir },
      }),
  ],
  ['GRPO', 'GRPO', grpo({})],
  [
    'GRPO with all that is optional',
    'GRPO',
    grpo({ beta: 0.1, admit: 'nonConstant', importanceCorrection: 'token_truncate' }),
  ],
  ['GRPO by cispo', 'GRPO', grpo({ lossType: 'cispo', epsilonHigh: 5 })],
  ['GRPO by vespo', 'GRPO', grpo({ lossType: 'vespo' })],
])('%s', async (_, trainer, make) => {
  const rows = documented().filter(({ of }) => of === 'all' || of === trainer);
  const names = await namesOf(make);
  const unknown = names.filter((name) => !rows.some((row) => row.name.test(name.replace(/^eval_/, ''))));
  expect(unknown).toEqual([]);
  expect(names.length).toBeGreaterThan(7);
});

test('the table has names that trainings have', () => {
  expect(documented().map(({ text }) => text)).toEqual(
    expect.arrayContaining(['loss', 'completions/max_length', 'sampling/importance_sampling_ratio/max']),
  );
});
