import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readMetrics, type SFTConfigInput, SFTTrainer, type TrainerCallback } from '../../lib/train/index.js';
import { PlainDecoder } from '../models/plain-decoder.js';
import { temporaryFolder } from './folder.js';
import { answerOnly, samples, tinyModel, weights } from './tiny-model.js';

jest.setTimeout(120_000);
const folder = temporaryFolder();

function trainer(config: SFTConfigInput, options: Partial<ConstructorParameters<typeof SFTTrainer>[0]> = {}) {
  const model = tinyModel();
  const common = { learningRate: 1e-2, loggingSteps: 1, lrSchedulerType: 'constant' as const };
  return {
    model,
    trainer: new SFTTrainer({
      model,
      trainDataset: samples,
      formatCompletion: answerOnly,
      config: { ...common, outputDir: null, ...config },
      ...options,
    }),
  };
}

test('learns to copy, and reports it', async () => {
  const outputDir = join(folder.path, 'run');
  const { trainer: sft } = trainer(
    { outputDir, maxSteps: 60, perDeviceTrainBatchSize: 12, evalSteps: 30, saveSteps: 1000 },
    { evalDataset: samples },
  );
  const { state, checkpoint, interrupted } = await sft.train();
  const lines = readMetrics(join(outputDir, 'metrics.jsonl'));
  const logged = lines.filter(({ loss }) => loss !== undefined);
  const evaluated = lines.filter(({ eval_loss }) => eval_loss !== undefined);
  expect(logged.map(({ step }) => step)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  // Untrained, all 28 tokens are about equally likely.
  expect(logged[0].loss as number).toBeGreaterThan(0.8 * Math.log(28));
  expect(logged[59].loss as number).toBeLessThan(0.3);
  expect(evaluated.map(({ step }) => step)).toEqual([30, 60]);
  expect(evaluated[1].eval_loss).toBeLessThan(0.3);
  expect(Object.keys(logged[0])).toEqual(
    expect.arrayContaining(['epoch', 'loss', 'grad_norm', 'learning_rate', 'num_tokens', 'step_time']),
  );
  expect(state).toMatchObject({ step: 60, epoch: 60, skippedSteps: 0 });
  expect(checkpoint).toBe(join(outputDir, 'checkpoint-60'));
  expect(interrupted).toBe(false);
});

test('the gradient of one batch of 8 is that of 8 micro-batches of 1', async () => {
  // With adamEpsilon 1 the update is about proportional to the gradient: no difference is blown up.
  const run = async (config: SFTConfigInput) => {
    const { model, trainer: sft } = trainer({ maxSteps: 1, adamEpsilon: 1, ...config });
    await sft.train();
    return Object.values(weights(model)).flat(9) as number[];
  };
  const whole = await run({ perDeviceTrainBatchSize: 8 });
  const parts = await run({ perDeviceTrainBatchSize: 1, gradientAccumulationSteps: 8 });
  const start = Object.values(weights(tinyModel())).flat(9) as number[];
  expect(Math.max(...whole.map((weight, i) => Math.abs(weight - start[i])))).toBeGreaterThan(1e-4);
  expect(Math.max(...whole.map((weight, i) => Math.abs(weight - parts[i])))).toBeLessThan(1e-7);
});

test('gradientCheckpointing trains the same weights to the bit, and is switched off at the end', async () => {
  const run = async (gradientCheckpointing: boolean) => {
    const during: unknown[] = [];
    const { model, trainer: sft } = trainer(
      { maxSteps: 3, gradientCheckpointing },
      { callbacks: [{ onStepEnd: () => void during.push(model.graph.gradientCheckpointing) }] },
    );
    await sft.train();
    expect(during).toEqual(Array(3).fill(gradientCheckpointing));
    expect(model.graph.gradientCheckpointing).toBe(false);
    return weights(model);
  };
  expect(await run(true)).toEqual(await run(false));
});

test('gradientCheckpointing is refused for a graph that cannot', () => {
  const model = tinyModel(1, () => new PlainDecoder({ letters: 28, width: 16, blocks: 1, longest: 16 }));
  const make = () =>
    new SFTTrainer({ model, trainDataset: samples, config: { gradientCheckpointing: true } });
  expect(make).toThrow(/^gradientCheckpointing: this model's graph \(.*\) has no such property to switch on/);
});

test('maxSeconds ends the training after the step in which it passes', async () => {
  const { state } = await trainer({ maxSteps: 1000, maxSeconds: 1e-6 }).trainer.train();
  expect(state.step).toBe(1);
});

test('an epoch has as many steps as the samples need', async () => {
  const { state } = await trainer({ perDeviceTrainBatchSize: 5, numTrainEpochs: 1 }).trainer.train();
  expect(state).toMatchObject({ step: 3, epoch: 15 / 12 });
});

test('the learning rate warms up and decays', async () => {
  const rates: number[] = [];
  const { trainer: sft } = trainer(
    { maxSteps: 5, warmupSteps: 2, lrSchedulerType: 'linear', learningRate: 0.3 },
    { callbacks: [{ onLog: (_, __, metrics) => void rates.push(metrics.learning_rate) }] },
  );
  await sft.train();
  // transformers' get_linear_schedule_with_warmup: 0, 1/2, 1, 2/3, 1/3.
  [0, 0.15, 0.3, 0.2, 0.1].forEach((rate, i) => {
    expect(rates[i]).toBeCloseTo(rate, 12);
  });
});

test('a gradient that is not finite leaves the weights alone and names the samples', async () => {
  const outputDir = join(folder.path, 'run');
  const { model, trainer: sft } = trainer({ outputDir, maxSteps: 2, perDeviceTrainBatchSize: 3 });
  const before = weights(model);
  const embedding = model.graph.embeddings()[0];
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const hook = embedding.registerHook((grad) => grad.mul(Number.NaN));
  const { state } = await sft.train();
  hook.remove();
  const lines = readMetrics(join(outputDir, 'metrics.jsonl'));
  const skipped = lines.filter((line) => line.skipped_samples !== undefined);
  expect(weights(model)).toEqual(before);
  expect(state).toMatchObject({ step: 2, skippedSteps: 2 });
  expect(skipped.map(({ step }) => step)).toEqual([1, 2]);
  expect(skipped[0].skipped_samples).toHaveLength(3);
  expect(lines.at(-1)?.skipped_steps).toBe(2);
  expect(warn.mock.calls[0][0]).toMatch(
    /^step 1: gradient norm NaN, weights left as they were; samples s\d+, s\d+, s\d+$/,
  );
  warn.mockRestore();
});

test('callbacks can stop and save', async () => {
  const outputDir = join(folder.path, 'run');
  const saved: string[] = [];
  const { trainer: sft } = trainer(
    { outputDir, maxSteps: 100 },
    {
      callbacks: [
        {
          onStepEnd({ step }, control) {
            if (step === 2) control.save();
            if (step === 4) control.stop();
          },
          onSave: (_, __, path) => void saved.push(path),
        },
      ],
    },
  );
  const { state } = await sft.train();
  expect(state.step).toBe(4);
  expect(saved).toEqual([2, 4].map((step) => join(outputDir, `checkpoint-${step}`)));
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s finishes the step and saves; a second one ends the process with %i', async (signal, code) => {
  const outputDir = join(folder.path, 'run');
  const exit = jest.spyOn(process, 'exit').mockImplementation((() => {}) as never);
  const listeners = process.listenerCount(signal);
  const { trainer: sft } = trainer(
    { outputDir, maxSteps: 100 },
    {
      callbacks: [
        {
          onStepEnd({ step }) {
            if (step < 3) return;
            process.emit(signal);
            expect(exit).not.toHaveBeenCalled();
            process.emit(signal);
            expect(exit).toHaveBeenCalledWith(code);
          },
        },
      ],
    },
  );
  const result = await sft.train();
  exit.mockRestore();
  expect(result).toMatchObject({ interrupted: true, signal, state: { step: 3 } });
  expect(existsSync(join(outputDir, 'checkpoint-3', 'trainer_state.json'))).toBe(true);
  expect(process.listenerCount(signal)).toBe(listeners);
});

test('a training that cannot start leaves SIGINT and SIGTERM to the program', async () => {
  const listeners = () => [process.listenerCount('SIGINT'), process.listenerCount('SIGTERM')];
  const before = listeners();
  const empty = new SFTTrainer({ model: tinyModel(), trainDataset: [], config: { outputDir: null } });
  await expect(empty.train()).rejects.toThrow('trainDataset is empty');
  expect(listeners()).toEqual(before);
});

test.each([
  ['its steps', 5],
  ['a callback', 4],
])('a training that is ended by %s logs the steps since the last line', async (_, steps) => {
  const callback: TrainerCallback = {
    onStepEnd({ step }, control) {
      if (step === 4 && steps === 4) control.stop();
    },
  };
  const losses = async (loggingSteps: number) => {
    const outputDir = join(folder.path, `every-${loggingSteps}`);
    await trainer({ outputDir, maxSteps: 5, loggingSteps }, { callbacks: [callback] }).trainer.train();
    return readMetrics(join(outputDir, 'metrics.jsonl')).map(({ step, loss }) => [step, loss as number]);
  };
  const each = await losses(1);
  expect(each.map(([step]) => step)).toEqual(Array.from({ length: steps }, (_, i) => i + 1));
  const mean = (from: number, to: number) =>
    each.slice(from, to).reduce((sum, [, loss]) => sum + loss, 0) / (to - from);
  expect(await losses(10)).toEqual([[steps, expect.closeTo(mean(0, steps), 10)]]);
  expect(await losses(3)).toEqual([
    [3, expect.closeTo(mean(0, 3), 10)],
    [steps, expect.closeTo(mean(3, steps), 10)],
  ]);
});

test('a cap of time leaves the learning rate to the steps', async () => {
  const outputDir = join(folder.path, 'capped');
  const { trainer: sft } = trainer({
    ...{ outputDir, maxSteps: 1_000_000, maxSeconds: 0.5, warmupSteps: 4, lrSchedulerType: 'linear' },
    perDeviceTrainBatchSize: 4,
  });
  const { state, endedBy } = await sft.train();
  expect(endedBy).toBe('time');
  expect(state.step).toBeLessThan(100_000);
  const rates = readMetrics(join(outputDir, 'metrics.jsonl')).map((line) => line.learning_rate as number);
  // Linear from step 4 to step 1,000,000: hardly lower after the steps of half a second.
  const expected = rates.map((_, step) => (step < 4 ? step / 4 : 1 - (step - 4) / (1_000_000 - 4)) * 1e-2);
  expect(rates).toEqual(expected.map((rate) => expect.closeTo(rate, 8)));
});

test('early stopping by configuration ends the training and tells why', async () => {
  const evaluation = { evalSteps: 2, earlyStoppingTarget: 100 };
  const { state, endedBy, reason } = await new SFTTrainer({
    ...{ model: tinyModel(), trainDataset: samples, evalDataset: samples, formatCompletion: answerOnly },
    config: { outputDir: null, maxSteps: 50, ...evaluation },
  }).train();
  expect([state.step, endedBy]).toEqual([2, 'callback']);
  expect(reason).toMatch(/^eval_loss is [\d.]+, target 100$/);
});

test('a training that had stopped early is not trained further by a resume', async () => {
  const outputDir = join(folder.path, 'stopped');
  const train = (resumeFrom?: string) =>
    new SFTTrainer({
      ...{ model: tinyModel(), trainDataset: samples, evalDataset: samples, formatCompletion: answerOnly },
      config: { outputDir, maxSteps: 50, evalSteps: 2, earlyStoppingTarget: 100 },
    }).train({ resumeFrom });
  const { checkpoint } = await train();
  const { state, endedBy } = await train(checkpoint as string);
  expect([state.step, endedBy]).toEqual([2, 'callback']);
});

test('an end that depends on an evaluation needs one', () => {
  const make =
    (config: object, parts: object = {}) =>
    () =>
      new SFTTrainer({
        ...{ model: tinyModel(), trainDataset: samples, formatCompletion: answerOnly, ...parts },
        config: { outputDir: null, maxSteps: 1, ...config },
      });
  expect(make({ evalSteps: 1 })).toThrow(/^evalSteps: there is nothing to evaluate/);
  expect(make({ earlyStoppingTarget: 1 }, { evalDataset: samples })).toThrow(
    /^earlyStoppingTarget: .* give evalSteps too/,
  );
});
