// Settings of a recipe's stages that follow from the number of steps.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { OmniModel } from '../../lib/omni/index.js';
import { readRecipe } from '../../lib/recipe/recipe.js';
import type { RecipeData } from '../../lib/recipe/recipe-data.js';
import { type TrainedStage, trainerOf } from '../../lib/recipe/stages.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-stages-'));
afterAll(() => rmSync(folder, { recursive: true }));

const samples = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    ...{ id: `s${i}`, video: `${i}.mp4`, question: 'q', answer: 'a', steps: ['s'] },
    spans: [[0, 1]] as [number, number][],
  }));

/** The settings with which a recipe trains a stage, over 120 samples. */
function settingsOf(stage: TrainedStage, recipe: object, validation = 4) {
  const file = join(folder, 'recipe.yaml');
  writeFileSync(file, stringify({ data: 'x.jsonl', ...recipe }));
  const data: RecipeData = {
    ...{
      moments: stage === 'alignment' ? samples(120) : [],
      momentsValidation: samples(validation),
      labelled: samples(120),
    },
    ...{ answered: samples(120), validation: samples(validation), test: [] },
  };
  const { config, maxSteps } = trainerOf(stage, readRecipe(file), data, {} as OmniModel);
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
])('of %i steps, %i warm up, and every %i-th is evaluated', (maxSteps, warmupSteps, evalSteps) => {
  for (const stage of ['alignment', 'sft'] as const)
    expect(settingsOf(stage, { [stage]: { maxSteps } })).toEqual({
      ...{ maxSteps, warmupSteps, evalSteps },
      earlyStoppingPatience: 2,
    });
});

test('the steps of epochs count too', () => {
  // 3 x 120 samples, 12 at a time.
  const sft = { numTrainEpochs: 3, perDeviceTrainBatchSize: 12 };
  expect(settingsOf('sft', { sft })).toMatchObject({ maxSteps: 30, warmupSteps: 3, evalSteps: 6 });
});

test('GRPO warms up for at most five steps, and is evaluated where the recipe says so', () => {
  const of = (grpo: object) => settingsOf('grpo', { grpo });
  expect(of({ maxSteps: 80 })).toMatchObject({ warmupSteps: 5, evalSteps: null });
  expect(of({ maxSteps: 20, evalSteps: 7 })).toMatchObject({ warmupSteps: 2, evalSteps: 7 });
});

test("the recipe's own settings stand, also without validation samples", () => {
  const sft = { maxSteps: 10, warmupSteps: 9, evalSteps: 3, earlyStoppingPatience: 4 };
  expect(settingsOf('sft', { sft })).toEqual(sft);
  expect(settingsOf('sft', { sft: { maxSteps: 10, evalSteps: null } })).toMatchObject({
    ...{ evalSteps: null, earlyStoppingPatience: null },
  });
  expect(settingsOf('sft', { sft: { maxSteps: 10 } }, 0)).toMatchObject({ warmupSteps: 1, evalSteps: null });
});

test('a model from a folder is not warmed up unless the recipe says so', () => {
  expect(settingsOf('sft', { model: '.', sft: { maxSteps: 100 } })).toMatchObject({ warmupSteps: 0 });
});
