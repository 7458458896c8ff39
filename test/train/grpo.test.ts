import { join } from 'node:path';
import { policyLossTypes } from '../../lib/algorithms/index.js';
import type { RewardBatch, RewardFunc } from '../../lib/rewards/index.js';
import { memoryStats } from '../../lib/tensor/index.js';
import {
  type GRPOConfigInput,
  GRPOTrainer,
  readMetrics,
  type TrainableModel,
} from '../../lib/train/index.js';
import { temporaryFolder } from './folder.js';
import { samples, tinyModel, weights } from './tiny-model.js';

jest.setTimeout(120_000);
const folder = temporaryFolder();

/** Models of the running test. Collected by chance later, they would change the counts of other tests. */
const models: TrainableModel[] = [];
function freshModel(seed?: number): TrainableModel {
  const model = tinyModel(seed);
  models.push(model);
  return model;
}
afterEach(() => {
  for (const { graph } of models.splice(0)) graph.dispose();
});

/** 1 for a completion that begins with the letter of its question. */
function copies({ completions, samples: asked }: RewardBatch) {
  return completions.map((text, i) => Number(text[0] === asked[i].question[0]));
}

function trainer(config: GRPOConfigInput, rewardFuncs: RewardFunc[] = [copies], seed = 1) {
  const model = freshModel(seed);
  const grpo = new GRPOTrainer({
    model,
    rewardFuncs,
    trainDataset: samples,
    config: {
      outputDir: null,
      learningRate: 1e-2,
      lrSchedulerType: 'constant',
      numGenerations: 4,
      perDeviceTrainBatchSize: 16,
      maxCompletionLength: 4,
      loggingSteps: 1,
      ...config,
    },
  });
  return { model, trainer: grpo };
}

test('earns more reward, and reports it under the usual names', async () => {
  const outputDir = join(folder.path, 'run');
  const { trainer: grpo } = trainer({
    outputDir,
    maxSteps: 60,
    numGenerations: 8,
    perDeviceTrainBatchSize: 96,
    maxCompletionLength: 2,
    saveSteps: 1000,
  });
  await grpo.train();
  const lines = readMetrics(join(outputDir, 'metrics.jsonl'));
  const mean = (from: number, to: number) =>
    lines.slice(from, to).reduce((sum, line) => sum + (line.reward as number), 0) / (to - from);
  expect(lines[0].reward).toBeLessThan(0.2);
  expect(mean(55, 60)).toBeGreaterThan(0.6);
  expect(Object.keys(lines[0])).toEqual(
    expect.arrayContaining([
      'loss',
      'grad_norm',
      'learning_rate',
      'num_tokens',
      'step_time',
      'reward',
      'reward_std',
      'frac_reward_zero_std',
      'rewards/copies/mean',
      'rewards/copies/std',
      'completions/mean_length',
      'completions/min_length',
      'completions/max_length',
      'completions/mean_terminated_length',
      'completions/clipped_ratio',
      'entropy',
      'clip_ratio/low_mean',
      'clip_ratio/low_min',
      'clip_ratio/high_mean',
      'clip_ratio/high_max',
      'clip_ratio/region_mean',
      'sampling/sampling_logp_difference/mean',
      'sampling/sampling_logp_difference/max',
    ]),
  );
  // Sampler and learner are one module: only rounding lies between them.
  const differences = lines
    .map((line) => line['sampling/sampling_logp_difference/max'])
    .filter((value) => typeof value === 'number');
  expect(differences.length).toBeGreaterThan(30);
  expect(Math.max(...differences)).toBeLessThan(1e-4);
});

