/** DPO of a text folder by recipe: pairs in the recipe's `data` or in a file that the stage names. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openModel,
  predictMemory,
  readRecipe,
  readRecipeSamples,
  runRecipe,
} from '../../lib/recipe/index.js';
import { readMetrics } from '../../lib/train/index.js';
import { earsight } from '../cli/run.js';
import { fixturePath } from '../nn/fixtures.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-dpo-stage-'));
const at = (...names: string[]) => join(folder, ...names);
const { rows } = JSON.parse(readFileSync(fixturePath('train', 'dpo.json'), 'utf8')) as {
  rows: Record<string, object[]>;
};

function write(name: string, content: string | readonly object[]): string {
  const text =
    typeof content === 'string' ? content : content.map((row) => `${JSON.stringify(row)}\n`).join('');
  writeFileSync(at(name), text);
  return at(name);
}

beforeAll(() => {
  cpSync(fixturePath('models', 'hf', 'qwen2'), at('model'), { recursive: true });
  cpSync(fixturePath('train', 'dpo-tokenizer'), at('model'), { recursive: true });
  write('pairs.jsonl', rows.explicit);
  write('held.jsonl', rows.texts.slice(0, 3));
});
afterAll(() => rmSync(folder, { recursive: true }));

const recipe = `
data: pairs.jsonl
model: model
output: run
stages:
  - dpo: { validation: held.jsonl, maxSteps: 4, loggingSteps: 1, evalSteps: 2, learningRate: 1e-3, perDeviceTrainBatchSize: 5 }
`;

test('pairs in `data`, and pairs that are held out', async () => {
  const file = write('recipe.yaml', recipe);
  const { interrupted } = await runRecipe(await readRecipe(file));
  expect(interrupted).toBeNull();
  const lines = readMetrics(at('run', 'dpo', 'metrics.jsonl'));
  const losses = lines.flatMap(({ loss }) => (loss === undefined ? [] : [loss as number]));
  expect(losses).toHaveLength(4);
  expect(losses[0]).toBeCloseTo(Math.LN2, 6);
  expect(losses[3]).toBeLessThan(0.65);
  expect(lines.filter(({ eval_loss }) => eval_loss !== undefined).map(({ step }) => step)).toEqual([2, 4]);
  expect(existsSync(at('run', 'dpo', 'model', 'config.json'))).toBe(true);
});

test('`earsight check` counts the pairs and predicts memory and time', async () => {
  const { code, stdout, stderr } = await earsight(
    'check',
    write('checked.yaml', recipe.replace('run', 'checked')),
  );
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('10 of dpo.data, 3 of dpo.validation');
  expect(stdout).toMatch(/DPO micro-batch/);
  expect(stdout).toMatch(/DPO reference/);
  expect(stdout).toMatch(/DPO +4 /);
  expect(existsSync(at('checked'))).toBe(false);
});

test('memory: the tokens of pairs like the first, and a copy of the weights', async () => {
  const read = await readRecipe(write('memory.yaml', recipe));
  const samples = readRecipeSamples(read);
  const model = await openModel(read, samples);
  const bytes = Object.fromEntries(
    (await predictMemory(read, samples, model)).map((row) => [row.name, row.bytes]),
  );
  expect(bytes['DPO reference']).toBe(bytes.parameters);
  const { prompt, chosen, rejected } = model.encodePreference(samples['dpo.data'][0] as never);
  // The last token of a completion predicts nothing.
  const tokens = prompt.length + chosen.length + rejected.length - 2;
  const targets = chosen.length + rejected.length;
  expect(bytes['DPO micro-batch']).toBe(model.graph.activationBytes(5 * tokens, 5 * targets, false));
});

test.each<[string, string, RegExp]>([
  ['a row that is wrong', 'stages: [{ dpo: { data: bad.jsonl } }]', /bad\.jsonl:1: "rejected": got nothing/],
  [
    'a loss without its setting',
    'stages: [{ dpo: { lossType: exo_pair } }]',
    /labelSmoothing: .*lossType 'exo_pair' expects/,
  ],
  [
    'a setting of TRL that is not implemented',
    'stages: [{ dpo: { syncRefModel: true } }]',
    /syncRefModel: .*is not implemented/,
  ],
  [
    'a misspelt one',
    'stages: [{ dpo: { labelSmothing: 0.1 } }]',
    /labelSmothing'; did you mean 'labelSmoothing'/,
  ],
])('%s is refused with its place', async (_, stages, problem) => {
  write('bad.jsonl', [{ prompt: 'a', chosen: 'b' }]);
  const file = write('refused.yaml', `data: pairs.jsonl\nmodel: model\n${stages}\n`);
  const refused = readRecipe(file).then((read) => readRecipeSamples(read));
  await expect(refused).rejects.toThrow(problem);
});
