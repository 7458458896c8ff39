/** Adapters in recipes and commands: added by a stage, carried to the next, merged, resumed, and given as a folder. */

import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { generateSyntheticDataset } from '../../lib/data/index.js';
import { MediaPool } from '../../lib/media/index.js';
import { loadGraph } from '../../lib/models/index.js';
import { openModel, predictMemory, readRecipe, readRecipeSamples } from '../../lib/recipe/index.js';
import { earsight } from '../cli/run.js';
import { tinyConfig } from '../omni/clips.js';

jest.setTimeout(180_000);
const folder = mkdtempSync(join(tmpdir(), 'earsight-adapter-'));
const at = (...names: string[]) => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true }));

const learning = { perDeviceTrainBatchSize: 4, loggingSteps: 1, saveSteps: 2, optim: 'adamw' };
const adapter = { r: 4, alpha: 16, dropout: 0.1, modulesToSave: ['norm'] };
const rl = {
  maxSteps: 3,
  perDeviceTrainBatchSize: 8,
  numGenerations: 4,
  maxCompletionLength: 8,
  loggingSteps: 1,
  saveSteps: 2,
  beta: 0.05,
};
const shared = { data: 'dataset/train.jsonl', test: 'dataset/test.jsonl', stopAtChance: false, seed: 3 };

/** All weights; then an adapter, which the next stage goes on with and merges; then all weights of that. */
const stages = [
  { sft: { name: 'full', maxSteps: 2, ...learning } },
  { sft: { name: 'first', adapter, maxSteps: 4, ...learning } },
  { grpo: { name: 'carried', mergeAdapter: true, ...rl } },
  { sft: { name: 'after', maxSteps: 1, ...learning } },
];

function recipe(name: string, fields: object): string {
  const file = at(`${name}.yaml`);
  writeFileSync(file, stringify({ ...shared, output: name, model: tinyConfig, ...fields }));
  return file;
}

async function train(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await earsight('train', ...args);
  expect(stderr).not.toContain('Error');
  expect(code).toBe(0);
  return stdout;
}

const bytes = (...names: string[]) => readFileSync(at(...names));
const json = (...names: string[]) => JSON.parse(bytes(...names).toString());

beforeAll(async () => {
  await using pool = new MediaPool();
  const clips = { train: 2, validation: 0, test: 1 };
  await generateSyntheticDataset(at('dataset'), { seed: 1, clips, pool });
  await train(recipe('run', { stages }));
});

describe('a recipe with an adapter', () => {
  test('leaves it in a folder of PEFT, which names the model that it belongs to', () => {
    expect(readdirSync(at('run', 'first', 'adapter')).sort()).toEqual([
      'adapter_config.json',
      'adapter_model.safetensors',
    ]);
    expect(json('run', 'first', 'adapter', 'adapter_config.json')).toMatchObject({
      base_model_name_or_path: at('run', 'full', 'model'),
      r: 4,
      lora_alpha: 16,
      lora_dropout: 0.1,
      modules_to_save: ['norm'],
    });
    expect(existsSync(at('run', 'first', 'model'))).toBe(false);
    expect(existsSync(at('run', 'start', 'model'))).toBe(false);
    expect(readdirSync(at('run', 'first', 'checkpoint-4')).sort()).toEqual([
      'adapter_config.json',
      'adapter_model.safetensors',
      'optimizer.safetensors',
      'trainer_state.json',
    ]);
  });

  test('goes on with it in the next stage, and merges it into the weights that it belongs to', () => {
    expect(existsSync(at('run', 'carried', 'adapter'))).toBe(false);
    const merged = loadGraph(at('run', 'full', 'model'));
    merged.loadAdapter(at('run', 'carried', 'checkpoint-3'));
    expect(merged.adapter?.options).toMatchObject({ r: 4, alpha: 16 });
    merged.mergeAdapter();
    const left = loadGraph(at('run', 'carried', 'model')).stateDict();
    for (const [name, tensor] of Object.entries(merged.stateDict()))
      expect(tensor.toArray()).toEqual(left[name].toArray());
    // What the penalty compares with is the model with the adapter of the stage before.
    const weights = 'adapter_model.safetensors';
    const before = bytes('run', 'first', 'adapter', weights);
    expect(bytes('run', 'carried', 'checkpoint-3', 'ref', weights).equals(before)).toBe(true);
  });

  test('trains all weights after that', () => {
    const [before, after] = ['carried', 'after'].map((name) =>
      loadGraph(at('run', name, 'model')).stateDict(),
    );
    for (const [name, tensor] of Object.entries(after))
      expect([name, tensor.toArray()]).not.toEqual([name, before[name].toArray()]);
  });

  test('has a report, the answers after each stage and a copy of itself', async () => {
    expect(bytes('run', 'report.html').toString()).toContain('GRPO (carried)');
    expect(json('run', 'accuracy.json')).toHaveLength(5);
    const copy = await readRecipe(at('run', 'recipe.yaml'));
    expect(copy.stages.map(({ adapter, mergeAdapter }) => ({ adapter, mergeAdapter }))).toEqual([
      {},
      { adapter, mergeAdapter: undefined },
      { adapter: undefined, mergeAdapter: true },
      {},
    ]);
  });
});

