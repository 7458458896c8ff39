/** Judges in recipes: what is refused, what `check` says, and stages whose rewards ask them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { generateSyntheticDataset, readSamples } from '../../lib/data/index.js';
import { selfCheck } from '../../lib/judges/index.js';
import { MediaPool } from '../../lib/media/index.js';
import { OmniModel } from '../../lib/omni/index.js';
import {
  openModel,
  predictMemory,
  type Recipe,
  readRecipe,
  readRecipeSamples,
  runRecipe,
  stageNotes,
} from '../../lib/recipe/index.js';
import { readMetrics } from '../../lib/train/index.js';
import { earsight } from '../cli/run.js';
import { closeEndpoints, endpoint, refusing, scoring, warnings } from '../judges/endpoint.js';
import { tinyConfig } from '../omni/clips.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-recipe-judges-'));
const at = (...names: string[]) => join(folder, ...names);
const keyName = 'EARSIGHT_TEST_JUDGE_KEY';

beforeAll(async () => {
  await using pool = new MediaPool();
  await generateSyntheticDataset(at('dataset'), {
    seed: 1,
    clips: { train: 2, validation: 0, test: 0 },
    pool,
  });
  // One question of each clip.
  const rows = readFileSync(at('dataset', 'train.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((row) => JSON.parse(row));
  const clips = [...new Set(rows.map(({ video }) => video))];
  const own = clips.map((video) => {
    const { steps: _, spans: __, ...row } = rows.find((it) => it.video === video);
    return JSON.stringify(row);
  });
  writeFileSync(at('dataset', 'two.jsonl'), own.join('\n'));
});
afterEach(async () => {
  jest.restoreAllMocks();
  delete process.env[keyName];
  await closeEndpoints();
});
afterAll(() => rmSync(folder, { recursive: true }));

const grpo = {
  maxSteps: 2,
  loggingSteps: 1,
  saveSteps: 1,
  perDeviceTrainBatchSize: 4,
  numGenerations: 2,
  maxCompletionLength: 6,
  learningRate: 0.01,
};

async function recipeOf(rewards: unknown, output: string, settings: object = {}, more: object = {}) {
  const fields = { data: 'dataset/two.jsonl', output, model: tinyConfig, stopAtChance: false, ...more };
  writeFileSync(
    at('recipe.yaml'),
    stringify({ ...fields, stages: [{ grpo: { ...grpo, rewards, ...settings } }] }),
  );
  return readRecipe(at('recipe.yaml'));
}

async function refusalOf(...args: Parameters<typeof recipeOf>): Promise<string[]> {
  try {
    await recipeOf(...args);
  } catch (error) {
    expect((error as Error).name).toBe('BadInputError');
    return (error as Error).message.split('\n').map((line) => line.replace(/^\S+: /, ''));
  }
  throw new Error('the recipe was accepted');
}

const caption = 'a red square';
/** Of each prompt's two completions the first has a caption of its first second. */
const written = [
  `<time>0.0-1.0</time><caption>${caption}</caption><thinking>so</thinking><answer>A</answer>`,
  'nothing',
];

function writeCompletions(): void {
  const sample = OmniModel.prototype.samplePrompts;
  jest.spyOn(OmniModel.prototype, 'samplePrompts').mockImplementation(async function (
    this: OmniModel,
    ...args
  ) {
    const groups = await sample.apply(this, args);
    return groups.map((group) => group.map((completion, i) => ({ ...completion, text: written[i % 2] })));
  });
}

const consistency = (judge: unknown) => ({ name: 'consistency', judge });
const server = { name: 'openai', baseUrl: 'http://127.0.0.1:9/v1', model: 'tiny-judge' };

