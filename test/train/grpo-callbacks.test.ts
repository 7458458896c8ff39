import { join } from 'node:path';
import type { RewardFunc } from '../../lib/rewards/index.js';
import {
  type GRPOConfigInput,
  GRPOTrainer,
  readMetrics,
  type TrainerCallback,
} from '../../lib/train/index.js';
import { temporaryFolder } from './folder.js';
import { samples, tinyModel, weights } from './tiny-model.js';

const folder = temporaryFolder();

const byIndex: RewardFunc = ({ completions }) => completions.map((_, i) => i % 4);
const halfFailed: RewardFunc = ({ completions }) => completions.map((_, i) => (i % 4 === 1 ? Number.NaN : 1));

async function train(
  callback: TrainerCallback,
  config: GRPOConfigInput = {},
  rewardFuncs: RewardFunc[] = [byIndex],
  resumeFrom?: string,
) {
  const model = tinyModel();
  const logged: Record<string, number>[] = [];
  await new GRPOTrainer({
    model,
    rewardFuncs,
    trainDataset: samples,
    evalDataset: config.evalSteps ? samples.slice(0, 4) : undefined,
    config: {
      outputDir: null,
      learningRate: 1e-2,
      numGenerations: 4,
      perDeviceTrainBatchSize: 8,
      maxCompletionLength: 6,
      scaleRewards: 'none',
      loggingSteps: 1,
      maxSteps: 1,
      ...config,
    },
    callbacks: [callback, { onLog: (_, __, metrics) => void logged.push(metrics) }],
  }).train({ resumeFrom });
  return { weights: weights(model), logged };
}

test('hooks follow each other in a step, and are not called by evaluations', async () => {
  const calls: string[] = [];
  const hook = (name: string) => async (state: { step: number }) => {
    await new Promise(setImmediate);
    calls.push(`${state.step} ${name}`);
  };
  await train(
    {
      onGenerate: hook('generate'),
      onReward: hook('reward'),
      onAdvantage: hook('advantage'),
      onStepEnd: hook('end'),
    },
    { maxSteps: 2, evalSteps: 1 },
  );
  expect(calls).toEqual(
    [0, 1].flatMap((step) => [`${step} generate`, `${step} reward`, `${step} advantage`, `${step + 1} end`]),
  );
});

test('they see samples, completions of all views, scores by reward, and advantages', async () => {
  const compares: RewardFunc = Object.assign(halfFailed.bind(null), { views: ['v'] as const });
  Object.defineProperty(compares, 'name', { value: 'compares' });
  const seen: Parameters<NonNullable<TrainerCallback['onAdvantage']>>[2][] = [];
  const texts: string[] = [];
  await train(
    {
      onGenerate: (_, __, groups) => {
        for (const { completions, otherViews } of groups)
          for (const { text } of [...completions, ...(otherViews.v ?? [])]) texts.push(text);
      },
      onReward: (_, __, groups) => {
        for (const group of groups) {
          expect(group.rewardNames).toEqual(['byIndex', 'compares']);
          expect(group.scores).toEqual([
            [0, 1],
            [NaN, NaN],
            [2, 1],
            [3, 1],
          ]);
          expect(group.failures[1]).toEqual([false, true]);
          expect(group.rewards).toEqual([1, NaN, 3, 4]);
        }
      },
      onAdvantage: (_, __, groups) => void seen.push(groups),
    },
    {},
    [byIndex, compares],
  );
  expect(texts).toHaveLength(2 * 8);
  expect(seen).toHaveLength(1);
  for (const { sample, completions, advantages, inLoss } of seen[0]) {
    expect(samples).toContain(sample);
    expect(completions).toHaveLength(4);
    // Rewards 1, 3 and 4 less their mean.
    expect(advantages.map((value) => Number(value.toFixed(4)))).toEqual([-1.6667, 0, 0.3333, 1.3333]);
    expect(inLoss).toEqual([true, false, true, true]);
  }
});

test('onGenerate and onReward see prompts that are refused too, onAdvantage those that are trained on', async () => {
  const useful = new Set(['s1', 's4', 's6', 's10']);
  const generated: string[] = [];
  const rewarded: string[] = [];
  const trained: string[] = [];
  await train(
    {
      onGenerate: (_, __, groups) => void generated.push(...groups.map(({ sample }) => sample.id)),
      onReward: (_, __, groups) => void rewarded.push(...groups.map(({ sample }) => sample.id)),
      onAdvantage: (_, __, groups) => void trained.push(...groups.map(({ sample }) => sample.id)),
    },
    { admit: ({ sample }) => useful.has(sample.id), maxSteps: 2 },
  );
  expect(generated).toEqual(rewarded);
  expect(generated.length).toBeGreaterThan(trained.length);
  expect(trained.length).toBeGreaterThan(0);
  expect(trained.filter((id) => !useful.has(id))).toEqual([]);
});

