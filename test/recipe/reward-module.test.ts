/**
 * Rewards from a file beside the recipe, as real processes: a module is imported by Node itself. What is wrong with one is
 * named by line, field and file.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { generateSyntheticDataset } from '../../lib/data/index.js';
import { MediaPool } from '../../lib/media/index.js';
import { readMetrics } from '../../lib/train/index.js';
import { tinyConfig } from '../omni/clips.js';

const main = join(__dirname, '../../dist/cli/main.js');
const folder = mkdtempSync(join(tmpdir(), 'earsight-reward-module-'));
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  await using pool = new MediaPool();
  await generateSyntheticDataset(at('dataset'), {
    seed: 1,
    clips: { train: 2, validation: 0, test: 0 },
    pool,
  });
  mkdirSync(at('my rewards'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function module(name: string, text: string): string {
  writeFileSync(at('my rewards', name), text);
  return `./my rewards/${name}`;
}

function recipe(name: string, rewards: unknown[]): string {
  const grpo = {
    maxSteps: 1,
    loggingSteps: 1,
    perDeviceTrainBatchSize: 4,
    numGenerations: 2,
    maxCompletionLength: 6,
  };
  const fields = {
    data: 'dataset/train.jsonl',
    output: name,
    model: tinyConfig,
    stages: [{ grpo: { ...grpo, rewards } }],
  };
  writeFileSync(at(`${name}.yaml`), stringify(fields));
  return at(`${name}.yaml`);
}

function earsight(...args: string[]): Promise<{ code: number; stderr: string }> {
  return new Promise((resolve) =>
    execFile(process.execPath, [main, ...args], (error, _, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stderr }),
    ),
  );
}

test('score by the function that they export, or that they make of the options; the copy of the recipe finds them too', async () => {
  const constant = module(
    'constant.mjs',
    `export default ({ value }) => function always({ completions }) { return completions.map(() => value); };`,
  );
  const plain = module('plain.mjs', 'export default async ({ completions }) => completions.map(() => 0.25);');
  const lazy = module(
    'lazy.cjs',
    'exports.createReward = ({ value = 2 }) => value && (({ completions }) => completions.map(() => value));',
  );
  const file = recipe('good', [
    'answer',
    { module: constant, weight: 2, value: 0.5 },
    { module: plain },
    { module: lazy },
  ]);
  expect(await earsight('train', file)).toEqual({ code: 0, stderr: expect.anything() });
  const [line] = readMetrics(at('good', 'grpo', 'metrics.jsonl'));
  const means = Object.entries(line).filter(([name]) => /^rewards\/.*\/mean$/.test(name));
  expect(Object.fromEntries(means)).toMatchObject({
    'rewards/always/mean': 0.5,
    'rewards/plain/mean': 0.25,
    'rewards/lazy/mean': 2,
  });
  expect(line.reward).toBeCloseTo((line['rewards/answer/mean'] as number) + 2 * 0.5 + 0.25 + 2, 5);
  // Under paths that are relative to the run's folder.
  expect(readFileSync(at('good', 'recipe.yaml'), 'utf8')).toContain('../my rewards/constant.mjs');
  expect((await earsight('check', at('good', 'recipe.yaml'))).code).toBe(0);
});

test.each([
  ['missing', './none.mjs', {}, /none\.mjs cannot be loaded: Cannot find module/],
  ['broken', 'export default (', {}, /broken\.mjs cannot be loaded: /],
  ['throwing', 'throw new Error("not today")', {}, /throwing\.mjs cannot be loaded: not today/],
  [
    'named',
    'export const reward = () => []',
    {},
    /named\.mjs: expected a reward function as its default export, .*got nothing/,
  ],
  [
    'listed',
    'export default [1]',
    {},
    /listed\.mjs: expected a reward function as its default export, .*got \[1\]/,
  ],
  [
    'direct',
    'export default ({ completions }) => completions.map(() => 1)',
    { value: 1 },
    /direct\.mjs: its default export, called with the options, refused its options: /,
  ],
  [
    'scoring',
    'export default async () => []',
    { value: 1 },
    /scoring\.mjs: its default export, called with the options, must return a reward function; got a Promise/,
  ],
  [
    'refusing',
    'export const createReward = () => { throw new Error("value is missing"); };',
    {},
    /refusing\.mjs: createReward refused its options: value is missing/,
  ],
  [
    'double',
    'export const createReward = () => () => [];\nexport default () => [];',
    {},
    /double\.mjs: exports both 'default' and 'createReward'; expected one of them/,
  ],
])('a module that is %s is refused by line, field and file', async (name, text, options, message) => {
  const path = text.startsWith('./') ? text : module(`${name}.mjs`, text);
  const { code, stderr } = await earsight('check', recipe(name, ['format', { module: path, ...options }]));
  expect(code).toBe(2);
  expect(stderr).toMatch(new RegExp(`^${at(`${name}.yaml`)}:\\d+: grpo\\.rewards\\.1\\.module: ${folder}/`));
  expect(stderr).toMatch(message);
  expect(stderr.trim().split('\n').length).toBeLessThan(4);
});

test('a file is not called to find out what it exports', async () => {
  const calls = at('calls.jsonl');
  const logged = (name: string) =>
    `import { appendFileSync } from 'node:fs';
     const log = (argument) => appendFileSync(${JSON.stringify(calls)}, JSON.stringify([${JSON.stringify(name)}, Object.keys(argument)]) + '\\n');`;
  const score = 'completions.map(() => 0)';
  const scored = module(
    'scored.mjs',
    `${logged('scored')} export default function scored(batch) { log(batch); const { completions } = batch; return ${score}; }`,
  );
  const made = module(
    'made.mjs',
    `${logged('made')} export function createReward(options) { log(options); return ({ completions }) => ${score}; }`,
  );
  expect((await earsight('train', recipe('calls', [{ module: scored }, { module: made }]))).code).toBe(0);
  const lines = readFileSync(calls, 'utf8').trim().split('\n');
  const seen = lines.map((line) => JSON.parse(line) as [string, string[]]);
  expect(new Set(seen.map(([name]) => name))).toEqual(new Set(['scored', 'made']));
  for (const [name, keys] of seen)
    if (name === 'made') expect(keys).toEqual([]);
    else expect(keys).toContain('completions');
});

test('an option of a reward may be called module: it is no path', async () => {
  const echo = module(
    'echo.mjs',
    `export function createReward(options) {
       if (JSON.stringify(options) !== '{"kind":"x","inner":{"module":"y"}}') throw new Error(JSON.stringify(options));
       return ({ completions }) => completions.map(() => 0);
     }`,
  );
  const rewards = [{ module: echo, kind: 'x', inner: { module: 'y' } }];
  expect(await earsight('train', recipe('echo', rewards))).toEqual({ code: 0, stderr: expect.anything() });
  // The copy in the run's folder has the option as it was written, and finds the file.
  expect(readFileSync(at('echo', 'recipe.yaml'), 'utf8')).toMatch(/inner:\s+module: y$/m);
  expect((await earsight('check', at('echo', 'recipe.yaml'))).code).toBe(0);
});

test('a default export that returns a function where scores are due is named with the fix', async () => {
  const factory = module('factory.mjs', 'export default () => () => [];');
  const { code, stderr } = await earsight('train', recipe('factory', [{ module: factory }]));
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/factory\.mjs returned a function, expected scores; .* exported as 'createReward'/);
});
