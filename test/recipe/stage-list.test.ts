/** `stages` of a recipe: how items are written, what is refused, and what older recipes stand for. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Recipe, readRecipe, startOf } from '../../lib/recipe/index.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-stage-list-'));
const file = join(folder, 'mine.yaml');
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string): Promise<Recipe> {
  writeFileSync(file, text);
  return readRecipe(file);
}

async function refusal(text: string): Promise<string> {
  const error = await read(text).then(
    () => new Error('the recipe was accepted'),
    (error: Error) => error,
  );
  expect([error.message, error.name]).toEqual([error.message, 'BadInputError']);
  return error.message;
}

test('an item is a name, or one name with its settings; a stage can stand in the list twice', async () => {
  const { stages } = await read(`
data: a.jsonl
model: folder
stages:
  - sft
  - grpo: { name: first, maxSteps: 3 }
  - grpo:
      name: second
      rewards: [answer]
  - time-matched-sft:
`);
  expect(stages.map(({ stage, name, settings }) => [stage.name, name, settings])).toEqual([
    ['sft', 'sft', {}],
    ['grpo', 'first', { maxSteps: 3 }],
    ['grpo', 'second', { rewards: ['answer'] }],
    ['time-matched-sft', 'time-matched-sft', {}],
  ]);
});

test.each([
  ['[sft, grop]', /:2: grop: no such stage; did you mean 'grpo'\?/],
  ['[sft, 3]', /:2: stages\.1: expected the name of a stage, or one with its settings, .*got 3/],
  ['[{ sft: {}, grpo: {} }]', /:2: stages\.0: expected the name of a stage/],
  ['[{ sft: 3 }]', /:2: stages\.0: expected the name of a stage/],
  ['sft', /:2: stages: expected a list of stages \(got "sft"\)/],
  ['[]', /:2: stages: nothing is left to do; name a stage, or 'test'/],
  ['[sft, sft]', /:2: sft\.name: names a stage before; .*got "sft"/],
  ['\n- sft\n- grpo: { name: sft }', /:4: sft\.name: names a stage before/],
  ['[{ sft: { name: ../x } }]', /:2: \.\.\/x\.name: expected letters, digits, .*got "\.\.\/x"/],
  ['[{ sft: { name: 7 } }]', /:2: 7\.name: expected letters/],
  ['[{ sft: { name: start } }]', /:2: start\.name: is a name of recipes/],
  ['[{ sft: { name: seed } }]', /:2: seed\.name: is a name of recipes/],
  ['[caption-sft, sft]', /:2: caption-sft: needs 'captions'; name it in the recipe/],
  [
    '[time-matched-sft]',
    /:2: time-matched-sft: expected a 'sft' stage and the stage that it is compared with/,
  ],
  [
    '[sft, grpo, time-matched-sft: { compareWith: gpro }]',
    /:2: time-matched-sft\.compareWith: expected the name/,
  ],
  [
    '[sft, grpo, time-matched-sft: { compareWith: [grpo, gpro] }]',
    /:2: time-matched-sft\.compareWith: expected the name/,
  ],
  [
    '\n- sft\n- grpo:\n    name: qi\n    maxStep: 3',
    /:6: unknown field 'qi\.maxStep'; did you mean 'maxSteps'\?/,
  ],
  ['\n- sft:\n    maxSteps: 0', /:4: sft\.maxSteps: .*got 0/],
  [
    '\n- grpo:\n    rewards: [format, anser]',
    /:4: grpo\.rewards\.1: no such reward; did you mean 'answer'\?/,
  ],
])('%j is refused by line and field', async (stages, message) => {
  const text = await refusal(`data: a.jsonl\nstages: ${stages}\n`);
  expect(text.split('\n')).toHaveLength(1);
  expect(text).toMatch(message);
});

test('time-matched SFT of two stages starts where the first did, and takes the time of both', async () => {
  const recipe = await read(
    'data: a.jsonl\nstages: [sft, grpo: { name: qi }, grpo: { name: ma }, time-matched-sft: { compareWith: [qi, ma] }]',
  );
  const use = recipe.stages[3];
  expect(startOf(use, recipe)?.name).toBe('sft');
  const earlier = [
    ['sft', 10, 2],
    ['qi', 5, 4],
    ['ma', 3, 6],
  ].map(([name, steps, secondsPerStep]) => ({
    name,
    title: name,
    answersQuestions: true,
    steps,
    secondsPerStep,
  }));
  // (5 x 4 + 3 x 6) / 2
  expect(use.stage.estimate?.(use, recipe, earlier as never)).toEqual({ steps: 19, secondsPerStep: 2 });
});

test('fields that stand for stages are refused beside a list, by the name that was written', async () => {
  const text =
    'data: a.jsonl\ncaptions: c.jsonl\nalignment: {}\nsft: false\ncompareWithSft: true\nstages: [grpo]';
  expect((await refusal(text)).split('\n')).toEqual(
    ['3: alignment', '4: sft', '5: compareWithSft'].map(
      (place) => `${file}:${place}: stands for a stage, beside 'stages'; name the stage there`,
    ),
  );
});

describe('recipes without a list', () => {
  /** What is read, but for the place of the file. */
  const both = async (one: string, other: string) => [await read(one), await read(other)];

  test('stand for one', async () => {
    const [preset, list] = await both('data: a.jsonl', 'data: a.jsonl\nstages: [sft, grpo]');
    expect(preset).toEqual(list);
  });

  test('may use the earlier names of fields', async () => {
    const [earlier, list] = await both(
      `
data: a.jsonl
moments: c.jsonl
momentsValidation: v.jsonl
momentsInSft: 0.5
alignment: { maxSteps: 3 }
sft: { maxSteps: 4 }
grpo: { maxSteps: 5 }
modalityCompare: groupMean
rewards: { modality: 0.3, format: 0.5 }
compareWithSft: true
`,
      `
data: a.jsonl
captions: c.jsonl
captionsValidation: v.jsonl
captionsInSft: 0.5
rewards:
  - { name: format, weight: 0.5, mode: published }
  - { name: modality, weight: 0.3, compare: groupMean }
stages:
  - caption-sft: { maxSteps: 3 }
  - sft: { maxSteps: 4 }
  - grpo: { maxSteps: 5 }
  - time-matched-sft
`,
    );
    expect(earlier).toEqual(list);
  });

  test('name the field as it was written, and not twice', async () => {
    expect(await refusal('data: a\nmoments: m\nalignment: { maxSteps: 0 }')).toMatch(
      /^[^\n]*:3: alignment\.maxSteps: .*got 0\)$/,
    );
    expect(await refusal('data: a\nmoments: m\ncaptions: c')).toBe(
      `${file}:2: moments: is the old name of 'captions', which is given too; leave out one`,
    );
    expect(await refusal('data: a\ncaptionSft: { maxSteps: 3 }')).toMatch(
      /:2: captionSft: settings of a stage that needs 'captions'/,
    );
  });
});