/** A copy of the run without what `drop` names, as a killed run leaves it. */
async function resumed(name: string, drop: string[]): Promise<void> {
  cpSync(at('run'), at(name), { recursive: true });
  for (const path of drop) rmSync(at(name, path), { recursive: true });
  await train(at('run.yaml'), '--resume', '--output', at(name));
}

test.each([
  [
    'within the stage that adds it',
    ['first/adapter', 'first/answers.json', 'first/checkpoint-4', 'carried', 'after'],
  ],
  ['before the stage that goes on with it', ['carried', 'after']],
  ['within that stage', ['carried/model', 'carried/answers.json', 'carried/checkpoint-3', 'after']],
  ['after it was merged', ['after']],
])('a run that was killed %s leaves the same bytes when it is resumed', async (_, drop) => {
  const name = `killed-${drop.length}-${drop[0].replace('/', '-')}`;
  await resumed(name, drop);
  for (const file of [
    'first/adapter/adapter_model.safetensors',
    'carried/model/model.safetensors',
    'after/model/model.safetensors',
  ])
    expect(bytes(name, file).equals(bytes('run', file))).toBe(true);
});

test('a stage is not resumed on another base model', async () => {
  cpSync(at('run'), at('swapped'), { recursive: true });
  for (const path of ['carried/model', 'carried/answers.json', 'after'])
    rmSync(at('swapped', path), { recursive: true });
  cpSync(
    at('run', 'after', 'model', 'model.safetensors'),
    at('swapped', 'full', 'model', 'model.safetensors'),
  );
  const { code, stderr } = await earsight('train', at('run.yaml'), '--resume', '--output', at('swapped'));
  expect(code).toBe(2);
  expect(stderr).toMatch(/adapter: its model has other weights now/);
});

test('the base of a fresh model’s adapter is kept beside it; captions, pairs and a baseline have adapters too', async () => {
  writeFileSync(
    at('pairs.jsonl'),
    ['a', 'b', 'c', 'd']
      .map((id) => `${JSON.stringify({ id, question: 'Which?', chosen: id, rejected: `${id}${id}` })}\n`)
      .join(''),
  );
  const file = recipe('fresh', {
    captions: 'dataset/train.jsonl',
    test: undefined,
    stages: [
      { 'caption-sft': { adapter: { r: 2 }, mergeAdapter: true, maxSteps: 1, ...learning } },
      { sft: { adapter: { r: 3 }, maxSteps: 1, ...learning } },
      { dpo: { data: 'pairs.jsonl', maxSteps: 1, perDeviceTrainBatchSize: 2, loggingSteps: 1 } },
      { 'time-matched-sft': { mergeAdapter: true, maxSteps: 1, ...learning } },
    ],
  });
  await train(file);
  const rank = (...names: string[]) => json('fresh', ...names, 'adapter_config.json').r;
  expect(existsSync(at('fresh', 'caption-sft', 'model', 'model.safetensors'))).toBe(true);
  expect([rank('caption-sft', 'checkpoint-1'), rank('sft', 'adapter'), rank('dpo', 'adapter')]).toEqual([
    2, 3, 3,
  ]);
  expect(rank('time-matched-sft', 'checkpoint-1')).toBe(3);
  expect(existsSync(at('fresh', 'time-matched-sft', 'model', 'model.safetensors'))).toBe(true);

  const alone = recipe('alone', {
    test: undefined,
    stages: [{ sft: { adapter: { r: 2 }, maxSteps: 1, ...learning } }],
  });
  await train(alone);
  const base = at('alone', 'start', 'model');
  expect(json('alone', 'sft', 'adapter', 'adapter_config.json').base_model_name_or_path).toBe(base);
  expect(() => loadGraph(base).loadAdapter(at('alone', 'sft', 'adapter'))).not.toThrow();
});