describe('micro-batches', () => {
  // bnpo averages over the tokens of each micro-batch: local by definition.
  test.each(policyLossTypes.filter((type) => type !== 'bnpo'))(
    '%s: one batch of 8 groups and 8 micro-batches of one group move the weights alike',
    async (lossType) => {
      const run = async (perDeviceTrainBatchSize: number, gradientAccumulationSteps: number) => {
        // With adamEpsilon 1 the update is about proportional to the gradient: no difference is blown up.
        const config = {
          lossType,
          beta: 0.1,
          maxSteps: 1,
          adamEpsilon: 1,
          epsilonHigh: lossType === 'cispo' ? 5 : 0.2,
        };
        const { model, trainer: grpo } = trainer(
          { ...config, perDeviceTrainBatchSize, gradientAccumulationSteps },
          [({ completions }) => completions.map((text) => text.length)],
        );
        await grpo.train();
        return Object.values(weights(model)).flat(9) as number[];
      };
      const whole = await run(32, 1);
      const parts = await run(4, 8);
      const start = Object.values(weights(freshModel())).flat(9) as number[];
      expect(Math.max(...whole.map((weight, i) => Math.abs(weight - start[i])))).toBeGreaterThan(1e-4);
      expect(Math.max(...whole.map((weight, i) => Math.abs(weight - parts[i])))).toBeLessThan(1e-7);
    },
  );
});

test('a reward gets the views it asks for, paired by index and drawn from the same weights', async () => {
  const seen: RewardBatch[] = [];
  const contrast: RewardFunc = Object.assign(
    (batch: RewardBatch) => {
      seen.push(batch);
      return batch.completions.map(() => 1);
    },
    { views: ['v', 'a'] as const },
  );
  await trainer({ maxSteps: 2 }, [contrast]).trainer.train();
  expect(seen.map(({ step }) => step)).toEqual([0, 1]);
  const [{ rollouts, completions, completionIds, prompts, samples: asked }] = seen;
  for (const view of ['av', 'v', 'a'] as const) expect(rollouts[view]).toHaveLength(16);
  expect(completions).toEqual(rollouts.av?.map(({ text }) => text));
  expect(completionIds).toEqual(rollouts.av?.map(({ ids }) => ids));
  expect(prompts).toEqual(asked.map(({ question }) => question));
  expect(new Set(asked.map(({ id }) => id)).size).toBe(4);
  expect(asked.every(({ id }, i) => id === asked[i - (i % 4)].id)).toBe(true);
  // Every step samples anew.
  expect(seen[1].completions).not.toEqual(completions);
});

test('a reward that compares views is refused for a model that has one view', () => {
  const contrast: RewardFunc = Object.assign(
    function contrast({ completions }: RewardBatch) {
      return completions.map(() => 1);
    },
    { views: ['v', 'a'] as const },
  );
  const model = { ...freshModel(), views: ['av', 'none'] as const };
  const make = () => new GRPOTrainer({ model, rewardFuncs: [contrast], trainDataset: samples });
  expect(make).toThrow(
    /^rewardFuncs: 'contrast' compares completions in the views v, a, but the model \(.*\) takes no video and no audio/,
  );
});

test('a prompt that stands twice in a batch, or again after the epoch, gets other completions each time', async () => {
  const model = freshModel();
  const groups: string[][] = [];
  const collect: RewardFunc = ({ completionIds }) => {
    for (let g = 0; g < completionIds.length; g += 4)
      groups.push(completionIds.slice(g, g + 4).map((ids) => ids.join()));
    return completionIds.map(() => 1);
  };
  const config = {
    outputDir: null,
    numGenerations: 4,
    perDeviceTrainBatchSize: 12,
    maxCompletionLength: 12,
    maxSteps: 2,
  };
  const { id, ...rest } = samples[0];
  // One sample: three epochs in each step.
  await new GRPOTrainer({
    model,
    rewardFuncs: [collect],
    trainDataset: [{ id: 'one', ...rest }],
    config,
  }).train();
  expect(groups).toHaveLength(6);
  expect(new Set(groups.flat()).size).toBe(24);
});

test('what is not scored leaves no trace: groups of equal or unscored rewards change no weight', async () => {
  const { model, trainer: grpo } = trainer({ maxSteps: 1 }, [
    ({ completions }) => completions.map((_, i) => (i < 8 ? 1 : null)),
  ]);
  const before = weights(model);
  await grpo.train();
  expect(weights(model)).toEqual(before);
});

