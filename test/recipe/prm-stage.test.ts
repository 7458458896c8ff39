/** Reward models by recipe: beside the policy, which goes on from where it was. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { PathRecord, StepRecord } from '../../lib/data/index.js';
import { loadGraph, type ModelGraph } from '../../lib/models/index.js';
import { readRecipe, readRecipeSamples, runRecipe } from '../../lib/recipe/index.js';
import type { Tensor } from '../../lib/tensor/index.js';
import { RewardModel, readMetrics } from '../../lib/train/index.js';
import { fixturePath } from '../nn/fixtures.js';
import { tinyConfig } from '../omni/clips.js';

jest.setTimeout(120_000);
const folder = mkdtempSync(join(tmpdir(), 'earsight-prm-stage-'));
const at = (...names: string[]) => join(folder, ...names);

function write(name: string, content: string | readonly object[]): string {
  const text =
    typeof content === 'string' ? content : content.map((row) => `${JSON.stringify(row)}\n`).join('');
  writeFileSync(at(name), text);
  return at(name);
}

const ids = ['sky', 'sun', 'sea'];
const steps = ids.map(
  (sampleId): StepRecord => ({
    ...{ sampleId, prefix: [], stepIndex: 0, step: 'it is blue<end_of_step>' },
    ...{ alternative: 'as green as the grass<end_of_step>' },
    ...{ correct: [true, true], alternativeCorrect: [false, false] },
  }),
);
const paths = ids.flatMap((sampleId): PathRecord[] =>
  [true, false].map((correct, seed) => ({
    ...{
      sampleId,
      seed,
      path: [correct ? 'it is blue' : 'as green as the grass'],
      answer: '',
      correct,
      tokens: 4,
    },
  })),
);

beforeAll(() => {
  cpSync(fixturePath('models', 'hf', 'qwen2'), at('model'), { recursive: true });
  cpSync(fixturePath('train', 'dpo-tokenizer'), at('model'), { recursive: true });
  write(
    'samples.jsonl',
    ids.map((id) => ({ id, question: `what color is the ${id}`, answer: 'blue' })),
  );
  write('steps.jsonl', steps);
  write('paths.jsonl', paths);
});
afterAll(() => rmSync(folder, { recursive: true }));

const settings = 'maxSteps: 40, loggingSteps: 20, learningRate: 3e-3, perDeviceTrainBatchSize: 3';
const recipe = (stages: string, output: string) => `
data: samples.jsonl
model: model
output: ${output}
stages:
${stages}
`;

const sample = { id: 'sky', question: 'what color is the sky' };
const scored = {
  samples: [sample, sample],
  paths: [['it is blue<end_of_step>'], ['as green as the grass<end_of_step>']],
};

test('rollouts of steps make a reward model; the next stage starts from the policy before it', async () => {
  const file = write(
    'steps.yaml',
    recipe(
      `  - prm: { data: steps.jsonl, validation: steps.jsonl, evalSteps: 40, ${settings} }
  - sft: { maxSteps: 1, learningRate: 1e-9 }`,
      'of-steps',
    ),
  );
  await runRecipe(await readRecipe(file));
  const reward = await RewardModel.fromPretrained(at('of-steps', 'prm', 'model'));
  const [[good], [bad]] = await reward.scorer(scored);
  expect(good).toBeGreaterThan(0.9);
  expect(bad).toBeLessThan(0.1);
  const lines = readMetrics(at('of-steps', 'prm', 'metrics.jsonl'));
  expect(lines.at(-1)!.eval_accuracy ?? lines.at(-2)!.eval_accuracy).toBe(1);
  // The policy that SFT went on with: the model of the recipe, but for a step of almost nothing.
  const row = (graph: ModelGraph) =>
    graph.stateDict()['model.layers.0.mlp.up_proj.weight'].select(0, 1).toArray() as number[];
  const [start, policy] = [at('model'), at('of-steps', 'sft', 'model')].map((name) => row(loadGraph(name)));
  const furthest = (values: number[]) => Math.max(...values.map((value, i) => Math.abs(value - start[i])));
  expect(furthest(policy)).toBeLessThan(1e-6);
  expect(furthest(row(reward.graph))).toBeGreaterThan(1e-4);
});

test('of a fresh model the start is written, for the stage that starts from it again', async () => {
  const read = write(
    'fresh.yaml',
    stringify({
      ...{ data: 'samples.jsonl', output: 'fresh', model: tinyConfig, stopAtChance: false },
      stages: [
        { prm: { data: 'steps.jsonl', maxSteps: 2, learningRate: 1e-2 } },
        { sft: { maxSteps: 1, learningRate: 1e-9, optim: 'adamw' } },
      ],
    }),
  );
  await runRecipe(await readRecipe(read));
  const [start, policy, reward] = ['start', 'sft', 'prm'].map(
    (name) => loadGraph(at('fresh', name, 'model')).embeddings()[0],
  );
  const furthest = (weights: Tensor) => weights.sub(start).abs().max().item();
  expect(furthest(policy)).toBeLessThan(1e-6);
  expect(furthest(reward)).toBeGreaterThan(1e-3);
});

test('outcomes of paths, with an adapter: its folder holds the rows', async () => {
  const file = write(
    'paths.yaml',
    recipe(
      `  - prm: { learns: paths, data: paths.jsonl, adapter: { r: 8, alpha: 16 }, ${settings} }`,
      'of-paths',
    ),
  );
  await runRecipe(await readRecipe(file));
  const adapter = at('of-paths', 'prm', 'adapter');
  expect(existsSync(join(adapter, 'reward_head.safetensors'))).toBe(true);
  expect(readFileSync(join(adapter, 'adapter_config.json'), 'utf8')).toContain('"r": 8');
  const reward = await RewardModel.fromPretrained(at('model'), { adapter });
  const [[good], [bad]] = await reward.scorer({
    ...scored,
    paths: scored.paths.map((path) => path.map((text) => text.replace('<end_of_step>', ''))),
  });
  expect(good).toBeGreaterThan(bad + 0.3);
});

test.each<[string, string, RegExp]>([
  [
    'no records',
    '{}',
    /prm\.data: expected a JSONL file of records, or a stage before it that leaves steps\.jsonl/,
  ],
  ['no paths', '{ learns: paths }', /before it that leaves paths\.jsonl/],
  ['records of another kind', '{ data: paths.jsonl }', /paths\.jsonl:1: /],
  ['a record of another sample', '{ data: lost.jsonl }', /lost\.jsonl: a record is of the sample 'moon'/],
  ['a misspelt setting', '{ data: steps.jsonl, maxLenght: 3 }', /did you mean 'maxLength'/],
])('%s: refused with its place', async (_, stage, problem) => {
  write('lost.jsonl', [{ ...steps[0], sampleId: 'moon' }]);
  const file = write('refused.yaml', recipe(`  - prm: ${stage}`, 'refused'));
  const refused = readRecipe(file).then((read) => readRecipeSamples(read));
  await expect(refused).rejects.toThrow(problem);
});
