// SFT and GRPO of a text model from a folder in Hugging Face's layout: by recipe, in a program, resumed.

import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { readTrainingRows } from '../../lib/data/index.js';
import { OmniModel } from '../../lib/omni/index.js';
import { answerReward } from '../../lib/rewards/index.js';
import { GRPOTrainer, readMetrics, SFTTrainer } from '../../lib/train/index.js';
import { earsight } from '../cli/run.js';
import { fixturePath } from '../nn/fixtures.js';

jest.setTimeout(60_000);
const folder = mkdtempSync(join(tmpdir(), 'earsight-text-model-'));
const at = (...names: string[]) => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true }));

const questions = Array.from({ length: 6 }, (_, i) => ({
  id: `q${i}`,
  question: 'Is it a bell?',
  options: ['yes', 'no'],
  answer: i % 2 === 0 ? 'yes' : 'no',
}));
const chats = [
  {
    id: 'chat',
    messages: [
      { role: 'user', content: 'What is heard?' },
      { role: 'assistant', content: 'A bell.' },
    ],
  },
  {
    id: 'tools',
    tools: [{ type: 'function', function: { name: 'listen' } }],
    messages: [
      { role: 'system', content: 'Be short.' },
      { role: 'user', content: 'What is heard?' },
      { role: 'assistant', content: 'A dog.' },
    ],
  },
];
const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

const grpo = {
  maxSteps: 2,
  saveSteps: 1,
  loggingSteps: 1,
  numGenerations: 4,
  perDeviceTrainBatchSize: 8,
  maxCompletionLength: 4,
};
const recipe = {
  model: 'model',
  data: 'rows.jsonl',
  test: 'test.jsonl',
  output: 'run',
  stopAtChance: false,
  rewards: ['format', 'answer', { module: './short.cjs', weight: 0.5 }],
  stages: [
    {
      sft: {
        maxSteps: 2,
        loggingSteps: 1,
        perDeviceTrainBatchSize: 8,
        assistantOnlyLoss: true,
        learningRate: 1e-3,
        gradientCheckpointing: true,
      },
    },
    { grpo: { ...grpo, learningRate: 1e-3 } },
  ],
};

beforeAll(() => {
  cpSync(fixturePath('text', 'folders', 'qwen2'), at('model'), { recursive: true });
  writeFileSync(at('rows.jsonl'), lines([...questions, ...chats]));
  writeFileSync(at('test.jsonl'), lines(questions.slice(0, 2)));
  writeFileSync(
    at('short.cjs'),
    'module.exports = function short({ completions }) { return completions.map((text) => 1 / (1 + text.length)); };\n',
  );
  writeFileSync(at('recipe.yaml'), stringify(recipe));
});

test('a recipe is checked: rows, tokens, memory and time', async () => {
  const { code, stdout, stderr } = await earsight('check', at('recipe.yaml'));
  expect([code, stderr.includes('looking at clips')]).toEqual([0, true]);
  expect(stdout).toContain(
    'samples: 0 with steps, 6 with an answer only, 2 conversations, 0 for validation, 2 for testing',
  );
  expect(stdout).toMatch(/sample 'q0': \d+ text, 0 audio and 0 video tokens/);
  expect(stdout).toMatch(/^SFT micro-batch +\d+ MiB$/m);
});

