import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readMetrics, type SFTConfigInput, SFTTrainer } from '../../lib/train/index.js';
import { temporaryFolder } from './folder.js';
import { answerOnly, samples, tinyModel, weights } from './tiny-model.js';

const folder = temporaryFolder();

/** @param scores of the evaluations in turn; null: no evaluation has one */
function trainer(name: string | null, scores: readonly number[] | null, config: SFTConfigInput = {}) {
  const model = tinyModel();
  const left = [...(scores ?? [])];
  const sft = new SFTTrainer({
    model,
    trainDataset: samples,
    formatCompletion: answerOnly,
    evaluate: async (): Promise<Record<string, number>> =>
      scores === null ? { loss: 1, other: 2 } : { score: left.shift() as number },
    config: {
      outputDir: name === null ? null : join(folder.path, name),
      learningRate: 1e-2,
      lrSchedulerType: 'constant',
      perDeviceTrainBatchSize: 4,
      maxSteps: 6,
      ...(name === null ? {} : { evalSteps: 1, metricForBestModel: 'score', loadBestModelAtEnd: true }),
      ...config,
    },
  });
  return { model, sft };
}

/** What a training of so many steps leaves. */
async function after(maxSteps: number) {
  const { model, sft } = trainer(null, null, { maxSteps });
  await sft.train();
  return weights(model);
}

const checkpointsIn = (name: string) =>
  readdirSync(join(folder.path, name))
    .filter((entry) => entry.startsWith('checkpoint-'))
    .sort();

test.each<[string, number[], SFTConfigInput, number]>([
  ['the greatest score', [1, 3, 2, 5, 4, 0], {}, 4],
  ['the first of equal ones', [1, 3, 2, 5, 5, 5], {}, 4],
  ['the least score where less is better', [1, 3, 0.5, 5, 5, 5], { greaterIsBetter: false }, 3],
  ['what is a number', [Number.NaN, 3, Number.NaN, 2, 1, Number.NaN], {}, 2],
  ['the last', [1, 2, 3, 4, 5, 6], {}, 6],
])('the model that is left is that of %s', async (name, scores, config, step) => {
  const { model, sft } = trainer(name, scores, config);
  const { best, checkpoint } = await sft.train();
  expect(best).toEqual({
    step,
    metric: 'eval_score',
    value: scores[step - 1],
    folder: join(folder.path, name, `checkpoint-${step}`),
  });
  expect(checkpoint).toBe(join(folder.path, name, 'checkpoint-6'));
  expect(weights(model)).toEqual(await after(step));
});

test('a metric whose name ends in loss is better when lower, and eval_ may be left out', async () => {
  const { sft } = trainer('loss', null, { metricForBestModel: 'loss', maxSteps: 2 });
  expect((await sft.train()).best).toMatchObject({ step: 1, metric: 'eval_loss', value: 1 });
});

test('without the setting the model is the last one', async () => {
  const { model, sft } = trainer('off', [3, 2, 1, 1, 1, 1], { loadBestModelAtEnd: false });
  expect((await sft.train()).best).toBeNull();
  expect(weights(model)).toEqual(await after(6));
  expect(checkpointsIn('off')).toEqual(['checkpoint-6']);
});

test.each([
  [1, ['checkpoint-2', 'checkpoint-6']],
  [2, ['checkpoint-2', 'checkpoint-6']],
  [3, ['checkpoint-2', 'checkpoint-5', 'checkpoint-6']],
])('with saveTotalLimit %d the best and the newest stay', async (saveTotalLimit, kept) => {
  const name = `limit-${saveTotalLimit}`;
  const { sft } = trainer(name, [1, 3, 2, 2, 2, 2], { saveTotalLimit, saveSteps: 1 });
  await sft.train();
  expect(checkpointsIn(name)).toEqual(kept);
});

test('a resumed training has the same best model, and the same files', async () => {
  const config = { saveTotalLimit: 1, saveSteps: 2 };
  const whole = trainer('whole', [1, 2, 5, 3, 4, 0], config);
  await whole.sft.train();
  await trainer('parts', [1, 2, 5, 3], { ...config, maxSteps: 4 }).sft.train();
  const resumed = trainer('parts', [4, 0], config);
  const resumeFrom = join(folder.path, 'parts', 'checkpoint-4');
  const { best } = await resumed.sft.train({ resumeFrom });
  expect(best).toMatchObject({ step: 3, value: 5 });
  expect(weights(resumed.model)).toEqual(weights(whole.model));
  expect(weights(resumed.model)).toEqual(await after(3));
  expect(checkpointsIn('parts')).toEqual(checkpointsIn('whole'));
});

test('a resume elsewhere finds the best where it is; where it is gone, a warning says so', async () => {
  await trainer('there', [1, 5, 3], { maxSteps: 3, saveSteps: 1 }).sft.train();
  const resumeFrom = join(folder.path, 'there', 'checkpoint-3');
  const { best } = await trainer('here', [4, 0, 0]).sft.train({ resumeFrom });
  expect(best).toMatchObject({ step: 2, folder: join(folder.path, 'there', 'checkpoint-2') });

  const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  rmSync(join(folder.path, 'there', 'checkpoint-2'), { recursive: true });
  const without = await trainer('gone', [4, 0, 0]).sft.train({ resumeFrom });
  expect(without.best).toMatchObject({ step: 4, value: 4 });
  expect(warned.mock.calls.flat().join('\n')).toContain(
    'loadBestModelAtEnd: there is no checkpoint of step 2, the best so far (eval_score 5)',
  );
  warned.mockRestore();
});

test('evalOnStart evaluates before the first step; the start may be the best', async () => {
  const { model, sft } = trainer('start', [9, 1, 2, 3, 4, 5, 6], { evalOnStart: true, saveTotalLimit: 1 });
  const { best, state } = await sft.train();
  expect(state.evaluations.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  const evaluated = readMetrics(join(folder.path, 'start', 'metrics.jsonl')).filter(
    (line) => 'eval_score' in line,
  );
  expect(evaluated[0]).toMatchObject({ step: 0, eval_score: 9 });
  expect(best).toMatchObject({ step: 0, value: 9 });
  expect(weights(model)).toEqual(weights(tinyModel()));
  expect(checkpointsIn('start')).toEqual(['checkpoint-0', 'checkpoint-6']);
  // The start is a checkpoint like others: a training that replaces this one removes it.
  await trainer('start', [1, 1, 1, 1, 1, 1], { overwriteOutputDir: true }).sft.train();
  expect(existsSync(join(folder.path, 'start', 'checkpoint-0'))).toBe(false);
});

test('evalOnStart alone changes no weight', async () => {
  const { model, sft } = trainer('watched', [0, 0, 0, 0, 0, 0, 0], {
    evalOnStart: true,
    loadBestModelAtEnd: false,
  });
  await sft.train();
  expect(weights(model)).toEqual(await after(6));
});

test('a metric that is not reported ends the training at its first evaluation, with the names that there are', async () => {
  const { sft } = trainer('typo', null, { metricForBestModel: 'acuracy', evalOnStart: true });
  await expect(sft.train()).rejects.toThrow(
    'metricForBestModel: the evaluation of step 0 has no eval_acuracy, only eval_loss, eval_other',
  );
});

test.each<[SFTConfigInput, string]>([
  [{ evalSteps: null }, 'loadBestModelAtEnd: nothing is evaluated during training; give evalSteps too'],
  [{ outputDir: null }, 'loadBestModelAtEnd: no checkpoint is written'],
])('%j is refused', (config, message) => {
  expect(() => trainer('refused', [], config)).toThrow(message);
});
