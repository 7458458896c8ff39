/** completions.jsonl: what it holds of each completion, when it is written, and how it is read. */
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RewardFunc } from '../../lib/rewards/index.js';
import {
  type CompletionRecord,
  type GRPOConfigInput,
  GRPOTrainer,
  readCompletions,
  type TrainableModel,
} from '../../lib/train/index.js';
import { temporaryFolder } from './folder.js';
import { samples, tinyModel } from './tiny-model.js';

const folder = temporaryFolder();

/** A model that samples as it does, and says `texts` in turn, in groups of their number. */
function saying(texts: readonly string[]): TrainableModel {
  const model = tinyModel();
  return {
    ...model,
    samplePrompts: async (...args) => {
      const groups = await model.samplePrompts(...args);
      return groups.map((group) => group.map((completion, i) => ({ ...completion, text: texts[i] })));
    },
  };
}

async function records(
  model: TrainableModel,
  rewardFuncs: RewardFunc[],
  config: GRPOConfigInput = {},
): Promise<CompletionRecord[]> {
  const outputDir = join(folder.path, 'run');
  await new GRPOTrainer({
    model,
    rewardFuncs,
    trainDataset: samples.slice(0, 4),
    config: {
      outputDir,
      numGenerations: 4,
      perDeviceTrainBatchSize: 8,
      maxCompletionLength: 3,
      scaleRewards: 'none',
      maxSteps: 1,
      loggingSteps: 1,
      logCompletions: true,
      ...config,
    },
  }).train();
  return [...readCompletions(join(outputDir, 'completions.jsonl'))];
}

const reward = (name: string, score: (i: number) => number | null, views?: RewardFunc['views']): RewardFunc =>
  Object.defineProperty(
    Object.assign<RewardFunc, Pick<RewardFunc, 'views'>>(
      ({ completions }) => completions.map((_, i) => score(i % 4)),
      { views },
    ),
    'name',
    { value: name },
  );

const texts = [
  '<time>0.5-1.0</time><caption>a bell</caption><time>1.5 - 3</time><caption> a dog </caption>' +
    '<thinking>both</thinking><answer>B</answer>',
  'no layout at all',
  `<time>0-${'9'.repeat(400)}</time><caption>late</caption>`,
  '<answer>C</answer>',
];

test('a completion with its parts, rewards and advantage; other views without', async () => {
  const rewardFuncs = [
    reward('right', (i) => [1, 0, 0.5, 1][i]),
    reward('judged', (i) => [0.5, 0.25, 0, Number.NaN][i], ['v']),
    reward('missing', () => null),
  ];
  const lines = await records(saying(texts), rewardFuncs);
  expect(lines).toHaveLength(2 * 2 * 4);
  const of = (view: string) => lines.filter((line) => line.view === view && line.sample === lines[0].sample);
  const [first, second, third, fourth] = of('av');
  expect(first).toMatchObject({
    step: 1,
    occurrence: 0,
    index: 0,
    completion: texts[0],
    spans: [
      [0.5, 1],
      [1.5, 3],
    ],
    captions: ['a bell', 'a dog'],
    thinking: 'both',
    answer: 'B',
    rewards: { right: 1, judged: 0.5, missing: null },
    failed: [],
    reward: 1.5,
    inLoss: true,
  });
  expect(first.tokens).toBeGreaterThan(0);
  expect(first.finishReason).toBe(first.tokens < 3 ? 'stop' : first.finishReason);
  expect(second).toMatchObject({ index: 1, spans: [], captions: [], thinking: null, answer: null });
  expect(third.spans).toEqual([[0, Number.MAX_VALUE]]);
  expect(fourth).toMatchObject({
    rewards: { right: null, judged: null, missing: null },
    failed: ['judged'],
    reward: null,
    advantage: 0,
    inLoss: false,
  });
  // The failed one has no part in the mean, (1.5 + 0.25 + 0.5) / 3.
  for (const [i, advantage] of [0.75, -0.5, -0.25].entries())
    expect(of('av')[i].advantage).toBeCloseTo(advantage, 6);
  expect(of('v').map(({ index }) => index)).toEqual([0, 1, 2, 3]);
  for (const line of of('v'))
    expect(line).toMatchObject({ rewards: {}, failed: [], reward: null, advantage: null, inLoss: false });
  expect(of('v')[0]).toMatchObject({ completion: texts[0], answer: 'B' });
});

