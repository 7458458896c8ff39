// Scores of a benchmark from its answers alone. All expected values are worked out by hand.

import type { BenchmarkQuestion, View } from '../../lib/data/index.js';
import { type BenchmarkAnswer, benchmarkScores, formatBenchmark } from '../../lib/eval/index.js';

let count = 0;

function answer(
  part: string,
  said: string,
  {
    view = 'av',
    right = 'red',
    options = ['red', 'blue', 'green', 'white', 'yellow'],
    ...rest
  }: {
    view?: View;
    right?: string;
    options?: string[];
    clip?: string;
    categories?: Record<string, string>;
    detection?: boolean;
  } = {},
): BenchmarkAnswer {
  const id = `${part}-${count++}`;
  const { clip = id, categories = {}, detection = false } = rest;
  const sample = { id, video: clip, question: 'Which?', options, answer: right };
  const question: BenchmarkQuestion = { part, categories, detection, sample };
  const completion = `<answer>${said}</answer>`;
  const correct = said === right || options['ABCDE'.indexOf(said)] === right;
  return { question, sample, view, completion, correct, wellFormed: said !== '' };
}

const repeated = <T>(times: number, make: () => T): T[] => Array.from({ length: times }, make);

describe('accuracy', () => {
  const answers = [
    ...repeated(3, () => answer('Academic', 'A', { categories: { track: 'seen' } })),
    answer('Academic', 'C', { categories: { track: 'heard' } }),
    ...repeated(2, () => answer('StandUp', 'B', { right: 'blue' })),
    answer('Academic', 'B', { view: 'v', categories: { track: 'seen' } }),
  ];
  const { parts, categories } = benchmarkScores(answers);
  const counts = (scores: typeof parts) =>
    scores.map(({ name, view, correct, count }) => [name, view, correct, count]);

  it('counts by part and view, all parts last', () => {
    expect(counts(parts)).toEqual([
      ['Academic', 'av', 3, 4],
      ['Academic', 'v', 0, 1],
      ['StandUp', 'av', 2, 2],
      ['all', 'av', 5, 6],
      ['all', 'v', 0, 1],
    ]);
    for (const { chance } of parts) expect(chance).toBeCloseTo(1 / 5);
    for (const { detection } of parts) expect(detection).toBeUndefined();
  });

  it('counts by category, of the questions that have it', () => {
    expect(counts(categories.track)).toEqual([
      ['seen', 'av', 3, 3],
      ['seen', 'v', 0, 1],
      ['heard', 'av', 0, 1],
    ]);
  });

  it('takes the questions of a clip together in its interval', () => {
    const ofClips = (right: number[]) =>
      right.flatMap((isRight, i) =>
        repeated(2, () => answer('x', isRight ? 'A' : 'B', { clip: `clip-${i}` })),
      );
    // Both questions of each clip are right or wrong together: 8 answers are worth 4. Wilson's interval of 2 of 4.
    const [together] = benchmarkScores(ofClips([1, 1, 0, 0])).parts;
    expect(together.accuracy.value).toBe(0.5);
    expect(together.accuracy.low).toBeCloseTo(0.15, 2);
    expect(together.accuracy.high).toBeCloseTo(0.85, 2);
  });

  it('prints a table a breakdown, a column a view', () => {
    const lines = formatBenchmark({ parts, categories }).split('\n');
    expect(lines[0]).toMatch(/^part +audio\+video +video +chance +well-formed +questions$/);
    expect(lines[1]).toMatch(
      /^Academic +75\.0 % \[30\.1, 95\.4\] +0\.0 % \[0\.0, 79\.3\] +20\.0 % +100\.0 % +4$/,
    );
    expect(lines[2]).toMatch(/^StandUp +100\.0 % \[34\.2, 100\.0\] +20\.0 % +100\.0 % +2$/);
    expect(lines).toContainEqual(expect.stringMatching(/^track +audio\+video/));
    expect(lines).toContainEqual(expect.stringMatching(/^heard +0\.0 %/));
  });
});

describe('detection', () => {
  const yesNo = { detection: true, options: ['YES', 'NO'] };
  const generated = (said: string) => answer('SynthDec', said, { ...yesNo, right: 'YES' });
  const real = (said: string) => answer('SynthDec', said, { ...yesNo, right: 'NO', options: ['NO', 'YES'] });
  const answers = [
    // 6 found by word or letter, 2 missed, 2 unread.
    ...repeated(3, () => generated('yes')),
    ...repeated(3, () => generated('A')),
    ...repeated(2, () => generated('No.')),
    ...repeated(2, () => generated('perhaps')),
    // 3 called generated, 5 cleared, 1 unread; here A is NO.
    ...repeated(3, () => real('B')),
    ...repeated(5, () => real('A')),
    real(''),
  ];

  it('gives the four counts, and what is neither YES nor NO apart', () => {
    const [{ detection, count: all }] = benchmarkScores(answers).parts;
    expect(all).toBe(19);
    expect(detection).toMatchObject({
      truePositives: 6,
      falsePositives: 3,
      falseNegatives: 2,
      trueNegatives: 5,
      unreadPositives: 2,
      unreadNegatives: 1,
    });
    // Precision 6 / 9, recall 6 / 10, F1 12 / (12 + 3 + 2 + 2).
    expect(detection!.precision).toBeCloseTo(2 / 3);
    expect(detection!.recall).toBeCloseTo(0.6);
    expect(detection!.f1!.value).toBeCloseTo(12 / 19);
    expect(detection!.f1!.low).toBeGreaterThan(0.3);
    expect(detection!.f1!.high).toBeLessThan(0.9);
  });

  it('a model that always says NO has recall 0, no precision and F1 0', () => {
    const never = [...repeated(4, () => generated('NO')), ...repeated(4, () => real('NO'))];
    const [{ detection, accuracy }] = benchmarkScores(never).parts;
    expect(detection).toMatchObject({ precision: null, recall: 0, truePositives: 0, trueNegatives: 4 });
    expect(detection!.f1).toEqual({ value: 0, low: 0, high: 0 });
    expect(accuracy.value).toBe(0.5);
  });

  it('is of parts that ask of nothing else', () => {
    const { parts } = benchmarkScores([...answers, answer('Academic', 'A')]);
    expect(parts.map(({ name, detection }) => [name, detection !== undefined])).toEqual([
      ['SynthDec', true],
      ['Academic', false],
      ['all', false],
    ]);
  });

  it('is printed with its counts', () => {
    const table = formatBenchmark(benchmarkScores(answers));
    expect(table).toMatch(/generated\? +shown +F1 +precision +recall +TP +FP +FN +TN +unread/);
    expect(table).toMatch(
      /SynthDec +audio\+video +63\.2 % \[[\d.]+, [\d.]+\] +66\.7 % +60\.0 % +6 +3 +2 +5 +2\+1$/m,
    );
  });
});