describe('an adapter in a folder', () => {
  const base = at('run', 'full', 'model');
  const given = at('run', 'first', 'adapter');
  test('generate, eval and check take it with --adapter', async () => {
    const [line] = bytes('dataset', 'test.jsonl').toString().split('\n');
    const clip = at('dataset', JSON.parse(line).video);
    const logprobs = async (model: string, ...more: string[]): Promise<number[]> => {
      const question = ['--question', 'What was seen?', '--max-new-tokens', '6', '--json'];
      const { code, stdout } = await earsight('generate', model, clip, ...question, ...more);
      expect(code).toBe(0);
      return JSON.parse(stdout).completions[0].logprobs;
    };
    const adapted = await logprobs(base, '--adapter', at('run', 'carried', 'checkpoint-3'));
    const merged = await logprobs(at('run', 'carried', 'model'));
    expect(adapted).not.toEqual(await logprobs(base));
    expect(adapted).toHaveLength(merged.length);
    adapted.forEach((value, i) => {
      expect(value).toBeCloseTo(merged[i], 4);
    });

    const data = at('dataset', 'test.jsonl');
    const answers = [
      '--answers',
      at('answers.jsonl'),
      '--max-new-tokens',
      '2',
      '--limit',
      '1',
      '--view',
      'none',
    ];
    const evaluated = await earsight('eval', base, data, '--adapter', given, ...answers);
    expect([evaluated.code, evaluated.stdout]).toEqual([0, expect.stringContaining(given)]);

    const shown = async (...args: string[]) => (await earsight('check', base, ...args)).stdout;
    expect(await shown('--adapter', given)).toMatch(/^adapter +[\d,]+ parameters$/m);
    expect(await shown()).not.toMatch(/^adapter/m);
  });

  test('train takes it with --adapter or in the recipe, and goes on with it', async () => {
    const file = recipe('given', {
      model: 'run/full/model',
      test: undefined,
      stages: [{ sft: { maxSteps: 1, ...learning } }],
    });
    await train(file, '--adapter', given);
    expect(json('given', 'sft', 'adapter', 'adapter_config.json')).toMatchObject({
      r: 4,
      base_model_name_or_path: base,
    });
    const within = recipe('within', {
      model: 'run/full/model',
      adapter: 'run/first/adapter',
      test: undefined,
      stages: [{ sft: { maxSteps: 1, ...learning } }],
    });
    await train(within);
    const weights = 'sft/adapter/adapter_model.safetensors';
    expect(bytes('within', weights).equals(bytes('given', weights))).toBe(true);
    expect(
      bytes('within', weights).equals(bytes('run', 'first', 'adapter', 'adapter_model.safetensors')),
    ).toBe(false);
  });

  test('a folder of another kind is refused with what to give in its place', async () => {
    const swapped = await earsight('check', given);
    expect(swapped.code).toBe(2);
    expect(swapped.stderr).toContain(
      'it holds an adapter: give the folder of its model here, and this one as the adapter',
    );
    const model = await earsight('check', base, '--adapter', base);
    expect(model.code).toBe(2);
    expect(model.stderr).toContain(
      `--adapter: ${base}: no adapter_config.json there; give an adapter's folder`,
    );
  });
});

test('an adapter that the model cannot have is bad input, named with its stage', async () => {
  const wrong = { sft: { adapter: { targetModules: ['qproj'] }, maxSteps: 1, ...learning } };
  const { code, stderr } = await earsight('check', recipe('wrong', { stages: [wrong] }));
  expect(stderr).toContain(
    `stage 'sft': adapter: targetModules ["qproj"] matches no module of the model; did you mean 'q_proj'?`,
  );
  expect(code).toBe(2);
});

