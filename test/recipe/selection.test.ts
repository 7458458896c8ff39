/** Filter and balance in recipes: at the top for all stages, in a stage for itself; what they leave out is told. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { readRecipe, readRecipeSamples, runRecipe, stageNotes } from '../../lib/recipe/index.js';
import { readCompletions } from '../../lib/train/index.js';
import { earsight } from '../cli/run.js';
import { tinyConfig } from '../omni/clips.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-recipe-selection-'));
const at = (...names: string[]) => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true }));

const question = (id: string, metadata?: object) => ({
  id,
  question: 'What is it?',
  answer: 'a bell',
  metadata,
});
const rows = [
  question('both', { composite: 8, audioDependency: 9, category: 'a' }),
  question('deaf', { composite: 9, audioDependency: 2, category: 'a' }),
  question('weak', { composite: 3, audioDependency: 9, category: 'a' }),
  question('other', { composite: 9, audioDependency: 9, category: 'b' }),
  { ...question('taught', { composite: 9, audioDependency: 9, category: 'a' }), steps: ['It rings.'] },
  { ...question('badly taught', { composite: 1, audioDependency: 9, category: 'a' }), steps: ['It barks.'] },
];
const grpo = { maxSteps: 1, loggingSteps: 1, numGenerations: 2, maxCompletionLength: 4, rewards: ['format'] };

async function recipeOf(fields: object, data: object[] = rows) {
  writeFileSync(at('train.jsonl'), data.map((row) => JSON.stringify(row)).join('\n'));
  const shared = { data: 'train.jsonl', output: 'run', model: tinyConfig, stopAtChance: false };
  writeFileSync(at('recipe.yaml'), stringify({ ...shared, ...fields }));
  return readRecipe(at('recipe.yaml'));
}

test('the recipe chooses for all stages and a stage further for itself; both say what they leave out', async () => {
  const recipe = await recipeOf({
    filter: { composite: 7 },
    stages: [
      { grpo: { ...grpo, name: 'qi', perDeviceTrainBatchSize: 6 } },
      {
        grpo: {
          ...grpo,
          name: 'ma',
          perDeviceTrainBatchSize: 2,
          filter: { audioDependency: 7 },
          balance: { dropCategories: ['b'] },
        },
      },
    ],
  });
  const lines: string[] = [];
  const samples = readRecipeSamples(recipe, (line) => lines.push(line));
  const notes = [...lines, ...stageNotes(recipe, samples)];
  expect(notes).toEqual([
    'filter: 2 of 6 samples are left out: 2 with composite below 7',
    'GRPO (ma): filter: 1 of 3 samples are left out: 1 with audioDependency below 7',
    'GRPO (ma): balance: 1 of 2 samples are left out: 1 of the categories b',
  ]);
  expect(samples.withRationale.map(({ id }) => id)).toEqual(['taught']);
  expect(samples.answerOnly.map(({ id }) => id)).toEqual(['both', 'deaf', 'other']);
  const checked = await earsight('check', at('recipe.yaml'));
  expect(checked).toMatchObject({ code: 0 });
  expect(checked.stdout.split('\n').filter((line) => line.includes('left out'))).toEqual(notes);
  const told: string[] = [];
  await runRecipe(recipe, {
    display: { log: (line) => told.push(line), progress: () => ({ update() {}, stop() {} }) },
  });
  expect(told.slice(0, 3)).toEqual(notes);
  const trained = (stage: string) =>
    new Set(Array.from(readCompletions(at('run', stage, 'completions.jsonl')), ({ sample }) => sample));
  expect(trained('qi')).toEqual(new Set(['both', 'deaf', 'other']));
  expect(trained('ma')).toEqual(new Set(['both']));
  expect(readFileSync(at('run', 'recipe.yaml'), 'utf8')).toMatch(/filter:\s+composite: 7/);
});

test.each<[string, object, RegExp]>([
  [
    'a misspelt rule',
    { filter: { compsite: 7 } },
    /:\d+: unknown field 'filter\.compsite'; did you mean 'composite'\?/,
  ],
  ['a grade above 10', { filter: { composite: 11 } }, /:\d+: filter\.composite: .*got 11/],
  [
    'a flag that keeps',
    { filter: { shouldFilter: true } },
    /:\d+: filter\.shouldFilter: expected false, .*got true/,
  ],
  ['a ratio below 1', { balance: { maxCategoryRatio: 0.5 } }, /:\d+: balance\.maxCategoryRatio: .*got 0\.5/],
  [
    'a rule of a stage that is misspelt',
    { stages: [{ grpo: { ...grpo, filter: { audio: 7 } } }] },
    /:\d+: unknown field 'grpo\.filter\.audio'/,
  ],
  [
    'a stage that takes none',
    { stages: [{ sft: { filter: { composite: 7 } } }] },
    /:\d+: unknown field 'sft\.filter'/,
  ],
])('%s is refused', async (_, fields, message) => {
  await expect(recipeOf(fields)).rejects.toThrow(message);
});

test.each<[string, object, object[], RegExp]>([
  [
    'a sample without a grade',
    { filter: { composite: 7 } },
    [...rows, question('bare')],
    /train\.jsonl: "metadata\.composite": sample 'bare': got nothing/,
  ],
  [
    'a sample without a grade that a stage looks at',
    { stages: [{ grpo: { ...grpo, filter: { questionLogic: 7 } } }] },
    rows,
    /train\.jsonl: "metadata\.questionLogic": sample 'both': got nothing/,
  ],
  [
    'no sample that is left',
    { filter: { composite: 10 } },
    rows,
    /train\.jsonl: no sample is left to train on; filter: 6 of 6 samples are left out: 6 with composite below 10; change/,
  ],
  [
    'no sample that is left to a stage',
    { stages: [{ grpo: { ...grpo, balance: { minCategorySize: 9 } } }] },
    rows,
    /train\.jsonl: no sample is left to train on; balance: 4 of 4 samples/,
  ],
  [
    'a conversation, which has no grades',
    { filter: { composite: 7 }, stages: ['sft'] },
    [
      ...rows,
      {
        id: 'talk',
        messages: [
          { role: 'user', content: 'Hello' },
          { role: 'assistant', content: 'Hi' },
        ],
      },
    ],
    /train\.jsonl: filter: conversation 'talk' has no grades/,
  ],
  [
    'rows that are no samples',
    { balance: { minCategorySize: 2 }, stages: ['dpo'] },
    [{ prompt: 'a', chosen: 'b', rejected: 'c' }],
    /train\.jsonl: balance: no stage reads samples there; leave it out/,
  ],
])('%s is bad input', async (_, fields, data, message) => {
  const recipe = await recipeOf(fields, data);
  expect(() => readRecipeSamples(recipe)).toThrow(message);
});
