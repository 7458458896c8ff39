/** Process DPO by recipe: from a file of pairs, or from those that a stage before leaves. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PairRecord } from '../../lib/data/index.js';
import { readRecipe, readRecipeSamples, runRecipe, type Stage, stageList } from '../../lib/recipe/index.js';
import { readMetrics } from '../../lib/train/index.js';
import { earsight } from '../cli/run.js';
import { fixturePath } from '../nn/fixtures.js';

jest.setTimeout(120_000);
const folder = mkdtempSync(join(tmpdir(), 'earsight-preference-stage-'));
const at = (...names: string[]) => join(folder, ...names);

function write(name: string, content: string | readonly object[]): string {
  const text =
    typeof content === 'string' ? content : content.map((row) => `${JSON.stringify(row)}\n`).join('');
  writeFileSync(at(name), text);
  return at(name);
}

const pairs = ['sky', 'sun', 'sea'].flatMap((sampleId): PairRecord[] => [
  {
    ...{ sampleId, prefix: ['it is up<end_of_step>'], chosen: '\nblue<end_of_step>' },
    ...{ rejected: '\ngreen<end_of_step>', pChosen: 1, pRejected: 0.5, alpha: 0.88, kind: 'step' },
  },
  {
    ...{ sampleId, prefix: [], chosen: 'it is blue', rejected: 'as green as the grass' },
    ...{ pChosen: 1, pRejected: 0, alpha: 1, kind: 'path' },
  },
]);

beforeAll(() => {
  cpSync(fixturePath('models', 'hf', 'qwen2'), at('model'), { recursive: true });
  cpSync(fixturePath('train', 'dpo-tokenizer'), at('model'), { recursive: true });
  write(
    'samples.jsonl',
    ['sky', 'sun', 'sea'].map((id) => ({ id, question: `what color is the ${id}`, answer: 'blue' })),
  );
  write('pairs.jsonl', pairs);
});
afterAll(() => rmSync(folder, { recursive: true }));

const settings = 'maxSteps: 4, loggingSteps: 1, learningRate: 1e-3, perDeviceTrainBatchSize: 6';
const recipe = (stages: string, output = 'run') => `
data: samples.jsonl
model: model
output: ${output}
stages:
${stages}
`;

function lossesOf(...names: string[]): number[] {
  const lines = readMetrics(at(...names, 'metrics.jsonl'));
  return lines.flatMap(({ loss }) => (loss === undefined ? [] : [loss as number]));
}

test('pairs of a file, some held out', async () => {
  const stage = `  - preference: { data: pairs.jsonl, validation: pairs.jsonl, sftWeight: 0.1, evalSteps: 2, ${settings} }`;
  const { interrupted } = await runRecipe(await readRecipe(write('file.yaml', recipe(stage))));
  expect(interrupted).toBeNull();
  const lines = readMetrics(at('run', 'preference', 'metrics.jsonl')).filter(
    ({ loss }) => loss !== undefined,
  );
  expect(lines).toHaveLength(4);
  expect(lines[0].loss as number).toBeCloseTo(Math.LN2 + 0.1 * (lines[0].nll_loss as number), 5);
  expect(lines[3]['rewards/margins'] as number).toBeGreaterThan(0);
  expect(existsSync(at('run', 'preference', 'model', 'config.json'))).toBe(true);
});

test('rounds are stages: each has an adapter of its own over what the one before merged', async () => {
  const adapter = 'adapter: { r: 4, alpha: 16 }, mergeAdapter: true';
  const file = write(
    'rounds.yaml',
    recipe(
      `  - preference: { data: pairs.jsonl, ${adapter}, ${settings} }
  - preference: { name: second, data: pairs.jsonl, ${adapter}, ${settings} }`,
      'rounds',
    ),
  );
  await runRecipe(await readRecipe(file));
  for (const name of ['preference', 'second']) {
    const losses = lossesOf('rounds', name);
    // Held to what it started from.
    expect(losses[0]).toBeCloseTo(Math.LN2, 6);
    expect(losses[3]).toBeLessThan(losses[0]);
  }
  const weightsOf = (name: string) => readFileSync(at('rounds', name, 'model', 'model.safetensors'));
  expect(weightsOf('second').equals(weightsOf('preference'))).toBe(false);
});

/** Leaves pairs, as stages that sample do. */
const maker: Stage = {
  ...{ name: 'maker', title: 'pairs', schema: stageList[0].schema, defaults: {}, inputs: [] },
  ...{ outputs: ['pairs.jsonl'], metrics: [], answersQuestions: false },
  predictMemory: () => [],
  async run(_, options) {
    mkdirSync(options.folder as string, { recursive: true });
    write(join('made', 'maker', 'pairs.jsonl'), pairs);
    return { steps: 1, maxSteps: 1, seconds: 0, numTokens: 0, endedBy: 'steps', signal: null };
  },
};

test('pairs that a stage before leaves: how many steps they take is known when they are there', async () => {
  const file = write('made.yaml', recipe(`  - maker\n  - preference: { ${settings} }`, 'made'));
  await runRecipe(await readRecipe(file, { stages: [...stageList, maker] }));
  const losses = lossesOf('made', 'preference');
  expect(losses[0]).toBeCloseTo(Math.LN2, 6);
  expect(losses[3]).toBeLessThan(losses[0]);
});

test('`earsight check` predicts memory and time', async () => {
  const file = write('checked.yaml', recipe(`  - preference: { data: pairs.jsonl, ${settings} }`, 'checked'));
  const { code, stdout, stderr } = await earsight('check', file);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/process DPO micro-batch/);
  expect(stdout).toMatch(/process DPO reference/);
  expect(stdout).toMatch(/process DPO +4 /);
});

test.each<[string, string, RegExp]>([
  [
    'no pairs',
    '{}',
    /preference\.data: expected a JSONL file of pairs, or a stage before it that leaves pairs\.jsonl/,
  ],
  ['a row that is wrong', '{ data: bad.jsonl }', /bad\.jsonl:1: "rejected": .*another text than "chosen"/],
  [
    'a pair of another sample',
    '{ data: lost.jsonl }',
    /lost\.jsonl: a record is of the sample 'moon', which .*samples\.jsonl does not have/,
  ],
  ['rounds', '{ data: pairs.jsonl, rounds: 2 }', /rounds: a stage is one round: name another one after it/],
  ['a loss', '{ data: pairs.jsonl, lossType: ipo }', /unknown field 'preference.lossType'/],
])('%s: refused with its place', async (_, stage, problem) => {
  write('bad.jsonl', [{ ...pairs[0], rejected: pairs[0].chosen }]);
  write('lost.jsonl', [{ ...pairs[0], sampleId: 'moon' }]);
  const file = write('refused.yaml', recipe(`  - preference: ${stage}`, 'refused'));
  const refused = readRecipe(file).then((read) => readRecipeSamples(read));
  await expect(refused).rejects.toThrow(problem);
});
