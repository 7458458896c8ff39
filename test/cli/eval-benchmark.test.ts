// `earsight eval --benchmark` from start to end, with a fresh small model: what it writes, that it goes on, what it refuses.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchmarkNames } from '../../lib/cli/eval-benchmark.js';
import { protocolOption, protocols } from '../../lib/cli/protocol-option.js';
import { benchmarkLayouts, readBenchmark } from '../../lib/data/index.js';
import { benchmarkProtocol } from '../../lib/eval/index.js';
import { newSmallModel } from '../../lib/omni/index.js';
import { protocolNames } from '../../lib/rewards/index.js';
import { tinyConfig } from '../omni/clips.js';
import { earsight } from './run.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-benchmark-'));
const at = (...names: string[]) => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]) =>
  earsight('eval', at('model'), ...args, '--max-new-tokens', '4', '--media-workers', '1');
const riva = (...args: string[]) =>
  run(
    ...['academic', 'synthdec'].map((part) => at('made', `${part}.json`)),
    ...['--benchmark', 'rivabench', ...args],
  );
const lines = (...names: string[]) =>
  readFileSync(at(...names), 'utf8')
    .trim()
    .split('\n');

beforeAll(async () => {
  const model = newSmallModel([{ id: 'a', question: 'Which colour?', answer: 'red' }], {
    config: tinyConfig,
  });
  await model.savePretrained(at('model'));
  await model.close();
});

test('the names are those of the layouts that are read, and the one that is made', () => {
  expect(benchmarkNames).toEqual([...benchmarkLayouts.map(({ name }) => name), 'synthetic']);
});

test('texts of a prompt: given ones, else those of the benchmark, else none', () => {
  expect(protocols).toEqual(protocolNames);
  expect(protocolOption({}, benchmarkProtocol)).toBeUndefined();
  expect(protocolOption({ protocol: 'steps' })).toEqual({ name: 'steps' });
  expect(protocolOption({ protocol: 'steps' }, benchmarkProtocol)).toEqual(benchmarkProtocol('steps'));
  expect(protocolOption({ protocol: 'steps', instruction: false }, benchmarkProtocol)).toEqual({
    name: 'steps',
  });
  expect(protocolOption({ protocol: 'twoTurn', instruction: 'x' }, benchmarkProtocol)).toEqual({
    ...benchmarkProtocol('twoTurn'),
    instruction: 'x',
  });
});

test('the synthetic benchmark is made and answered in one command, which goes on where it was ended', async () => {
  const asked = [at('made'), '--benchmark', 'synthetic', '--output', at('run'), '--size', '1', '--seed', '5'];
  const first = await run(...asked, '--limit', '1');
  expect(first.stderr).not.toContain('Error');
  expect(first.code).toBe(0);
  expect(first.stdout).toContain('synthetic benchmark: 3 questions');
  expect(lines('run', 'answers.jsonl')).toHaveLength(9);

  // All but two answers of the whole run, as if it had been ended there.
  const second = await run(...asked);
  expect(second.code).toBe(0);
  const whole = lines('run', 'answers.jsonl');
  expect(whole).toHaveLength(18);
  const results = readFileSync(at('run', 'results.json'), 'utf8');
  writeFileSync(at('run', 'answers.jsonl'), `${whole.slice(0, 16).join('\n')}\n${whole[16].slice(0, 20)}`);
  const third = await run(...asked, '--json');
  expect(lines('run', 'answers.jsonl')).toEqual(whole);
  expect(readFileSync(at('run', 'results.json'), 'utf8')).toBe(results);
  expect(JSON.parse(third.stdout)).toEqual(JSON.parse(results));

  expect(second.stdout).toMatch(/^part +audio\+video +video +audio +chance +well-formed +questions$/m);
  for (const part of ['Academic', 'StandUp', 'SynthDec'])
    expect(second.stdout).toMatch(new RegExp(`^${part} `, 'm'));
  expect(second.stdout).toMatch(/^generated\? +shown +F1 +precision +recall +TP +FP +FN +TN +unread$/m);

  const { questions } = await readBenchmark('rivabench', [at('made', 'synthdec.json')]);
  expect(questions).toHaveLength(2);
});