test('completions that a reward failed on have no part in the loss, and are counted', async () => {
  /** The change of the weights where `score` joins another reward. The entropy bonus pulls on every token in the loss. */
  const train = async (score: number | null) => {
    const logged: Record<string, number>[] = [];
    const judged: RewardFunc = ({ completions }) => completions.map(() => score);
    const model = tinyModel();
    const before = weights(model);
    await new GRPOTrainer({
      model,
      rewardFuncs: [copies, judged],
      trainDataset: samples,
      config: {
        ...{ outputDir: null, numGenerations: 4, perDeviceTrainBatchSize: 16, maxCompletionLength: 4 },
        ...{ entropyCoef: 0.1, learningRate: 1e-2, maxSteps: 1, loggingSteps: 1 },
      },
      callbacks: [{ onLog: (_, __, metrics) => void logged.push(metrics) }],
    }).train();
    return { before, after: weights(model), metrics: logged[0] };
  };
  const failed = await train(Number.NaN);
  expect(failed.after).toEqual(failed.before);
  expect(failed.metrics).toMatchObject({ 'rewards/judged/failed': 16 });
  expect(failed.metrics).not.toHaveProperty('reward');
  const unscored = await train(null);
  expect(unscored.after).not.toEqual(unscored.before);
  expect(unscored.metrics).toMatchObject({ 'rewards/judged/failed': 0 });
});

test('a KL penalty pulls on groups of equal rewards too, once the weights have moved', async () => {
  const kl: number[] = [];
  const model = freshModel();
  const grpo = new GRPOTrainer({
    model,
    rewardFuncs: [copies],
    trainDataset: samples,
    config: {
      outputDir: null,
      learningRate: 1e-2,
      numGenerations: 4,
      perDeviceTrainBatchSize: 48,
      maxCompletionLength: 4,
      beta: 0.1,
      maxSteps: 5,
      loggingSteps: 1,
    },
    callbacks: [{ onLog: (_, __, metrics) => void kl.push(metrics.kl) }],
  });
  await grpo.train();
  expect(kl[0]).toBeCloseTo(0, 6);
  expect(kl[4]).toBeGreaterThan(1e-4);
});

test('truncated completions can be left out of the loss', async () => {
  // Every completion that is cut off is rewarded; masked, the reward of the others is all that is learned.
  const cutOff: RewardFunc = ({ completionIds }) =>
    completionIds.map((ids) => Number(ids.length === 4 && ids[3] !== 1));
  const lengths: number[] = [];
  for (const maskTruncatedCompletions of [false, true]) {
    const { model, trainer: grpo } = trainer({ maxSteps: 1, maskTruncatedCompletions, adamEpsilon: 1 }, [
      cutOff,
    ]);
    const before = Object.values(weights(model)).flat(9) as number[];
    await grpo.train();
    const after = Object.values(weights(model)).flat(9) as number[];
    lengths.push(Math.hypot(...after.map((weight, i) => weight - before[i])));
  }
  expect(lengths[0]).toBeGreaterThan(0);
  expect(lengths[1]).toBeGreaterThan(0);
  expect(lengths[1]).not.toBeCloseTo(lengths[0], 6);
});

test('a failing reward ends the step with its name and the samples', async () => {
  const broken = () => {
    throw new Error('no judge');
  };
  await expect(trainer({ maxSteps: 1 }, [broken]).trainer.train()).rejects.toThrow(
    /reward broken: threw no judge \(samples s/,
  );
});

test('a step leaves no tensor behind', async () => {
  const live: number[] = [];
  const model = freshModel();
  const grpo = new GRPOTrainer({
    model,
    rewardFuncs: [({ completions }) => completions.map((text) => text.length)],
    trainDataset: samples,
    config: {
      outputDir: null,
      numGenerations: 4,
      perDeviceTrainBatchSize: 8,
      maxCompletionLength: 4,
      beta: 0.1,
      maxSteps: 12,
    },
    callbacks: [{ onStepEnd: () => void live.push(memoryStats().liveTensors) }],
  });
  await grpo.train();
  // The optimizer's state is made in the first step.
  expect(new Set(live.slice(1)).size).toBe(1);
});