test('edited advantages and masks are those of the loss', async () => {
  const lengths: number[] = [];
  const { logged } = await train({
    onGenerate: (_, __, groups) =>
      void lengths.push(...groups.flatMap(({ completions }) => completions.map(({ ids }) => ids.length))),
    onAdvantage: (_, __, groups) => {
      for (const group of groups) {
        group.advantages[0] = 3;
        group.advantages[1] = -1;
        group.inLoss = [true, true, false, false];
      }
    },
  });
  // dapo on-policy: minus the mean advantage of a token in the loss.
  const tokens = (index: number) =>
    lengths.filter((_, i) => i % 4 === index).reduce((sum, length) => sum + length, 0);
  const expected = -(3 * tokens(0) - tokens(1)) / (tokens(0) + tokens(1));
  expect(logged[0].loss).toBeCloseTo(expected, 5);
});

test('a callback that only looks changes no bit; one that sets all advantages to 0 stops learning', async () => {
  const before = weights(tinyModel());
  const alone = await train({}, { maxSteps: 2 });
  const watched = await train({ onGenerate() {}, onReward() {}, onAdvantage() {} }, { maxSteps: 2 });
  expect(watched.weights).toEqual(alone.weights);
  expect(alone.weights).not.toEqual(before);
  const none: TrainerCallback = {
    onAdvantage: (_, __, groups) => {
      for (const group of groups) group.advantages.fill(0);
    },
  };
  expect((await train(none, { maxSteps: 2 })).weights).toEqual(before);
});

test.each<[string, (group: { advantages: number[]; inLoss: boolean[] }) => void, string]>([
  ['too few', (group) => void group.advantages.pop(), 'advantages [-1.5,-0.5,0.5]'],
  ['no number', (group) => void group.advantages.fill(Number.NaN, 2, 3), 'advantages [-1.5,-0.5,null,1.5]'],
  ['no boolean', (group) => void group.inLoss.fill(1 as never, 0, 1), 'inLoss [1,true,true,true]'],
])('onAdvantage that leaves %s is refused with the sample', async (_, edit, left) => {
  const onAdvantage: TrainerCallback['onAdvantage'] = (__, ___, groups) => edit(groups[0]);
  await expect(train({ onAdvantage })).rejects.toThrow(
    new RegExp(
      `callbacks: onAdvantage left ${left.replace(/[[\].]/g, '\\$&')} for sample 's\\d+', expected a`,
    ),
  );
});

test('a training with a callback, evaluations, a limit of tokens and a best model is resumed bit for bit', async () => {
  // One completion of each group is in the loss with half of its advantage.
  const halving: TrainerCallback = {
    onAdvantage: (_, __, groups) => {
      for (const group of groups) group.advantages[3] /= 2;
    },
  };
  const byLength: RewardFunc = ({ completionIds }) => completionIds.map(({ length }) => length);
  const config = (name: string): GRPOConfigInput => ({
    ...{
      outputDir: join(folder.path, name),
      maxSteps: 4,
      saveSteps: 2,
      lrSchedulerType: 'constant',
      beta: 0.1,
    },
    ...{ evalSteps: 1, numGenerationsEval: 2, loadBestModelAtEnd: true, metricForBestModel: 'reward' },
    maxTokensPerMicroBatch: 16,
  });
  const whole = await train(halving, config('whole'), [byLength]);
  await train(halving, { ...config('parts'), maxSteps: 2 }, [byLength]);
  const resumeFrom = join(folder.path, 'parts', 'checkpoint-2');
  const resumed = await train(halving, config('parts'), [byLength], resumeFrom);
  expect(resumed.weights).toEqual(whole.weights);
  const lines = (name: string) =>
    readMetrics(join(folder.path, name, 'metrics.jsonl')).map((line) =>
      Object.fromEntries(Object.entries(line).filter(([key]) => !/^step_time$|\/seconds$/.test(key))),
    );
  expect(lines('whole')).toHaveLength(8);
  expect(lines('parts')).toEqual(lines('whole'));
});
