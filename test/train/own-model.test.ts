import { join } from 'node:path';
import type { RewardFunc } from '../../lib/rewards/index.js';
import {
  type GRPOConfigInput,
  GRPOTrainer,
  type MetricsLine,
  readMetrics,
  type SFTConfigInput,
  SFTTrainer,
} from '../../lib/train/index.js';
import { temporaryFolder } from './folder.js';
import { ownModel, vocabSize } from './own-model.js';
import { answerOnly, samples, weights } from './tiny-model.js';

const folder = temporaryFolder();

/** 1 for a completion that begins with the letter of its question. */
const copies: RewardFunc = ({ completions, samples: asked }) =>
  completions.map((text, i) => Number(text[0] === asked[i].question[0]));

function sft(name: string, config: SFTConfigInput, model = ownModel()) {
  const trainer = new SFTTrainer({
    model,
    trainDataset: samples,
    formatCompletion: answerOnly,
    config: {
      ...{ outputDir: join(folder.path, name), learningRate: 0.05, lrSchedulerType: 'constant' },
      ...{ perDeviceTrainBatchSize: 12, loggingSteps: 1, saveSteps: 5, ...config },
    },
  });
  return { model, trainer };
}

function grpo(name: string, config: GRPOConfigInput, model = ownModel()) {
  const trainer = new GRPOTrainer({
    model,
    rewardFuncs: [copies],
    trainDataset: samples,
    config: {
      ...{ outputDir: join(folder.path, name), learningRate: 0.03, lrSchedulerType: 'constant', beta: 0.04 },
      ...{
        numGenerations: 8,
        perDeviceTrainBatchSize: 96,
        maxCompletionLength: 3,
        loggingSteps: 1,
        saveSteps: 5,
      },
      ...config,
    },
  });
  return { model, trainer };
}

const metrics = (name: string): MetricsLine[] => readMetrics(join(folder.path, name, 'metrics.jsonl'));

test('SFT: the loss starts at log vocab, as the head is 0, and falls', async () => {
  await sft('sft', { maxSteps: 30 }).trainer.train();
  const losses = metrics('sft').map(({ loss }) => loss as number);
  expect(losses[0]).toBeCloseTo(Math.log(vocabSize), 5);
  // After a letter comes the letter or the end: about log 2 remains.
  expect(losses[29]).toBeLessThan(1);
});

test('GRPO: the penalty for leaving the reference starts at 0, and the reward rises', async () => {
  await grpo('grpo', { maxSteps: 40 }).trainer.train();
  const lines = metrics('grpo');
  const mean = (part: MetricsLine[]) =>
    part.reduce((sum, { reward }) => sum + (reward as number), 0) / part.length;
  expect(lines[0].kl).toBeCloseTo(0, 6);
  expect(lines[0].entropy).toBeCloseTo(Math.log(vocabSize), 5);
  expect(lines[39].kl).toBeGreaterThan(0.01);
  expect(mean(lines.slice(0, 5))).toBeLessThan(0.15);
  expect(mean(lines.slice(35))).toBeGreaterThan(0.5);
});

test.each([
  ['sft', (name: string, maxSteps: number, seed?: number) => sft(name, { maxSteps }, ownModel(seed))],
  ['grpo', (name: string, maxSteps: number, seed?: number) => grpo(name, { maxSteps }, ownModel(seed))],
] as const)('%s: a resumed training ends with the same weights', async (name, make) => {
  const whole = make(`${name}-whole`, 10);
  await whole.trainer.train();
  await make(`${name}-part`, 5).trainer.train();
  // Other fresh weights: those of the checkpoint and of the reference are read.
  const resumed = make(`${name}-part`, 10, 9);
  await resumed.trainer.train({ resumeFrom: join(folder.path, `${name}-part`, 'checkpoint-5') });
  expect(weights(resumed.model)).toEqual(weights(whole.model));
});

test('a frozen tower keeps its weights, and is trainable again afterwards', async () => {
  const { model, trainer } = grpo('frozen', { maxSteps: 2, freeze: ['vision'] });
  const before = weights(model);
  await trainer.train();
  const after = weights(model);
  for (const name of ['hidden.weight', 'hidden.bias']) expect(after[name]).toEqual(before[name]);
  for (const name of ['head.weight', 'embed.weight']) expect(after[name]).not.toEqual(before[name]);
  expect(model.graph.parameters().every(({ requiresGrad }) => requiresGrad)).toBe(true);
});

test('a tower that the model has not cannot be frozen, and what is frozen stays so over a resume', async () => {
  expect(() => sft('refused', { freeze: ['audio'] })).toThrow(
    expect.objectContaining({
      name: 'ConfigError',
      field: 'freeze',
      message: 'freeze: this model has no audio tower, only vision, text; leave it out',
    }) as never,
  );
  await sft('kept', { maxSteps: 5, freeze: ['vision'] }).trainer.train();
  const { trainer } = sft('kept', { maxSteps: 10 });
  await expect(trainer.train({ resumeFrom: join(folder.path, 'kept', 'checkpoint-5') })).rejects.toThrow(
    'freeze: ["vision"] in the checkpoint, now []',
  );
});