test.each<[string, unknown, string[]]>([
  [
    'a judge that is misspelt',
    consistency('self-chek'),
    [`grpo.rewards.0.judge: no such judge; did you mean 'self-check'? (got "self-chek")`],
  ],
  [
    'a judge that is none',
    consistency({ model: 'm' }),
    ['grpo.rewards.0.judge.name: no such judge; expected self-check, openai (got nothing)'],
  ],
  [
    'a list',
    consistency(['openai']),
    [
      `grpo.rewards.0.judge: expected self-check, openai, or { name } with the judge's options (got ["openai"])`,
    ],
  ],
  [
    'options that are misspelt, all of them',
    consistency({ ...server, baseurl: 'x', modal: 'video' }),
    [
      "grpo.rewards.0.judge.baseurl: no such option of the openai judge; did you mean 'baseUrl'?",
      "grpo.rewards.0.judge.modal: no such option of the openai judge; did you mean 'model'?",
    ],
  ],
  [
    'an option of another judge',
    consistency({ name: 'self-check', baseUrl: 'x' }),
    [
      'grpo.rewards.0.judge.baseUrl: no such option of the self-check judge; expected temperature, captionQuestions',
    ],
  ],
  [
    'a temperature of 0',
    consistency({ name: 'self-check', temperature: 0 }),
    ['grpo.rewards.0.judge.temperature: expected a number > 0, got 0'],
  ],
  [
    'no questions that captions answer',
    consistency({ name: 'self-check', captionQuestions: [] }),
    [
      'grpo.rewards.0.judge.captionQuestions: expected a list of one or more questions, each a text that is not empty, got []',
    ],
  ],
  [
    'no address',
    consistency({ name: 'openai', model: 'm' }),
    ["grpo.rewards.0.judge.baseUrl: expected an address such as 'http://127.0.0.1:8000/v1'"],
  ],
  [
    'a key that is not set',
    consistency({ ...server, apiKeyEnv: keyName }),
    [`grpo.rewards.0.judge.apiKeyEnv: the environment variable ${keyName} is not set; set it to the key`],
  ],
  [
    'a file in the place of the folder of scores',
    consistency({ ...server, cacheFolder: 'dataset/two.jsonl' }),
    [expect.stringMatching(/^grpo\.rewards\.0\.judge\.cacheFolder: .*two\.jsonl is no folder/)],
  ],
  [
    'the self-check of answers',
    { name: 'answer', by: 'judge', judge: 'self-check' },
    [
      'grpo.rewards.0.judge: the self-check judges consistency and completeness, not answer; expected openai (got "self-check")',
    ],
  ],
  [
    'no judge of answers',
    { name: 'answer', by: 'judge' },
    ["grpo.rewards.0.judge: expected a judge for by: 'judge'"],
  ],
  [
    'a judge that is not asked',
    { name: 'answer', judge: server },
    ["grpo.rewards.0.judge: expected none, since by is not 'judge'; leave it out or set by: 'judge'"],
  ],
  [
    'a judge of a reward that has none',
    { name: 'format', judge: 'self-check' },
    ['grpo.rewards.0.judge: no such option of the format reward; expected protocol, mode'],
  ],
])('%s is refused', async (_, reward, problems) => {
  expect(await refusalOf([reward], 'wrong')).toEqual(problems);
});

test.each([
  ['a stage', (rewards: unknown[]) => ({ stages: [{ grpo: { ...grpo, rewards } }] })],
  ['the recipe', (rewards: unknown[]) => ({ rewards, stages: [{ grpo }] })],
])(
  'the keys and folders of the judges of %s are asked for by a check, and not by its schema',
  async (_, having) => {
    const judge = { ...server, apiKeyEnv: keyName, cacheFolder: 'dataset/two.jsonl/scores' };
    const answer = { name: 'answer', by: 'judge', judge };
    const write = (rewards: unknown[]) =>
      writeFileSync(
        at('key.yaml'),
        stringify({ data: 'none.jsonl', model: 'none', device: 'cuda:7', ...having(rewards) }),
      );
    write(['format', answer]);
    await expect(readRecipe(at('key.yaml'))).rejects.toThrow(/judge\.cacheFolder: .* is no folder/);
    const recipe = await readRecipe(at('key.yaml'), { anyMachine: true });
    expect(recipe.stages).toHaveLength(1);
    write(['format', { ...answer, judge: { ...judge, cacheFolder: 'scores' } }]);
    await expect(readRecipe(at('key.yaml'))).rejects.toThrow(
      /rewards\.1\.judge\.apiKeyEnv: the environment variable EARSIGHT_TEST_JUDGE_KEY is not set/,
    );
    const { code, stdout } = await earsight('check', at('key.yaml'), '--schema-only');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('the keys of judges') });
    // What is wrong wherever it is read.
    write([{ ...answer, judge: { ...judge, apiKeyEnv: 'the key itself' } }]);
    await expect(readRecipe(at('key.yaml'), { anyMachine: true })).rejects.toThrow(
      /judge\.apiKeyEnv: expected the name of an environment variable/,
    );
  },
);

