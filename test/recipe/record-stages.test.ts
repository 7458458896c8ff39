/** Process DPO as stages: of a recipe, and as commands over files that can be killed and gone on with. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPairs, readPaths, readSteps } from '../../lib/data/index.js';
import { dryRunsText, readRecipe, runRecipe } from '../../lib/recipe/index.js';
import { earsight } from '../cli/run.js';
import { questions, trainedReasoner } from '../process/trained-reasoner.js';
import { dataOf } from '../report/browser/runs.js';

jest.setTimeout(180_000);
const main = join(__dirname, '../../dist/cli/main.js');
const preload = join(__dirname, 'children', 'kill-at-append.cjs');
const folder = mkdtempSync(join(tmpdir(), 'earsight-record-stages-'));
const at = (...names: string[]) => join(folder, ...names);
const textOf = (...names: string[]) => readFileSync(at(...names), 'utf8');

const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

beforeAll(async () => {
  const model = await trainedReasoner();
  model.savePretrained(at('model'));
  await model.close();
  writeFileSync(at('samples.jsonl'), lines(questions));
});
afterAll(() => rmSync(folder, { recursive: true }));

const sampling = ['--set', 'numPaths=4', 'maxNewTokens=60', 'batchSize=1', 'seed=3'];
const samplePaths = (output: string, ...more: string[]) => [
  ...['stage', 'sample-paths', '--model', at('model'), '--input', at('samples.jsonl')],
  ...['--output', at(output), ...sampling, ...more],
];
const rolloutSteps = (output: string, ...more: string[]) => [
  ...['stage', 'rollout-steps', '--model', at('model'), '--data', at('samples.jsonl')],
  ...[
    '--input',
    at('paths.jsonl'),
    '--output',
    at(output),
    '--set',
    'maxNewTokens=60',
    'rollouts=2',
    ...more,
  ],
];

/** In a process that is killed (SIGKILL) in the middle of its n-th append; 0: never. @returns whether it was */
async function killed(n: number, args: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, ['--require', preload, main, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, KILL: String(n) },
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code, signal] = await once(child, 'close');
  if (signal === 'SIGKILL') return true;
  expect([code, stderr]).toEqual([0, expect.anything()]);
  return false;
}

async function ended(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await earsight(...args);
  expect([code, stderr]).toEqual([0, expect.anything()]);
  return stdout;
}

test('from samples to pairs, one command after the other', async () => {
  await ended(samplePaths('paths.jsonl'));
  const paths = readPaths(at('paths.jsonl'));
  expect(paths.map(({ sampleId, seed }) => [sampleId, seed])).toEqual(
    questions.flatMap(({ id }) => [3, 4, 5, 6].map((seed) => [id, seed])),
  );
  await ended(rolloutSteps('steps.jsonl'));
  const wrong = new Set(paths.filter(({ correct }) => !correct).map(({ sampleId }) => sampleId));
  const steps = readSteps(at('steps.jsonl'));
  expect(new Set(steps.map(({ sampleId }) => sampleId))).toEqual(wrong);
  const files = ['--input', at('paths.jsonl'), at('steps.jsonl'), '--output', at('pairs.jsonl')];
  const told = await ended(['stage', 'build-pairs', ...files, '--set', 'labels=hard']);
  const pairs = readPairs(at('pairs.jsonl'));
  expect(new Set(pairs.map(({ kind }) => kind))).toEqual(new Set(['path', 'step']));
  expect(new Set(pairs.map(({ alpha }) => alpha))).toEqual(new Set([1]));
  expect(told).toMatch(new RegExp(`pairs of paths +${pairs.filter(({ kind }) => kind === 'path').length}\n`));
});