test.each([
  [
    'rewards: [format, { name: answer, weight: heavy }]',
    /rewards\.1\.weight: expected a number \(got "heavy"\)/,
  ],
  ['rewards: [{ weight: 1 }]', /rewards\.0: expected a name, or .*got \{"weight":1\}/],
  ['rewards: [{ name: format, module: x.mjs }]', /rewards\.0: expected a name, or/],
  [
    'rewards: [{ name: format, mod: strict }]',
    /rewards\.0\.mod: no such option of the format reward; did you mean 'mode'\?/,
  ],
  ['rewards: [{ name: format, mode: lax }]', /rewards\.0\.mode: expected .*strict.*got "lax"/],
  ['rewards: [format, format]', /rewards\.1: 'format' is there already/],
  ['rewards: []', /rewards: expected at least one reward/],
  ['rewards: 3', /rewards: expected a list of rewards \(got 3\)/],
  ['rewards: [{ module: 3 }]', /rewards\.0\.module: expected the path of a file \(got 3\)/],
])('%s is refused', async (line, message) => {
  const text = await refusal(`data: a.jsonl\n${line}\n`);
  expect(text).toMatch(new RegExp(`^${file}:2: `));
  expect(text).toMatch(message);
  expect(text.split('\n')).toHaveLength(1);
});

test.each(['tpu', 'meta', 'cuda:99'])(
  'the device %s is refused with those of the machine',
  async (device) => {
    expect(await refusal(`data: a.jsonl\ndevice: ${device}`)).toMatch(/:2: device: expected cpu\b.*got "/);
  },
);