test('memory is predicted with gradients and moments of the adapter alone', async () => {
  const row = async (name: string, fields: object, row: string) => {
    const { code, stdout } = await earsight('check', recipe(name, fields));
    expect(code).toBe(0);
    return Number(new RegExp(`^${row} +(\\d+) MiB`, 'm').exec(stdout)?.[1]);
  };
  const text = { ...tinyConfig.text, hiddenSize: 512, layers: 4, heads: 8, kvHeads: 4, intermediate: 1024 };
  const model = { ...tinyConfig, text };
  const settings = { maxSteps: 1, ...learning };
  const all = { model, test: undefined, stages: [{ sft: settings }] };
  const low = { model, test: undefined, stages: [{ sft: { adapter: { r: 2 }, ...settings } }] };
  expect(await row('all', all, 'gradients')).toBeGreaterThan(20);
  expect(await row('low', low, 'gradients')).toBe(1);
  expect(await row('low', low, 'optimizer \\(two moments\\)')).toBe(1);
  expect(await row('low', low, 'parameters')).toBe(await row('all', all, 'parameters'));
});

test('memory is predicted without gradients of frozen towers, and with the copy that a penalty compares with', async () => {
  const rows = async (stage: object): Promise<Record<string, number>> => {
    const read = await readRecipe(recipe('predicted', { test: undefined, stages: [stage] }));
    const samples = readRecipeSamples(read);
    const model = await openModel(read, samples);
    const predicted = await predictMemory(read, samples, model);
    return {
      ...Object.fromEntries(predicted.map(({ name, bytes }) => [name, bytes])),
      towers: Object.values(model.graph.towers())
        .flat()
        .reduce((sum, tensor) => sum + 4 * tensor.numel(), 0),
    };
  };
  const free = await rows({ sft: learning });
  const frozen = await rows({ sft: { ...learning, freeze: ['vision', 'audio'] } });
  expect(frozen.towers).toBeGreaterThan(0);
  expect(free.gradients).toBe(free.parameters);
  expect(frozen.gradients).toBe(frozen.parameters - frozen.towers);
  expect(frozen['optimizer (two moments)']).toBe(2 * frozen.gradients);
  const penalty = { grpo: rl };
  expect((await rows(penalty))['GRPO reference']).toBe(free.parameters);
  expect((await rows({ grpo: { ...rl, beta: 0 } }))['GRPO reference']).toBeUndefined();
  expect((await rows({ grpo: { ...rl, adapter: { r: 2 } } }))['GRPO reference']).toBeUndefined();
});

describe('problems are named with the line', () => {
  test.each([
    [{ stages: [{ sft: { adapter: { rank: 4 } } }] }, "unknown field 'sft.adapter.rank'"],
    [{ stages: [{ sft: { adaptr: { r: 4 } } }] }, "unknown field 'sft.adaptr'; did you mean 'adapter'?"],
    [{ sft: { mergeAdaptor: true } }, "unknown field 'sft.mergeAdaptor'; did you mean 'mergeAdapter'?"],
    [{ stages: [{ sft: { nam: 'first' } }] }, "unknown field 'sft.nam'; did you mean 'name'?"],
    [{ stages: [{ sft: { adapter: { r: 0 } } }] }, 'sft.adapter.r: '],
    [
      { stages: [{ sft: { adapter: { targetModules: '(' } } }] },
      'sft.adapter.targetModules: expected a regular expression, or a list of names (got "(")',
    ],
    [{ stages: [{ sft: { mergeAdapter: true } }] }, 'sft.mergeAdapter: the stage has no adapter to merge'],
    [
      { stages: [{ sft: { adapter: { r: 2 } } }, { grpo: { adapter: { r: 2 } } }] },
      "grpo.adapter: the stage starts with an adapter, that of 'sft', and trains that; leave it out, or give 'sft' mergeAdapter: true",
    ],
    [{ adapter: 'some/folder', stages: ['sft'] }, "adapter: is of a model in a folder; name that in 'model'"],
  ])('%j', async (fields, message) => {
    await expect(readRecipe(recipe('wrong', fields))).rejects.toThrow(message);
  });
});