test('the report shows every step that was rolled out at the paths that have it', async () => {
  await ended(['report', folder, '--data', at('samples.jsonl')]);
  const [{ embedded }] = dataOf(textOf('report.html')).runs[0].paths;
  expect(embedded.map(({ sample, about }) => [sample, about?.question])).toEqual(
    questions.map(({ id, question }) => [id, question]),
  );
  const shown = embedded.flatMap(({ sample, paths }) =>
    paths.flatMap(({ steps }) =>
      steps.flatMap(({ expansion }) => (expansion === null ? [] : [{ sample, ...expansion }])),
    ),
  );
  for (const { sampleId, correct, continuations } of readSteps(at('steps.jsonl')))
    expect(shown).toContainEqual(
      expect.objectContaining({ sample: sampleId, own: { correct, continuations } }),
    );
  const stepPairs = readPairs(at('pairs.jsonl')).filter(({ kind }) => kind === 'step');
  const preferred = shown.filter(({ pair }) => pair !== null);
  expect(new Set(preferred.map(({ sample }) => sample))).toEqual(
    new Set(stepPairs.map(({ sampleId }) => sampleId)),
  );
});

test('a command that is killed in a write and run again leaves what one leaves that runs through', async () => {
  // Each sample is one append; a sample of four paths is done, the next one is torn.
  expect(await killed(2, samplePaths('killed.jsonl'))).toBe(true);
  expect(textOf('killed.jsonl').endsWith('\n')).toBe(false);
  expect(textOf('killed.jsonl').startsWith(textOf('paths.jsonl').split('\n').slice(0, 4).join('\n'))).toBe(
    true,
  );
  expect(await killed(1, samplePaths('killed.jsonl'))).toBe(true);
  expect(await killed(0, samplePaths('killed.jsonl'))).toBe(false);
  expect(textOf('killed.jsonl')).toBe(textOf('paths.jsonl'));
  expect(await killed(2, rolloutSteps('killed-steps.jsonl'))).toBe(true);
  expect(await killed(0, rolloutSteps('killed-steps.jsonl'))).toBe(false);
  expect(textOf('killed-steps.jsonl')).toBe(textOf('steps.jsonl'));
});

test('what is done is not done again', async () => {
  const before = textOf('paths.jsonl');
  expect(await ended(samplePaths('paths.jsonl'))).toContain('3 of 3 samples are done already');
  writeFileSync(at('paths.jsonl'), before.split('\n').slice(0, 6).join('\n'));
  expect(await ended(samplePaths('paths.jsonl'))).toContain('1 of 3 samples are done already');
  // What the paths do not depend on: how many samples are sampled together, and what the model's folder is called.
  cpSync(at('model'), at('moved'), { recursive: true });
  const moved = samplePaths('paths.jsonl', 'batchSize=2').map((word) =>
    word === at('model') ? at('moved') : word,
  );
  expect(await ended(moved)).toContain('3 of 3 samples are done already');
  expect(textOf('paths.jsonl')).toBe(before);
});

test('another model in the folder of the one that was asked does not go on with its records', async () => {
  const weights = readFileSync(at('moved', 'model.safetensors'));
  weights[weights.length - 1] ^= 1;
  writeFileSync(at('moved', 'model.safetensors'), weights);
  const args = samplePaths('paths.jsonl').map((word) => (word === at('model') ? at('moved') : word));
  const { code, stderr } = await earsight(...args);
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/was made otherwise \(model "\w{64}", now "\w{64}"\)/),
  ]);
});

test('paths of a sample that the samples lack are refused before anything is written', async () => {
  writeFileSync(at('fewer.jsonl'), lines(questions.slice(0, 1)));
  for (const stage of ['select-steps', 'rollout-steps']) {
    const files = ['--data', at('fewer.jsonl'), '--input', at('paths.jsonl'), '--output', at('lost.jsonl')];
    const { code, stderr } = await earsight('stage', stage, '--model', at('model'), ...files);
    const problem = /paths\.jsonl: a path is of the sample '.*', which the samples do not have/;
    expect([code, stderr]).toEqual([2, expect.stringMatching(problem)]);
    expect(existsSync(at('lost.jsonl'))).toBe(false);
  }
});

