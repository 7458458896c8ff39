/** `--set key=value`: settings of the command line in place of the recipe's own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Recipe, readRecipe } from '../../lib/recipe/index.js';
import { earsight } from '../cli/run.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-assignments-'));
const file = join(folder, 'mine.yaml');
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string, ...set: string[]): Promise<Recipe> {
  writeFileSync(file, text);
  return readRecipe(file, { set });
}

const settingsOf = ({ stages }: Recipe, name: string) => stages.find((use) => use.name === name)?.settings;

const list = `data: a.jsonl
model: folder
stages:
  - sft
  - grpo: { name: qi, learningRate: 1 }
  - grpo:
`;

test('a value is YAML and replaces that of the recipe, the last one first', async () => {
  const recipe = await read(
    'data: a.jsonl\nseed: 1\nmedia: { workers: 1 }',
    ...['seed=3', 'seed=4', 'bf16=true', 'test=other.jsonl', 'media.timeoutMs=5', 'answers="text"'],
    ...['model={ text: { layers: 2 } }', 'model.text.heads=4', 'threads=2'],
  );
  expect(recipe).toMatchObject({
    ...{ seed: 4, bf16: true, answers: 'text', threads: 2, test: join(folder, 'other.jsonl') },
    ...{ media: { workers: 1, timeoutMs: 5 }, model: { text: { layers: 2, heads: 4 } } },
  });
});

test('a stage is named as in the list', async () => {
  const recipe = await read(list, 'sft.maxSteps=2', 'qi.learningRate=1e-5', 'grpo.rewards=[answer]');
  expect(settingsOf(recipe, 'sft')).toEqual({ maxSteps: 2 });
  expect(settingsOf(recipe, 'qi')).toEqual({ learningRate: 1e-5 });
  expect(settingsOf(recipe, 'grpo')).toEqual({ rewards: ['answer'] });
});

test('an item that names two stages is refused as it is written', async () => {
  const two = 'data: a.jsonl\nmodel: folder\nstages:\n  - { grpo: {}, sft: {} }\n';
  await expect(read(two, 'grpo.maxSteps=3')).rejects.toThrow(`${file}:4: stages.0`);
});

test('without a list, the fields that stand for stages are set, also by earlier names and by those of the stages', async () => {
  const text = 'data: a.jsonl\nmodel: folder\nmoments: m.jsonl\nalignment: { maxSteps: 1, seed: 2 }\n';
  for (const name of ['caption-sft', 'captionSft', 'alignment'])
    expect(settingsOf(await read(text, `${name}.maxSteps=5`), 'caption-sft')).toEqual({
      maxSteps: 5,
      seed: 2,
    });
  const { stages } = await read(text, 'grpo=false', 'sft.maxSteps=3');
  expect(stages.map(({ name, settings }) => [name, settings])).toEqual([
    ['caption-sft', { maxSteps: 1, seed: 2 }],
    ['sft', { maxSteps: 3 }],
  ]);
});

test.each([
  [list, 'qi.learningrate=1', "unknown field 'qi.learningrate'; did you mean 'learningRate'?"],
  [list, 'seeed=1', "unknown field 'seeed'; did you mean 'seed'?"],
  [list, 'ma.maxSteps=1', "unknown field 'ma'"],
  [list, '__proto__.seed=1', "unknown field '__proto__'"],
  [list, 'qi.__proto__=1', "unknown field 'qi.__proto__'"],
  [list, 'qi.maxSteps=0', 'qi.maxSteps: Too small: expected number to be >0 (got 0)'],
  [list, 'qi.maxSteps=many', 'qi.maxSteps: Invalid input: expected number, received string (got "many")'],
  [list, 'seed', 'expected key=value, as in --set seed=3 or --set grpo.maxSteps=100'],
  [list, '=3', 'expected key=value, as in --set seed=3 or --set grpo.maxSteps=100'],
  [list, 'qi..maxSteps=3', 'expected key=value, as in --set seed=3 or --set grpo.maxSteps=100'],
  [list, 'model.text=3', '\'model\' is "folder" in the recipe, which has no fields to set'],
  [list, 'stages.7=sft', 'expected the index of an item, 0 to 2 (got 7)'],
  ['data: a\nsft: false', 'sft.maxSteps=3', "'sft' is false in the recipe, which has no fields to set"],
  ['data: a', 'seed=[1', /1: Flow sequence/],
])('%j: --set %s is refused by the name of the option', async (text, setting, message) => {
  await expect(read(text, 'bf16=true', setting)).rejects.toThrow(
    typeof message === 'string' ? `--set ${setting}: ${message}` : message,
  );
});

test('problems of the file keep their line', async () => {
  await expect(read('data: a\nseed: -1', 'sft.maxSteps=0')).rejects.toThrow(
    new RegExp(`^--set sft.maxSteps=0: sft\\.maxSteps: .*\n${file}:2: seed: .*got -1\\)$`),
  );
});

test('train and check take the option several times and with several values', async () => {
  writeFileSync(file, list);
  for (const command of ['train', 'check']) {
    const { code, stderr } = await earsight(
      ...[command, '--set', 'qi.maxSteps=0', 'sft.maxSteps=-1', '--set', 'seed=x', file],
    );
    expect(code).toBe(2);
    for (const setting of ['qi.maxSteps=0', 'sft.maxSteps=-1', 'seed=x'])
      expect(stderr).toContain(`--set ${setting}: `);
  }
});