test('answers are asked for by a protocol, in two turns too', async () => {
  const asked = [at('made'), '--benchmark', 'synthetic', '--limit', '1', '--view', 'v'];
  for (const [name, ...words] of [
    ['direct'],
    ['twoTurn', '--instruction', 'Which colour?', '--final-question', 'Which?'],
  ]) {
    const { code, stderr } = await run(...asked, '--protocol', name, ...words, '--output', at(name));
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('Error')]);
    expect(lines(name, 'answers.jsonl')).toHaveLength(3);
  }
  const settings = (name: string) => JSON.parse(readFileSync(at(name, 'eval.json'), 'utf8')).protocol;
  expect(settings('direct')).toEqual({ name: 'direct' });
  expect(settings('twoTurn')).toEqual({
    name: 'twoTurn',
    instruction: 'Which colour?',
    finalQuestion: 'Which?',
  });
  // The second turn's answer stands in an answer block.
  expect(JSON.parse(lines('twoTurn', 'answers.jsonl')[0]).completion).toMatch(/<answer>.*<\/answer>$/s);
});

test('clips are made in no folder of other things, and in no file', async () => {
  const made = (folder: string) => run(folder, '--benchmark', 'synthetic', '--output', at('foreign'));
  const held = readdirSync(at('model'));
  const { code, stderr } = await made(at('model'));
  expect([code, stderr]).toEqual([2, expect.stringMatching(/model: the folder holds ".*" and no benchmark/)]);
  expect(readdirSync(at('model'))).toEqual(held);
  const file = await made(at('model', 'config.json'));
  expect([file.code, file.stderr]).toEqual([2, expect.stringContaining('config.json is no folder')]);
});

test('other weights are not mixed into a run', async () => {
  const file = at('run', 'eval.json');
  const settings = JSON.parse(readFileSync(file, 'utf8'));
  expect(settings).toMatchObject({ benchmark: 'synthetic', maxNewTokens: 4 });
  writeFileSync(file, JSON.stringify({ ...settings, model: 'of others' }));
  const { code, stderr } = await run(at('made'), '--benchmark', 'synthetic', '--output', at('run'));
  expect(code).toBe(2);
  expect(stderr).toContain('model: the run was begun with "of others"');
});

test('missing clips are refused with their questions, or left out and counted', async () => {
  rmSync(at('made', 'clips', 'academic-00000.mp4'));
  const refused = await riva('--output', at('riva'), '--view', 'v');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('RivaBench: clips are missing: 1, of 2 questions');
  expect(refused.stderr).toContain(
    `${at('made', 'clips', 'academic-00000.mp4')} (Academic-00000-1, Academic-00000-2)`,
  );
  expect(refused.stderr).toContain('--missing-clips leave-out');
  const left = await riva('--output', at('riva'), '--view', 'v', '--missing-clips', 'leave-out');
  expect(left.code).toBe(0);
  expect(left.stdout).toContain('RivaBench: 2 questions, 2 left out');
  expect(lines('riva', 'missing-clips.jsonl').map((line) => JSON.parse(line).ids)).toEqual([
    ['Academic-00000-1', 'Academic-00000-2'],
  ]);
  const none = await run(
    at('made', 'academic.json'),
    ...['--benchmark', 'rivabench', '--output', at('none'), '--missing-clips', 'leave-out'],
  );
  expect(none.stderr).toContain('RivaBench: no question is left to be asked');
});

test.each([
  [['--benchmark', 'rivabench'], '--benchmark rivabench: give --output'],
  [
    ['--benchmark', 'rivabench', '--output', 'x', '--answers', 'a.jsonl'],
    '--answers a.jsonl: answers of a benchmark',
  ],
  [['--benchmark', 'rivabench', '--output', 'x', '--size', '3'], '--size 3: is not of --benchmark rivabench'],
  [
    ['--benchmark', 'synthetic', '--output', 'x', '--clips', 'y'],
    '--clips y: is not of --benchmark synthetic',
  ],
  [['--output', 'x'], '--output x: is of benchmarks'],
  [['--instruction', 'Be brief.'], '--instruction Be brief.: is of a protocol'],
  [
    ['--protocol', 'steps', '--final-question', 'So?'],
    '--final-question So?: is of --protocol twoTurn, not of steps',
  ],
  [['more.jsonl'], 'more.jsonl: expected one file of samples'],
  [['--benchmark', 'riva'], 'Allowed choices are rivabench, daily-omni'],
  [
    ['--benchmark', 'video-mme', '--output', at('y')],
    'expected a file of Video-MME (.parquet, .json, .jsonl)',
  ],
])('%j is refused', async (args, message) => {
  const { code, stderr } = await run('data.csv', ...args);
  expect(stderr).toContain(message);
  expect(code).toBe(2);
});