test('it trains by SFT and GRPO, answers each question once, reports, and loads again', async () => {
  const { code, stdout, stderr } = await earsight('train', at('recipe.yaml'));
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^stage +kind +accuracy +chance +well-formed +questions$/m);
  const losses = readMetrics(at('run', 'sft', 'metrics.jsonl')).map(({ loss }) => loss as number);
  expect(losses).toHaveLength(2);
  expect(losses[1]).toBeLessThan(losses[0]);
  const rewards = readMetrics(at('run', 'grpo', 'metrics.jsonl'));
  expect(Object.keys(rewards[0])).toEqual(
    expect.arrayContaining(['rewards/format/mean', 'rewards/answer/mean', 'rewards/short/mean']),
  );
  const report = readFileSync(at('run', 'report.html'), 'utf8');
  expect(report).toContain('Questions</h2>');
  expect(report).not.toContain('<video');
  const saved = await OmniModel.fromPretrained(at('run', 'grpo', 'model'));
  const [[{ ids }]] = await saved.generateBatch(readTrainingRows(at('test.jsonl')).samples, {
    maxNewTokens: 2,
    temperature: 0,
  });
  expect(ids.length).toBeGreaterThan(0);
});

test('it goes on from a checkpoint to the same weights', async () => {
  const weights = () => readFileSync(at('run', 'grpo', 'model', 'model.safetensors'));
  const whole = weights();
  for (const name of ['model', 'checkpoint-2', 'answers.json'])
    rmSync(at('run', 'grpo', name), { recursive: true });
  expect(existsSync(at('run', 'grpo', 'checkpoint-1'))).toBe(true);
  const { code, stderr } = await earsight('train', at('recipe.yaml'), '--resume');
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  expect(weights().equals(whole)).toBe(true);
});

test('without rewards in the recipe it is scored by format and answer', async () => {
  const { rewards: _, ...plain } = recipe;
  const stages = [{ grpo: { ...grpo, maxSteps: 1 } }];
  writeFileSync(at('plain.yaml'), stringify({ ...plain, stages, output: 'plain' }));
  const { code, stderr } = await earsight('train', at('plain.yaml'));
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  const [line] = readMetrics(at('plain', 'grpo', 'metrics.jsonl'));
  const means = Object.keys(line).filter((name) => /^rewards\/.*\/mean$/.test(name));
  expect(means.sort()).toEqual(['rewards/answer/mean', 'rewards/format/mean']);
});

test('a reward that compares views is refused by name', async () => {
  writeFileSync(at('views.yaml'), stringify({ ...recipe, output: 'views', rewards: ['modality'] }));
  const { code, stderr } = await earsight('train', at('views.yaml'));
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /'modality' compares completions in the views v, a, but the model \(qwen2\) takes no video and no audio/,
  );
});

test('a clip is refused by name', async () => {
  writeFileSync(at('clip.mp4'), 'a clip');
  writeFileSync(at('clips.jsonl'), lines([...questions, { ...questions[0], id: 'seen', video: 'clip.mp4' }]));
  writeFileSync(at('clips.yaml'), stringify({ ...recipe, output: 'clips', data: 'clips.jsonl' }));
  const { code, stderr } = await earsight('check', at('clips.yaml'));
  expect(code).toBe(2);
  expect(stderr).toMatch(/clip\.mp4: the model takes text alone.*sample 'seen'/);
});

test('the same in a program, with an adapter', async () => {
  const model = await OmniModel.fromPretrained(at('model'));
  model.addAdapter({ r: 2 });
  const { samples, chats: conversations } = readTrainingRows(at('rows.jsonl'));
  const logged: string[] = [];
  const callbacks = [
    { onLog: (_: unknown, __: unknown, line: object) => void logged.push(Object.keys(line).join()) },
  ];
  const common = {
    outputDir: null,
    loggingSteps: 1,
    learningRate: 1e-3,
    gradientCheckpointing: true,
    maxSteps: 2,
  };
  const sft = await new SFTTrainer({
    model,
    trainDataset: [...samples, ...conversations],
    config: { ...common, assistantOnlyLoss: true },
    callbacks,
  }).train();
  expect(sft.state.step).toBe(2);
  const result = await new GRPOTrainer({
    model,
    trainDataset: samples,
    rewardFuncs: [answerReward()],
    config: { ...common, numGenerations: 4, maxCompletionLength: 4 },
    callbacks,
  }).train();
  expect(result.state.step).toBe(2);
  expect(logged).toHaveLength(4);
});
