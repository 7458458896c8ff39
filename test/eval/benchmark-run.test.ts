// A run of a benchmark in a folder: what it asks, what it leaves there, and that it goes on where it was ended.

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Benchmark, BenchmarkQuestion, Completion, Sample, View } from '../../lib/data/index.js';
import { benchmarkProtocol, runBenchmark } from '../../lib/eval/index.js';
import { temporaryFolder } from '../train/folder.js';

const folder = temporaryFolder();
const at = (name: string): string => join(folder.path, 'run', name);

const question = (part: string, i: number): BenchmarkQuestion => ({
  part,
  categories: {},
  detection: false,
  sample: {
    id: `${part}-${i}`,
    video: `${i}.mp4`,
    question: 'Which?',
    options: ['red', 'blue'],
    answer: 'blue',
  },
});

const benchmark: Benchmark = {
  name: 'rivabench',
  title: 'RivaBench',
  questions: ['Academic', 'StandUp'].flatMap((part) => [0, 1, 2].map((i) => question(part, i))),
  missing: [
    { path: 'x.mp4', ids: ['Academic-7', 'Academic-8'] },
    { path: 'x.wav', ids: ['Academic-7'] },
  ],
};

/** Says `B` to questions with the number 0 and to all in the view of audio, else `A`; fails after so many prompts. */
class Model {
  readonly asked: string[] = [];
  failAfter = Number.POSITIVE_INFINITY;

  async generateBatch(samples: readonly Sample[], { view }: { view?: View }): Promise<Completion[][]> {
    if (this.asked.length >= this.failAfter) throw new Error('killed');
    this.asked.push(...samples.map(({ id }) => `${id} ${view}`));
    return samples.map(({ id }) => [
      {
        text: `<answer>${view === 'a' || id.endsWith('0') ? 'B' : 'A'}</answer>`,
        ids: [],
        logprobs: [],
        finishReason: 'stop',
      },
    ]);
  }
}

const options = () => ({ output: at(''), maxNewTokens: 8, batchSize: 2 });
const lines = () => readFileSync(at('answers.jsonl'), 'utf8').trim().split('\n');

test('asks each question in each view, and scores from counts', async () => {
  const model = new Model();
  const progress: [number, number][] = [];
  const results = await runBenchmark(model, benchmark, {
    ...options(),
    onProgress: (...now) => progress.push(now),
  });
  expect(model.asked).toHaveLength(18);
  expect(model.asked.slice(0, 4)).toEqual(['Academic-0 av', 'Academic-1 av', 'Academic-0 v', 'Academic-1 v']);
  expect(progress.at(0)).toEqual([0, 18]);
  expect(progress.at(-1)).toEqual([18, 18]);
  expect(results).toMatchObject({ benchmark: 'RivaBench', questions: 6, leftOut: 2 });
  expect(results.parts.map(({ name, view, correct, count }) => [name, view, correct, count])).toEqual([
    ['Academic', 'av', 1, 3],
    ['Academic', 'v', 1, 3],
    ['Academic', 'a', 3, 3],
    ['StandUp', 'av', 1, 3],
    ['StandUp', 'v', 1, 3],
    ['StandUp', 'a', 3, 3],
    ['all', 'av', 2, 6],
    ['all', 'v', 2, 6],
    ['all', 'a', 6, 6],
  ]);
  expect(JSON.parse(readFileSync(at('results.json'), 'utf8'))).toEqual(results);
  expect(lines()).toHaveLength(18);
  expect(JSON.parse(lines()[0])).toMatchObject({
    id: 'Academic-0',
    view: 'av',
    completion: '<answer>B</answer>',
    option: 'B',
    correct: true,
  });
});

test('a run that was killed goes on, without the half-written last line, to the same results', async () => {
  const whole = await runBenchmark(new Model(), benchmark, {
    ...options(),
    output: join(folder.path, 'whole'),
  });
  const killed = new Model();
  killed.failAfter = 8;
  await expect(runBenchmark(killed, benchmark, options())).rejects.toThrow('killed');
  expect(lines()).toHaveLength(8);
  appendFileSync(at('answers.jsonl'), lines()[0].slice(0, 30));
  const after = new Model();
  const progress: [number, number][] = [];
  const results = await runBenchmark(after, benchmark, {
    ...options(),
    onProgress: (...now) => progress.push(now),
  });
  expect(progress[0]).toEqual([8, 18]);
  expect(new Set([...killed.asked, ...after.asked]).size).toBe(18);
  expect(killed.asked.length + after.asked.length).toBe(18);
  expect(results).toEqual(whole);
  expect(lines()).toHaveLength(18);
  const again = new Model();
  expect(await runBenchmark(again, benchmark, options())).toEqual(whole);
  expect(again.asked).toEqual([]);
});