test('check says which judge scores what; consistency and completeness have the self-check where they name none', async () => {
  const judge = { ...server, apiKeyEnv: keyName };
  process.env[keyName] = 'secret-1';
  const answer = { name: 'answer', by: 'judge', judge };
  const recipe = await recipeOf(['format', 'consistency', { name: 'completeness' }, answer], 'said');
  const samples = readRecipeSamples(recipe);
  expect(stageNotes(recipe, samples)).toEqual([
    'GRPO: consistency, completeness judged by self-check (likelihoods under the frozen reference model)',
    `GRPO: answer judged by openai (tiny-judge at http://127.0.0.1:9/v1, with the key in ${keyName})`,
  ]);
  const model = await openModel(recipe, samples);
  try {
    const rows = await predictMemory(recipe, samples, model);
    const bytes = (name: string) => rows.find((row) => row.name === name)?.bytes;
    expect(bytes("GRPO judge's reference")).toBe(bytes('parameters'));
  } finally {
    await model.close();
  }
});

const metricsOf = (output: string) => readMetrics(at(output, 'grpo', 'metrics.jsonl'));

/** The self-check's mean score of the two completions that have a caption, by the weights that the recipe starts from. */
async function startScores(recipe: Recipe): Promise<{ consistency: number; completeness: number }> {
  const model = await openModel(recipe, readRecipeSamples(recipe));
  const judge = selfCheck({ model });
  try {
    const spans: [number, number][] = [[0, 1]];
    const samples = readSamples(at('dataset', 'two.jsonl'));
    const mean = (scores: (number | null)[]) =>
      scores.reduce<number>((sum, score) => sum + Number(score), 0) / 2;
    return {
      consistency: mean(
        await judge.judge(
          samples.map((sample) => ({ kind: 'consistency', sample, span: spans[0], caption })),
        ),
      ),
      completeness: mean(
        await judge.judge(
          samples.map((sample) => ({ kind: 'completeness', sample, spans, captions: [caption] })),
        ),
      ),
    };
  } finally {
    await judge.close?.();
    await model.close();
  }
}

test('a stage trains by the self-check, one judge for two rewards, by the weights of its start also after a resume', async () => {
  writeCompletions();
  const rewards = [
    'format',
    'answer',
    { ...consistency('self-check'), weight: 0.5 },
    { name: 'completeness', weight: 0.5, judge: { name: 'self-check' } },
  ];
  const recipe = await recipeOf(rewards, 'self');
  await runRecipe(recipe);
  const weights = () => readFileSync(at('self', 'grpo', 'model', 'model.safetensors'));
  const after = weights();
  // Not finished: it goes on from its second step.
  rmSync(at('self', 'grpo', 'answers.json'));
  rmSync(at('self', 'grpo', 'model'), { recursive: true });
  warnings();
  await runRecipe(await recipeOf(rewards, 'self', { maxSteps: 3 }), { resume: true });
  expect(weights().equals(after)).toBe(false);
  const expected = await startScores(recipe);
  const lines = metricsOf('self');
  expect(lines.map(({ step }) => step)).toEqual([1, 2, 3]);
  for (const line of lines) {
    expect(line['rewards/consistency/mean']).toBeCloseTo(expected.consistency / 2, 5);
    expect(line['rewards/completeness/mean']).toBeCloseTo(expected.completeness / 2, 5);
    expect(line).toMatchObject({
      'rewards/format/mean': 0.5,
      'judge/self-check/requests': 4,
      'judge/self-check/failed': 0,
    });
    expect(Object.keys(line).filter((name) => name.startsWith('judge/'))).toHaveLength(3);
  }
  expect(expected.consistency).not.toBeCloseTo(0.5, 3);
});

