// Settings of a recipe's stages that follow from the number of steps.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { readRecipe } from '../../lib/recipe/index.js';
import { GRPOTrainer, SFTTrainer } from '../../lib/train/index.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-stages-'));
afterAll(() => rmSync(folder, { recursive: true }));

const samples = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    ...{ id: `s${i}`, video: `${i}.mp4`, question: 'q', answer: 'a', steps: ['s'] },
    spans: [[0, 1]] as [number, number][],
  }));

/** The settings with which a recipe trains a stage, over 120 samples. */
async function settingsOf(stage: string, recipe: object, validation = 4) {
  const file = join(folder, 'recipe.yaml');
  const held = validation === 0 ? {} : { validation: 'v.jsonl', captionsValidation: 'w.jsonl' };
  writeFileSync(file, stringify({ data: 'x.jsonl', captions: 'c.jsonl', ...held, ...recipe }));
  const all = {
    captions: stage === 'caption-sft' ? samples(120) : [],
    captionsValidation: samples(validation),
    withRationale: samples(120),
    chats: [],
    chatsValidation: [],
    answerOnly: samples(120),
    validation: samples(validation),
    test: [],
  };
  const read = await readRecipe(file);
  const use = read.stages.find(({ name }) => name === stage) as (typeof read.stages)[number];
  const context = {
    recipe: read,
    use,
    samples: all,
    model: { views: ['av', 'v', 'a'] } as never,
    finished: [],
  };
  let trainer: SFTTrainer | GRPOTrainer | undefined;
  for (const { prototype } of [SFTTrainer, GRPOTrainer])
    jest.spyOn(prototype, 'train').mockImplementation(async function (this: SFTTrainer | GRPOTrainer) {
      trainer = this;
      return { state: {}, signal: null } as never;
    });
  await use.stage.run(context, { folder: 'never written', callbacks: [] });
  jest.restoreAllMocks();
  const { config, maxSteps } = trainer as SFTTrainer | GRPOTrainer;
  const { warmupSteps, evalSteps, earlyStoppingPatience } = config;
  return { maxSteps, warmupSteps, evalSteps, earlyStoppingPatience };
}

test.each<[number, number, number]>([
  // Steps, a tenth of them but at most 40, a fifth of them but at most 100.
  [1, 0, 1],
  [10, 1, 2],
  [30, 3, 6],
  [399, 39, 79],
  [400, 40, 80],
  [1400, 40, 100],
])('of %i steps, %i warm up, and every %i-th is evaluated', async (maxSteps, warmupSteps, evalSteps) => {
  for (const [stage, field] of [
    ['caption-sft', 'captionSft'],
    ['sft', 'sft'],
  ])
    expect(await settingsOf(stage, { [field]: { maxSteps } })).toEqual({
      ...{ maxSteps, warmupSteps, evalSteps },
      earlyStoppingPatience: 2,
    });
});

test('the steps of epochs count too', async () => {
  // 3 x 120 samples, 12 at a time.
  const sft = { numTrainEpochs: 3, perDeviceTrainBatchSize: 12 };
  expect(await settingsOf('sft', { sft })).toMatchObject({ maxSteps: 30, warmupSteps: 3, evalSteps: 6 });
});

test('GRPO warms up for at most five steps, and is evaluated where the recipe says so', async () => {
  const of = (grpo: object) => settingsOf('grpo', { grpo });
  expect(await of({ maxSteps: 80 })).toMatchObject({ warmupSteps: 5, evalSteps: null });
  expect(await of({ maxSteps: 20, evalSteps: 7 })).toMatchObject({ warmupSteps: 2, evalSteps: 7 });
});

test("the recipe's own settings stand, also without validation samples", async () => {
  const sft = { maxSteps: 10, warmupSteps: 9, evalSteps: 3, earlyStoppingPatience: 4 };
  expect(await settingsOf('sft', { sft })).toEqual(sft);
  expect(await settingsOf('sft', { sft: { maxSteps: 10, evalSteps: null } })).toMatchObject({
    ...{ evalSteps: null, earlyStoppingPatience: null },
  });
  expect(await settingsOf('sft', { sft: { maxSteps: 10 } }, 0)).toMatchObject({
    warmupSteps: 1,
    evalSteps: null,
  });
});

test('a model from a folder is not warmed up unless the recipe says so', async () => {
  expect(await settingsOf('sft', { model: '.', sft: { maxSteps: 100 } })).toMatchObject({ warmupSteps: 0 });
});