test('a dry run says rollouts, tokens and time, and writes nothing', async () => {
  const wrong = readPaths(at('paths.jsonl')).filter(({ correct }) => !correct);
  const distinct = new Set(
    wrong.flatMap(({ sampleId, path }) =>
      path.slice(0, -1).map((_, i) => JSON.stringify([sampleId, path.slice(0, i + 1)])),
    ),
  ).size;
  const told = await ended(rolloutSteps('dry.jsonl', '--dry-run'));
  expect(told).toMatch(new RegExp(`steps +${distinct}\n`));
  expect(told).toMatch(new RegExp(`rollouts, at most +${distinct * 4}\n`));
  expect(told).toMatch(/prompt tokens +about [1-9]\d*\n/);
  expect(told).toMatch(/sampled tokens +about [1-9]\d*\n/);
  expect(told).toMatch(/time +about [\d.e+]+ (s|min)\n/);
  expect(existsSync(at('dry.jsonl'))).toBe(false);
  expect(await ended(samplePaths('paths.jsonl', '--dry-run'))).toMatch(/samples +0 of 3\n/);
});

test.each<[string, () => string[], RegExp]>([
  [
    'other settings than those of the file',
    () => samplePaths('paths.jsonl', 'numPaths=3'),
    /paths\.jsonl: was made otherwise \(settings\.numPaths 4, now 3\)\. .*--overwrite/,
  ],
  [
    'a file that no stage has written',
    () => {
      writeFileSync(at('notes.jsonl'), 'mine');
      return samplePaths('notes.jsonl');
    },
    /notes\.jsonl: exists, and no stage has written it/,
  ],
  [
    'a misspelt setting',
    () => samplePaths('new.jsonl', 'numPath=3'),
    /--set: unknown field 'numPath'; did you mean/,
  ],
  ['a setting out of range', () => samplePaths('new.jsonl', 'topP=2'), /--set: topP: .*got 2/],
  [
    'a judge that is not asked',
    () => samplePaths('new.jsonl', 'judge=openai'),
    /--set: judge: is asked where 'by' is/,
  ],
  ['no judge', () => samplePaths('new.jsonl', 'by=judge'), /--set: judge: expected a judge/],
  [
    'no model',
    () => ['stage', 'sample-paths', '--input', at('samples.jsonl'), '--output', at('x')],
    /needs --model/,
  ],
  [
    'a model without use',
    () => ['stage', 'build-pairs', '--model', 'm', '--input', at('paths.jsonl'), '--output', at('x')],
    /build-pairs: takes no --model/,
  ],
  [
    'a dry run of what is written at once',
    () => ['stage', 'import-published', '--dry-run', '--input', at('paths.jsonl'), '--output', at('x')],
    /import-published: takes no --dry-run; leave it out/,
  ],
  [
    'a setting of pairs that are not built',
    () => ['stage', 'import-published', '--set', 'minGap=1', '--input', at('x'), '--output', at('y')],
    /--set: unknown field 'minGap'/,
  ],
  [
    'samples beside samples',
    () => samplePaths('x', '--data', at('samples.jsonl')),
    /sample-paths: takes no --data; leave it out/,
  ],
  [
    'a question of a second turn that there is not',
    () => samplePaths('x', '--final-question', 'Well?'),
    /--final-question Well\?: is of --protocol twoTurn, not of steps/,
  ],
  [
    'records that are not there',
    () => ['stage', 'export-published', '--data', 'a', '--input', at('none'), '--output', at('x')],
    /--input .*none: no such file/,
  ],
  [
    'records of other samples',
    () => {
      writeFileSync(at('other.jsonl'), lines([{ id: 'other', question: 'which?', answer: 'A' }]));
      const files = ['--data', at('other.jsonl'), '--input', at('pairs.jsonl'), '--output', at('x')];
      return ['stage', 'export-published', ...files];
    },
    /a record is of the sample '.*', which the samples do not have/,
  ],
  [
    'files of another kind',
    () => ['stage', 'build-pairs', '--input', at('samples.jsonl'), '--output', at('x')],
    /samples\.jsonl:1: "sampleId": got nothing, expected/,
  ],
  ['too many files', () => rolloutSteps('x', '--input', at('paths.jsonl'), at('a')), /reads one file, got/],
])('%s: refused with code 2', async (_, args, message) => {
  const { code, stderr } = await earsight(...args());
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
});