test('a stage trains by a judge behind an endpoint: its key, cache and metrics; a trial asks nothing', async () => {
  writeCompletions();
  const told = warnings();
  const { baseUrl, sent } = await endpoint(refusing(403), refusing(403), scoring(0.75));
  process.env[keyName] = 'secret-2';
  const judge = {
    name: 'openai',
    baseUrl,
    model: 'm',
    apiKeyEnv: keyName,
    retries: 0,
    cacheFolder: 'scores',
  };
  const rewards = [
    'format',
    { name: 'answer', by: 'judge', judge },
    { ...consistency(judge), weight: 0.5 },
    { name: 'completeness', weight: 0.5, judge },
  ];
  await runRecipe(await recipeOf(rewards, 'service'));
  const [first, second] = metricsOf('service');
  // An answer, a caption and the spans of two completions each: two failed, and are asked for again.
  expect(sent).toHaveLength(8);
  expect(first).toMatchObject({
    'judge/openai/requests': 6,
    'judge/openai/http_requests': 6,
    'judge/openai/failed': 2,
    'judge/openai/failed/status': 2,
    'judge/openai/failed/timeout': 0,
    'judge/openai/cache_hits': 0,
    'judge/openai/prompt_tokens': 400,
    'judge/openai/completion_tokens': 80,
  });
  expect(first['judge/openai/latency']).toBeGreaterThan(0);
  expect(second).toMatchObject({
    'judge/openai/requests': 6,
    'judge/openai/http_requests': 2,
    'judge/openai/failed': 0,
    'judge/openai/cache_hits': 4,
    'judge/openai/prompt_tokens': 200,
    'rewards/answer/mean': 0.375,
    'rewards/consistency/mean': 0.375,
    'rewards/completeness/mean': 0.375,
    reward: 0.5 + 0.375 + 0.375,
  });
  expect(told.filter((text) => text.includes('judge openai'))).toHaveLength(1);
  for (const { headers } of sent) expect(headers.authorization).toBe('Bearer secret-2');
  const copy = readFileSync(at('service', 'recipe.yaml'), 'utf8');
  expect(copy).toContain('cacheFolder: ../scores');
  expect(copy).not.toContain('secret-2');
});

test('a service that does not answer is given up after rewardTimeoutSeconds, and the stage ends', async () => {
  writeCompletions();
  const told = warnings();
  const { baseUrl } = await endpoint(() => {});
  const judge = { name: 'openai', baseUrl, model: 'm', timeoutSeconds: 300 };
  const rewards = ['format', { name: 'answer', by: 'judge', judge }];
  await runRecipe(await recipeOf(rewards, 'late', { maxSteps: 1, rewardTimeoutSeconds: 0.5 }));
  expect(metricsOf('late')[0]).toMatchObject({ 'judge/openai/requests': 2, 'rewards/answer/failed': 4 });
  expect(told.some((text) => text.includes('rewardTimeoutSeconds'))).toBe(true);
});

test('earsight check prints the judges, and asks no service', async () => {
  const { baseUrl, sent } = await endpoint(scoring(1));
  const judge = { name: 'openai', baseUrl, model: 'm' };
  await recipeOf(['consistency', { name: 'answer', by: 'judge', judge }], 'checked');
  const { code, stdout } = await earsight('check', at('recipe.yaml'));
  expect(code).toBe(0);
  expect(stdout).toContain('GRPO: consistency judged by self-check');
  expect(stdout).toContain(`GRPO: answer judged by openai (m at ${baseUrl}, without a key)`);
  expect(sent).toEqual([]);
});
