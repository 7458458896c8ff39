/** The engine runs a stage that it has never heard of, from its shape alone, and goes on in the middle of a list. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { generateSyntheticDataset } from '../../lib/data/index.js';
import { MediaPool } from '../../lib/media/index.js';
import {
  type FinishedStage,
  inputFile,
  openModel,
  predictMemory,
  readRecipe,
  readRecipeSamples,
  runRecipe,
  type Stage,
  type StageResult,
  stageList,
} from '../../lib/recipe/index.js';
import { noGrad, torch } from '../../lib/tensor/index.js';
import { tinyConfig } from '../omni/clips.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-custom-stage-'));
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  await using pool = new MediaPool();
  await generateSyntheticDataset(at('dataset'), {
    seed: 1,
    clips: { train: 2, validation: 0, test: 1 },
    pool,
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

const result: StageResult = {
  steps: 1,
  maxSteps: 1,
  seconds: 0.5,
  numTokens: 0,
  endedBy: 'steps',
  signal: null,
};

/** Puts every weight to `value`, and leaves a note for a later stage. */
const filled: Stage = {
  name: 'fill',
  title: 'filling',
  schema: z.strictObject({ value: z.number(), writesNote: z.boolean().default(true) }),
  defaults: { value: 0.25 },
  inputs: ['data'],
  outputs: ['model', 'note.txt'],
  metrics: [],
  answersQuestions: true,
  steps: () => 1,
  predictMemory: () => [{ name: 'filling', bytes: 2 ** 40 }],
  async run({ use, model }, { folder: own }) {
    const { value, writesNote } = use.settings as { value: number; writesNote?: boolean };
    noGrad(() => {
      for (const parameter of model.graph.parameters()) parameter.fill_(value);
    });
    if (own !== null && writesNote !== false) writeFileIn(own, 'note.txt', `filled with ${value}`);
    return result;
  },
};

/** Copies the note of the stage before it. Its model is that of the stage before. */
const copied: Stage = {
  name: 'copy',
  title: 'copying',
  schema: z.strictObject({}),
  defaults: {},
  inputs: ['note.txt'],
  outputs: ['copy.txt'],
  metrics: [],
  answersQuestions: false,
  estimate: () => null,
  predictMemory: () => [],
  async run(context, { folder: own }) {
    if (own !== null) writeFileIn(own, 'copy.txt', readFileSync(inputFile(context, 'note.txt'), 'utf8'));
    return result;
  },
};

function writeFileIn(own: string, name: string, text: string): void {
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, name), text);
}

const stages = [...stageList, filled, copied];

async function recipeOf(list: unknown[], output: string, more: object = {}) {
  const fields = { data: 'dataset/train.jsonl', test: 'dataset/test.jsonl', output, model: tinyConfig };
  writeFileSync(at('recipe.yaml'), stringify({ ...fields, stopAtChance: false, ...more, stages: list }));
  return readRecipe(at('recipe.yaml'), { stages });
}

const sft = { maxSteps: 1, perDeviceTrainBatchSize: 2 };
const weights = (...names: string[]) => readFileSync(at(...names, 'model', 'model.safetensors'));