const recipe = (stages: string, output: string, protocol = 'steps') => {
  writeFileSync(
    at('recipe.yaml'),
    `data: samples.jsonl\nmodel: model\noutput: ${output}\nprompt: { protocol: ${protocol} }\nstages:\n${stages}`,
  );
  return readRecipe(at('recipe.yaml'));
};
const [drawn, rolled] = ['numPaths: 4, maxNewTokens: 60, seed: 3', 'rollouts: 2, maxNewTokens: 60'];

test('a recipe of the stages leaves the same files, and a model that has learned from the pairs', async () => {
  const stages = `
  - sample-paths: { ${drawn} }
  - rollout-steps: { ${rolled} }
  - build-pairs: { labels: hard }
  - preference: { maxSteps: 2, learningRate: 1e-3 }
`;
  await runRecipe(await recipe(stages, 'run'));
  expect(textOf('run', 'sample-paths', 'paths.jsonl')).toBe(textOf('paths.jsonl'));
  expect(textOf('run', 'rollout-steps', 'steps.jsonl')).toBe(textOf('steps.jsonl'));
  expect(textOf('run', 'build-pairs', 'pairs.jsonl')).toBe(textOf('pairs.jsonl'));
  expect(existsSync(at('run', 'preference', 'model'))).toBe(true);
});

test('a check of a recipe says what the dry run of its first stage says, and which stages wait for it', async () => {
  const drawnOneByOne = `${drawn}, batchSize: 1`;
  const stages = `
  - sample-paths: { ${drawnOneByOne} }
  - rollout-steps: { ${rolled} }
  - build-pairs
  - preference: { maxSteps: 2 }
`;
  await recipe(stages, 'checked');
  const told = await ended(['check', at('recipe.yaml')]);
  const dry = await ended(samplePaths('dry.jsonl', '--dry-run'));
  // The width of the columns is that of the time.
  const counted = (text: string) =>
    text.replaceAll(/ +/g, ' ').match(/^(samples|paths|prompt tokens|sampled tokens) .*$/gm);
  expect(counted(told)).toHaveLength(4);
  expect(counted(told)).toEqual(counted(dry));
  expect(told).toMatch(/^paths +12\n/m);
  expect(told).toMatch(/^time +about [\d.e+]+ (s|min)$/m);
  expect(told).toMatch(/^no estimate of rolling out steps, building pairs, process DPO: /m);
  expect(existsSync(at('checked'))).toBe(false);
});

test('a check says where a stage before trains the model that samples', async () => {
  const trained = await recipe('  - grpo: { numGenerations: 2 }\n  - sample-paths\n', 'trained-before');
  const grpo = { name: 'grpo', title: 'GRPO', steps: 1, secondsPerStep: 1, answersQuestions: true };
  expect(dryRunsText(trained, { stages: [grpo] }, new Map([['sample-paths', 'table']]))).toBe(
    'table\nsampling paths: timed with the model that the recipe starts from; GRPO leaves another',
  );
});