test('refused groups and completions that are cut off are not in the loss', async () => {
  const lines = await records(saying(texts), [reward('constant', () => 1)], {
    admit: 'nonConstant',
    maxRefillRounds: 1,
  });
  // Two groups of the step and two in their place.
  expect(lines).toHaveLength(16);
  for (const line of lines) expect(line).toMatchObject({ reward: 1, advantage: null, inLoss: false });
});

test('truncated completions are not in the loss where it leaves them out', async () => {
  const lines = await records(tinyModel(), [reward('index', (i) => i)], {
    maxCompletionLength: 1,
    maskTruncatedCompletions: true,
  });
  expect(lines.map(({ finishReason }) => finishReason)).toContain('length');
  for (const { finishReason, inLoss } of lines) expect(inLoss).toBe(finishReason === 'stop');
});

test('written every logCompletionsSteps steps, else every loggingSteps, and only when asked for', async () => {
  const stepsOf = (lines: CompletionRecord[]) => [...new Set(lines.map(({ step }) => step))];
  const steps = { maxSteps: 5, loggingSteps: 2, overwriteOutputDir: true };
  const rewardFuncs = [reward('index', (i) => i)];
  expect(stepsOf(await records(tinyModel(), rewardFuncs, steps))).toEqual([2, 4]);
  expect(stepsOf(await records(tinyModel(), rewardFuncs, { ...steps, logCompletionsSteps: 3 }))).toEqual([3]);
  await expect(records(tinyModel(), rewardFuncs, { ...steps, logCompletions: false })).rejects.toThrow(
    'completions.jsonl: no such file',
  );
  expect(existsSync(join(folder.path, 'run', 'metrics.jsonl'))).toBe(true);
});

test('a sample that comes again has another occurrence', async () => {
  const lines = await records(tinyModel(), [reward('index', (i) => i)], { maxSteps: 4 });
  const seen = lines.filter(({ index }) => index === 0).map(({ sample, occurrence }) => [sample, occurrence]);
  expect(seen.filter(([id]) => id === 's0').map(([, occurrence]) => occurrence)).toEqual([0, 1]);
  expect(new Set(seen.map(String)).size).toBe(8);
});

describe('reading', () => {
  const record: CompletionRecord = {
    step: 1,
    sample: 's',
    occurrence: 0,
    index: 0,
    view: 'av',
    completion: 'x',
    tokens: 1,
    finishReason: 'stop',
    spans: [],
    captions: [],
    thinking: null,
    answer: null,
    rewards: {},
    failed: [],
    reward: null,
    advantage: null,
    inLoss: false,
  };
  const file = () => join(folder.path, 'completions.jsonl');

  test('lines of any length, without a last one that a crash cut', () => {
    // Three bytes a character, so that some lie across the chunks in which the file is read.
    const completions = [1, 2, 3].map((n) => `${'x'.repeat(n)}${'\u266b'.repeat(700_000)}`);
    const lines = completions.map((completion) => ({ ...record, completion }));
    writeFileSync(file(), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    appendFileSync(file(), '{"step":2,"sample":"s');
    expect([...readCompletions(file())]).toEqual(lines);
  });

  test.each([
    ['[1]\n', 'completions.jsonl:2: not a line of completions: step: expected a number'],
    ['nothing\n', 'completions.jsonl:2: not a line of completions: '],
    [Buffer.from([0x7b, 0xff, 0x7d, 0x0a]), 'completions.jsonl:2: not a line of completions: '],
    [`${JSON.stringify({ ...record, reward: '<b>' })}\n`, 'completions.jsonl:2: reward: '],
    [`${JSON.stringify({ ...record, spans: [[1]] })}\n`, 'completions.jsonl:2: spans'],
    [`${JSON.stringify({ ...record, view: 'x' })}\n`, 'completions.jsonl:2: view: '],
  ])('a wrong line is named: %j', (line, message) => {
    writeFileSync(file(), `${JSON.stringify(record)}\n`);
    appendFileSync(file(), line);
    expect(() => [...readCompletions(file())]).toThrow(message);
  });
});