test('a limit takes the first questions of each part, and a later call asks the rest', async () => {
  const first = new Model();
  const limited = await runBenchmark(first, benchmark, { ...options(), views: ['av'], limit: 1 });
  expect(first.asked).toEqual(['Academic-0 av', 'StandUp-0 av']);
  expect(limited.questions).toBe(2);
  const rest = new Model();
  const all = await runBenchmark(rest, benchmark, { ...options(), views: ['av'] });
  expect(rest.asked).toEqual(['Academic-1 av', 'Academic-2 av', 'StandUp-1 av', 'StandUp-2 av']);
  expect(all.questions).toBe(6);
});

test.each([
  ['question', { question: 'Which one?' }],
  ['options', { options: ['green', 'blue'] }],
  ['right answer', { answer: 'red' }],
])('a question whose %s is another is asked again under the same id', async (_, fields) => {
  await runBenchmark(new Model(), benchmark, { ...options(), views: ['av'] });
  const [first, ...rest] = benchmark.questions;
  const model = new Model();
  const questions = [{ ...first, sample: { ...first.sample, ...fields } }, ...rest];
  await runBenchmark(model, { ...benchmark, questions }, { ...options(), views: ['av'] });
  expect(model.asked).toEqual(['Academic-0 av']);
});

test('answers are asked for and judged by a protocol, which a run keeps', async () => {
  const asked: unknown[] = [];
  const model = {
    async generateBatch(samples: readonly Sample[], { protocol }: { protocol?: unknown }) {
      asked.push(protocol);
      const text = `it is blue <end_of_step>\n<answer>B</answer>`;
      return samples.map((): Completion[] => [{ text, ids: [], logprobs: [], finishReason: 'stop' }]);
    },
  };
  const protocol = benchmarkProtocol('steps');
  const views = ['av'] as const;
  const { parts } = await runBenchmark(model, benchmark, { ...options(), views, protocol });
  expect(asked).toEqual([protocol, protocol, protocol]);
  expect(parts.at(-1)).toMatchObject({ name: 'all', count: 6, correct: 6, wellFormed: 6 });
  await expect(
    runBenchmark(model, benchmark, { ...options(), views, protocol: benchmarkProtocol('direct') }),
  ).rejects.toThrow('protocol: the run was begun with');
  const bare = { ...options(), views, output: join(folder.path, 'bare') };
  expect((await runBenchmark(model, benchmark, bare)).parts.at(-1)).toMatchObject({
    correct: 6,
    wellFormed: 0,
  });
  expect(asked.at(-1)).toEqual({ name: 'spans' });
});

test('the prompts of benchmarks ask for what each protocol reads', () => {
  const prompts = (['direct', 'steps', 'twoTurn', 'spans'] as const).map(benchmarkProtocol);
  const parts = prompts.map(({ name, instruction = '', finalQuestion }) => [
    name,
    ['<end_of_step>', '<answer>', '<time>', '<thinking>'].filter((tag) => instruction.includes(tag)),
    finalQuestion !== undefined,
  ]);
  expect(parts).toEqual([
    ['direct', ['<answer>'], false],
    ['steps', ['<end_of_step>', '<answer>'], false],
    ['twoTurn', ['<end_of_step>'], true],
    ['spans', ['<answer>', '<time>', '<thinking>'], false],
  ]);
});

test('another setting and a line that is no answer are refused', async () => {
  await runBenchmark(new Model(), benchmark, { ...options(), settings: { model: 'abc' } });
  await expect(
    runBenchmark(new Model(), benchmark, { ...options(), settings: { model: 'def' } }),
  ).rejects.toThrow(`${at('eval.json')}: model: the run was begun with "abc", now it is "def"`);
  await expect(
    runBenchmark(new Model(), benchmark, { ...options(), settings: { model: 'abc' }, maxNewTokens: 9 }),
  ).rejects.toThrow('maxNewTokens: the run was begun with 8, now it is 9');

  writeFileSync(at('answers.jsonl'), `${lines()[0]}\n{"id":1}\n`);
  await expect(
    runBenchmark(new Model(), benchmark, { ...options(), settings: { model: 'abc' } }),
  ).rejects.toThrow(`${at('answers.jsonl')}:2: expected an answer of this run`);
});