test('a check asks no service that judges', async () => {
  let asked = 0;
  const service = createServer((_, response) => {
    asked += 1;
    response.writeHead(500).end();
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
  try {
    const { port } = service.address() as AddressInfo;
    const judge = `{ name: openai, model: m, baseUrl: 'http://127.0.0.1:${port}/v1', retries: 0 }`;
    await recipe(`  - sample-paths: { ${drawn}, by: judge, judge: ${judge} }\n`, 'judged');
    expect(await ended(['check', at('recipe.yaml')])).toMatch(/^sampled tokens +about [1-9]/m);
    expect(asked).toBe(0);
  } finally {
    service.close();
  }
});

test('pairs of paths alone need no rollouts; a later round uses none of an earlier one', async () => {
  const stages = `
  - sample-paths: { ${drawn} }
  - rollout-steps: { ${rolled} }
  - sample-paths: { name: again, ${drawn} }
  - build-pairs
`;
  await runRecipe(await recipe(stages, 'paths-only'));
  const pairs = readPairs(at('paths-only', 'build-pairs', 'pairs.jsonl'));
  expect(new Set(pairs.map(({ kind }) => kind))).toEqual(new Set(['path']));
});

test.each([
  [
    '  - rollout-steps\n',
    'rollout-steps: needs selected.jsonl or paths.jsonl, which no stage before it leaves',
  ],
  ['  - build-pairs\n', "build-pairs: needs 'paths.jsonl', which no stage before it leaves"],
  ['  - sample-paths: { by: judge }\n', 'sample-paths.judge: expected a judge for by: judge'],
  ['  - sample-paths: { by: judge, judge: self-check }\n', 'sample-paths.judge: the self-check judges'],
])('%j is refused', async (stages, message) => {
  await expect(recipe(stages, 'refused')).rejects.toThrow(message);
});

test('the training on pairs as a command: it is looked at, made, and not made again', async () => {
  const args = [
    ...['stage', 'preference', '--model', at('model'), '--data', at('samples.jsonl')],
    ...['--input', at('pairs.jsonl'), '--output', at('trained'), '--set', 'maxSteps=2', 'learningRate=1e-3'],
  ];
  const count = readPairs(at('pairs.jsonl')).length;
  expect(await ended([...args, '--dry-run'])).toMatch(
    new RegExp(`^${count} pairs of [1-9]\\d* tokens, no rollouts\n[^]*process DPO +2 `),
  );
  expect(existsSync(at('trained'))).toBe(false);
  await ended(args);
  const weights = () => readFileSync(at('trained', 'preference', 'model', 'model.safetensors'), 'base64');
  const trained = weights();
  expect(trained).not.toBe(readFileSync(at('model', 'model.safetensors'), 'base64'));
  await ended(args);
  expect(weights()).toBe(trained);
});

test('records go out in the published layout and come in again', async () => {
  const files = ['--input', at('pairs.jsonl'), at('steps.jsonl'), '--data', at('samples.jsonl')];
  await ended(['stage', 'export-published', ...files, '--output', at('published.json')]);
  const args = ['--input', at('published.json'), '--output', at('imported'), '--set', 'labels=hard'];
  const pairs = readPairs(at('pairs.jsonl'));
  expect(await ended(['stage', 'import-published', ...args])).toContain(`pairs.jsonl: ${pairs.length} pairs`);
  expect(readPairs(at('imported', 'pairs.jsonl'))).toEqual(pairs);
  const rolledOut = readSteps(at('steps.jsonl')).filter(({ correct }) => correct.length > 0);
  expect(readSteps(at('imported', 'steps.jsonl'))).toHaveLength(rolledOut.length);
});

test('a file of no records goes out as an empty list, beside others as nothing', async () => {
  writeFileSync(at('empty.jsonl'), '');
  const exported = async (name: string, ...inputs: string[]) => {
    const files = ['--input', ...inputs.map((input) => at(input)), '--data', at('samples.jsonl')];
    await ended(['stage', 'export-published', ...files, '--output', at(name)]);
    return JSON.parse(readFileSync(at(name), 'utf8'));
  };
  expect(await exported('none.json', 'empty.jsonl')).toEqual([]);
  const rows = await exported('pairs.json', 'empty.jsonl', 'pairs.jsonl');
  expect(rows).toHaveLength(readPairs(at('pairs.jsonl')).length);
});

test('a protocol without steps is refused', async () => {
  await expect(recipe('  - sample-paths\n', 'refused', 'direct')).rejects.toThrow(
    /:4: prompt\.protocol: expected steps or twoTurn, whose answers have steps \(got "direct"\)/,
  );
});