describe('a stage that is written in a test', () => {
  const list = [{ sft }, { fill: { value: 0.5 } }, 'copy', { fill: { name: 'again' } }];

  test('runs in its place, with its settings, outputs and answers', async () => {
    const logged: string[] = [];
    const reported: string[][] = [];
    const { stages: finished } = await runRecipe(await recipeOf(list, 'run'), {
      display: { log: (line) => logged.push(line), progress: () => ({ update() {}, stop() {} }) },
      onStages: (all) => reported.push(all.map(({ name }) => name)),
    });
    const names = ['start', 'sft', 'fill', 'copy', 'again'];
    expect(finished.map(({ name }) => name)).toEqual(names);
    expect(reported.at(-1)).toEqual(names);
    expect(finished.map(({ answered }) => answered.length > 0)).toEqual([true, true, true, false, true]);
    expect(readFileSync(at('run', 'copy', 'copy.txt'), 'utf8')).toBe('filled with 0.5');
    expect(readFileSync(at('run', 'again', 'note.txt'), 'utf8')).toBe('filled with 0.25');
    const loaded = torch.load(at('run', 'fill', 'model', 'model.safetensors'));
    for (const tensor of Object.values(loaded)) {
      expect(tensor.min().item()).toBe(0.5);
      expect(tensor.max().item()).toBe(0.5);
    }
    // One is not timed, so it has no place in the estimate.
    expect(logged.join('\n')).toMatch(/^filling \(again\) +1 +0\.50 s +1 s$/m);
    expect(logged.join('\n')).not.toContain('copying ');
    const accuracy = JSON.parse(readFileSync(at('run', 'accuracy.json'), 'utf8'));
    expect(accuracy.map(({ stage }: { stage: string }) => stage)).toEqual([
      ...['before training', 'after SFT', 'after filling', 'after filling (again)'],
    ]);
    const [record] = JSON.parse(readFileSync(at('run', 'run.json'), 'utf8'));
    expect(record.settings).toMatchObject({
      stages: names.slice(1),
      fill: { value: 0.5 },
      again: { value: 0.25 },
    });
  });

  test('is read when it is finished, and what comes after it goes on from its model', async () => {
    const before = ['sft', 'fill'].map((name) => statSync(at('run', name, 'answers.json')).mtimeMs);
    for (const name of ['copy', 'again']) rmSync(at('run', name), { recursive: true });
    const longer = [
      ...list.slice(0, 3),
      { sft: { ...sft, name: 'more', learningRate: 1e-30, muonLearningRate: 1e-30 } },
    ];
    const seen: (readonly FinishedStage[])[] = [];
    await runRecipe(await recipeOf(longer, 'run'), { resume: true, onStages: (all) => seen.push([...all]) });
    expect(['sft', 'fill'].map((name) => statSync(at('run', name, 'answers.json')).mtimeMs)).toEqual(before);
    expect(existsSync(at('run', 'copy', 'copy.txt'))).toBe(true);
    // A step of 1e-30 is lost in float32: the weights are those that it started from.
    expect(weights('run', 'more').equals(weights('run', 'fill'))).toBe(true);
    expect(weights('run', 'more').equals(weights('run', 'sft'))).toBe(false);
  });

  test('is named where it does not write its outputs, or where its inputs are not there', async () => {
    const silent = await recipeOf([{ fill: { writesNote: false } }], 'silent');
    await expect(runRecipe(silent)).rejects.toThrow(
      `filling: it has not written ${at('silent', 'fill', 'note.txt')}, one of its outputs`,
    );
    await expect(recipeOf(['copy', 'fill'], 'run')).rejects.toThrow(
      /:\d+: copy: needs 'note\.txt', which no stage before it leaves$/,
    );
    await expect(recipeOf([{ fill: { value: 'x' } }], 'run')).rejects.toThrow(/: fill\.value: .*got "x"/);
  });

  test('has its rows in the prediction of memory', async () => {
    const recipe = await recipeOf(list, 'run');
    const samples = readRecipeSamples(recipe);
    const model = await openModel(recipe, samples);
    try {
      const rows = await predictMemory(recipe, samples, model);
      const bytes = (name: string) => rows.filter((row) => row.name === name).map((row) => row.bytes);
      const [state] = bytes('parameters');
      expect(bytes('filling')).toEqual([2 ** 40, 2 ** 40]);
      // Weights, gradients and two moments, and the largest of the stages.
      expect(bytes('at most together')).toEqual([4 * state + 2 ** 40]);
    } finally {
      await model.close();
    }
  });
});

test('two stages of one kind run one after the other; a baseline starts where its stage did, and is not built upon', async () => {
  const grpo = { maxSteps: 1, perDeviceTrainBatchSize: 4, numGenerations: 2, maxCompletionLength: 6 };
  const still = 1e-30;
  const rewards = [{ name: 'format', mode: 'published' }, 'answer'];
  const list = [
    { sft },
    { fill: { value: 0.1 } },
    { grpo: { ...grpo, name: 'qi', learningRate: still, rewards } },
    { 'time-matched-sft': { maxSteps: 1, learningRate: 0.01 } },
    { grpo: { ...grpo, name: 'ma', learningRate: still, seed: 5, rewards: ['answer'] } },
  ];
  await runRecipe(await recipeOf(list, 'two'));
  const metrics = (name: string) =>
    Object.keys(JSON.parse(readFileSync(at('two', name, 'metrics.jsonl'), 'utf8').split('\n')[0]));
  expect(metrics('qi')).toEqual(expect.arrayContaining(['rewards/format/mean', 'rewards/answer/mean']));
  expect(metrics('ma')).toEqual(expect.not.arrayContaining(['rewards/format/mean']));
  expect(weights('two', 'qi').equals(weights('two', 'fill'))).toBe(true);
  expect(weights('two', 'ma').equals(weights('two', 'qi'))).toBe(true);
  expect(weights('two', 'time-matched-sft').equals(weights('two', 'qi'))).toBe(false);
  // In the middle of the list: the last stage again, from the same weights.
  rmSync(at('two', 'ma'), { recursive: true });
  await runRecipe(await recipeOf(list, 'two'), { resume: true });
  expect(weights('two', 'ma').equals(weights('two', 'qi'))).toBe(true);
});

test('the model of a recipe stands on its device', async () => {
  const recipe = { ...(await recipeOf(['sft'], 'run')), device: 'meta' };
  const model = await openModel(recipe, readRecipeSamples(recipe));
  expect(model.graph.headWeight.device).toBe('meta');
  await model.close();
});
