import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Completion } from '../../lib/data/index.js';
import type { RewardFunc } from '../../lib/rewards/index.js';
import { type GRPOConfigInput, GRPOTrainer } from '../../lib/train/index.js';
import { temporaryFolder } from './folder.js';
import { samples, tinyModel } from './tiny-model.js';

const folder = temporaryFolder();
let warnings: string[] = [];
beforeEach(() => {
  warnings = [];
  jest.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
});
afterEach(() => jest.restoreAllMocks());

/** A reward that gives completion i of a group a score by the step. */
function named(name: string, score: (step: number, index: number, sample: string) => number): RewardFunc {
  const reward: RewardFunc = ({ completions, samples: asked, step }) =>
    completions.map((_, i) => score(step, i % 4, asked[i].id));
  return Object.defineProperty(reward, 'name', { value: name });
}

async function train(
  rewardFuncs: RewardFunc[],
  maxSteps: number,
  config: GRPOConfigInput = {},
  options: { warnOfEqualRewards?: boolean } = {},
  resumeFrom?: string,
) {
  const fractions: number[] = [];
  const seen: Completion[] = [];
  await new GRPOTrainer({
    model: tinyModel(),
    rewardFuncs,
    trainDataset: samples,
    ...options,
    config: {
      outputDir: null,
      numGenerations: 4,
      perDeviceTrainBatchSize: 8,
      maxCompletionLength: 3,
      loggingSteps: 1,
      maxSteps,
      ...config,
    },
    callbacks: [
      {
        onLog: (_, __, metrics) => void fractions.push(metrics.frac_reward_zero_std),
        onGenerate: (_, __, groups) => void seen.push(...groups.flatMap(({ completions }) => completions)),
      },
    ],
  }).train({ resumeFrom });
  return { fractions, seen };
}

const zero = () => 0;
const one = () => 1;
const odd = (sample: string) => Number(sample.slice(1)) % 2;

test.each<[string, RewardFunc[], RegExp]>([
  [
    'the judge',
    [named('answer', (_, i) => i), named('consistency', () => Number.NaN)],
    /the judge, as consistency failed on every completion.*rewardTimeoutSeconds/,
  ],
  [
    'the parser',
    [named('format', zero), named('answer', zero)],
    /not in the layout that the rewards parse.*\d+ of 8 completions are cut off at maxCompletionLength.*".*" \(sample 's\d+'\).*SFT/,
  ],
  ['too hard', [named('format', one), named('answer', zero)], /questions are too hard.*easier samples/],
  ['too easy', [named('format', one), named('answer', one)], /questions are too easy.*admit: 'nonConstant'/],
  [
    'decided questions',
    [named('answer', (_, __, sample) => odd(sample))],
    /always or never.*temperature or numGenerations/,
  ],
  ['a constant reward', [named('style', () => 0.5)], /all have 0.5\. Check what style return/],
])('%s: the likely cause is told once, in the third step in a row', async (_, rewardFuncs, cause) => {
  await train(rewardFuncs, 2);
  expect(warnings).toEqual([]);
  const { fractions } = await train(rewardFuncs, 6);
  expect(fractions).toEqual(Array(6).fill(1));
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(
    /^GRPO: 3 steps in a row have nothing to learn from: the rewards in each of their groups are equal/,
  );
  expect(warnings[0]).toMatch(cause);
});

test('a step with a difference, or of another cause, begins the count anew', async () => {
  // Equal in steps 0, 1 and 3, 4: never three in a row.
  await train([named('answer', (step, i) => (step === 2 ? i : 0))], 5);
  // Too hard for two steps, then too easy for two.
  await train([named('answer', (step) => Number(step >= 2))], 4);
  expect(warnings).toEqual([]);
  await train([named('answer', (step) => Number(step >= 2))], 5);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(/too easy/);
});

test('a trainer that is told not to warns of nothing', async () => {
  await train([named('answer', zero)], 4, {}, { warnOfEqualRewards: false });
  expect(warnings).toEqual([]);
});

test('groups that teach, and rewards that differ by a part of the completions, are no cause', async () => {
  await train([named('answer', (_, i) => Number(i === 0)), named('format', zero)], 5);
  // One completion of each group is scored by nothing; the others differ.
  await train([named('answer', (_, i) => (i === 0 ? Number.NaN : i))], 5);
  expect(warnings).toEqual([]);
});

test('two causes are told one after the other, each once', async () => {
  const answer = named('answer', (step) => Number(step >= 3 && step < 6));
  await train([answer], 12);
  expect(warnings.map((text) => /too (hard|easy)/.exec(text)?.[1])).toEqual(['hard', 'easy']);
});

test('sums of rewards that differ by rounding alone are equal', async () => {
  // 0.1 + 0.2 is not 0.3 in floating point.
  const rounded = named('rounded', (_, i) => (i % 2 === 0 ? 0.1 + 0.2 : 0.3));
  const { fractions } = await train([rounded], 4, { admit: 'nonConstant', maxRefillRounds: 0 });
  expect(fractions).toEqual([1, 1, 1, 1]);
  expect(warnings).toHaveLength(1);
  warnings = [];
  // A difference above TRL's bound of 1e-8 is one.
  const fine = named('fine', (_, i) => 0.3 + 1e-7 * i);
  expect((await train([fine], 4)).fractions).toEqual([0, 0, 0, 0]);
  expect(warnings).toEqual([]);
});

test.each([1, 2, 3, 4])(
  'a training that is resumed after step %i warns as one that was not',
  async (steps) => {
    const outputDir = join(folder.path, `after-${steps}`);
    const config = { outputDir, lrSchedulerType: 'constant' as const };
    // Too hard in the first four steps, then too easy.
    const answer = () => [named('answer', (step) => Number(step >= 4))];
    const ofTraining = () => warnings.filter((text) => text.startsWith('GRPO: '));
    await train(answer(), steps, config);
    const before = ofTraining();
    expect(before).toHaveLength(Number(steps >= 3));
    await train(answer(), 8, config, {}, join(outputDir, `checkpoint-${steps}`));
    expect(ofTraining().map((text) => /too (hard|easy)/.exec(text)?.[1])).toEqual(['hard', 'easy']);
  },
);

test('a count in a checkpoint that is none is refused by the file and the field', async () => {
  const outputDir = join(folder.path, 'edited');
  await train([named('answer', zero)], 1, { outputDir });
  const file = join(outputDir, 'checkpoint-1/trainer_state.json');
  const state = JSON.parse(readFileSync(file, 'utf8'));
  expect(state.memory).toEqual({ cause: 'tooHard', steps: 1, told: [] });
  writeFileSync(file, JSON.stringify({ ...state, memory: { ...state.memory, steps: -1 } }));
  const resumed = train([named('answer', zero)], 2, { outputDir }, {}, join(outputDir, 'checkpoint-1'));
  await expect(resumed).rejects.toMatchObject({ name: 'FileError', file });
  await expect(resumed).rejects.toThrow('memory.steps');
});
