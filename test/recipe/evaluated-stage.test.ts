/** A GRPO stage that is evaluated while it trains, by view, and leaves its best model to the next stage. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { generateSyntheticDataset } from '../../lib/data/index.js';
import { MediaPool } from '../../lib/media/index.js';
import { readRecipe, runRecipe } from '../../lib/recipe/index.js';
import { readMetrics, readRecords } from '../../lib/train/index.js';
import { tinyConfig } from '../omni/clips.js';

jest.setTimeout(120_000);
const folder = mkdtempSync(join(tmpdir(), 'earsight-evaluated-'));
const at = (...names: string[]) => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true }));

const settings = {
  maxSteps: 4,
  loggingSteps: 1,
  perDeviceTrainBatchSize: 8,
  numGenerations: 4,
  maxCompletionLength: 8,
  learningRate: 1e-2,
  maxTokensPerMicroBatch: 90,
  rewardTimeoutSeconds: 5,
  evalSteps: 1,
  evalOnStart: true,
  evalViews: ['av', 'v', 'none'],
  numGenerationsEval: 2,
  loadBestModelAtEnd: true,
  metricForBestModel: 'rewards/byLength/mean',
  greaterIsBetter: false,
  saveTotalLimit: 1,
};

beforeAll(async () => {
  await using pool = new MediaPool();
  const clips = { train: 2, validation: 1, test: 0 };
  await generateSyntheticDataset(at('dataset'), { seed: 1, clips, pool });
  // Validation samples are scored by the step alone: the model of step 2 is the best, whatever is learned.
  writeFileSync(
    at('by-length.cjs'),
    `module.exports = function byLength({ completions, samples, step }) {
      const isHeld = (sample) => sample.id.startsWith('validation');
      return completions.map(({ length }, i) => (isHeld(samples[i]) ? Math.abs(step - 2) : length));
    };`,
  );
  const stages = [
    { grpo: { name: 'first', ...settings } },
    { grpo: { ...settings, name: 'next', maxSteps: 1, loadBestModelAtEnd: false } },
  ];
  const recipe = {
    ...{ data: 'dataset/train.jsonl', validation: 'dataset/validation.jsonl', output: 'run', seed: 3 },
    ...{ model: tinyConfig, rewards: [{ module: 'by-length.cjs' }], stages, stopAtChance: false },
  };
  writeFileSync(at('recipe.yaml'), stringify(recipe));
  await runRecipe(await readRecipe(at('recipe.yaml')));
});

const evaluations = (stage: string) =>
  readMetrics(at('run', stage, 'metrics.jsonl')).filter((line) => 'eval_reward' in line);

test('every evaluation reports answers by view, greedy ones by kind of question too, and rewards of the sampled ones', () => {
  const lines = evaluations('first');
  expect(lines.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4]);
  for (const line of lines) {
    const rates = Object.entries(line).filter(([name]) => /^eval_(accuracy|mean@|pass@)/.test(name));
    const kinds = ['both', 'sight', 'sound'];
    expect(rates.map(([name]) => name).sort()).toEqual(
      [
        ...['eval_accuracy', 'eval_mean@2', 'eval_pass@2'].flatMap((name) => [
          name,
          `${name}/none`,
          `${name}/v`,
        ]),
        ...['av', 'v', 'none'].flatMap((view) => kinds.map((kind) => `eval_accuracy/${view}/${kind}`)),
      ].sort(),
    );
    for (const [, rate] of rates) {
      expect(rate).toBeGreaterThanOrEqual(0);
      expect(rate).toBeLessThanOrEqual(1);
    }
    expect(line['eval_rewards/byLength/mean']).toBe(line.eval_reward);
  }
});

test('the settings of the recipe are those of the training', () => {
  const [{ settings: trained }] = readRecords(at('run', 'first'));
  expect(trained).toMatchObject(settings);
});

test('the stage leaves the model of its best evaluation, from which the next one starts', () => {
  const weights = (...names: string[]) => readFileSync(at('run', ...names, 'model.safetensors'));
  expect(weights('first', 'model').equals(weights('first', 'checkpoint-2'))).toBe(true);
  expect(weights('first', 'model').equals(weights('first', 'checkpoint-4'))).toBe(false);
  const kept = readdirSync(at('run', 'first')).filter((name) => name.startsWith('checkpoint-'));
  expect(new Set(kept)).toEqual(new Set(['checkpoint-2', 'checkpoint-4']));
  const [start] = evaluations('next');
  const best = evaluations('first')[2];
  for (const name of ['eval_accuracy', 'eval_completions/mean_length', 'eval_pass@2/v'])
    expect(start[name]).toBe(best[name]);
});
