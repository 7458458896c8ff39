import type { Sample } from '../../lib/data/index.js';
import { accuracyTableHtml, wilsonInterval } from '../../lib/report/accuracy-table.js';
import { pickClips } from '../../lib/report/index.js';
import { metricPoints } from '../../lib/report/metric-points.js';
import { align } from '../../lib/report/page/align.js';
import { chartsOf } from '../../lib/report/page/chart-list.js';
import { shortNumber } from '../../lib/report/page/numbers.js';
import { smooth } from '../../lib/report/page/smoothing.js';
import type { MetricsLine } from '../../lib/train/index.js';

test.each([
  [0, '0'],
  [0.1 + 0.2, '0.3'],
  [1250, '1250'],
  [123456, '123456'],
  [0.00002, '2e-5'],
  [2_500_000, '2.5e6'],
  [-0.05, '-0.05'],
  [null, '\u2013'],
])('%f is written %s', (value, text) => {
  expect(shortNumber(value)).toBe(text);
});

test("smoothed values are TensorBoard's: the sum without the bias of its start", () => {
  // By hand, w = 0.5: sums 0.5, 1.75, 1.875; divided by 1 - w^t = 0.5, 0.75, 0.875.
  const smoothed = smooth([1, 3, null, 2], 0.5);
  expect(smoothed[0]).toBe(1);
  expect(smoothed[1]).toBeCloseTo(7 / 3, 12);
  expect(smoothed[2]).toBeNull();
  expect(smoothed[3]).toBeCloseTo(15 / 7, 12);
  expect(smooth([1, 3, null, 2], 0)).toEqual([1, 3, null, 2]);
});

test('series of different steps lie on one axis', () => {
  const series = [
    { steps: [1, 2, 3], values: [5, 6, 7] },
    { steps: [2, 4, 4], values: [8, 9, 10] },
  ];
  expect(align(series)).toEqual({
    steps: [1, 2, 3, 4],
    values: [
      [5, 6, 7, null],
      [null, 8, null, 10],
    ],
  });
});

test('every metric has a chart: its own where it shares none', () => {
  const { charts, others } = chartsOf([
    'loss',
    'reward',
    'rewards/answer/mean',
    'mine',
    'eval_accuracy',
    'eval_accuracy/v',
    'eval_accuracy/av/sight',
    'eval_accuracy/v/a/b',
    'eval_accuracy/av/sound',
    'eval_pass@4/v',
    'rewards/answer/failed',
  ]);
  expect(charts.map(({ kind, names }) => [kind.title, names])).toEqual([
    ['Loss', ['loss']],
    ['Rewards', ['reward', 'rewards/answer/mean']],
    ['Accuracy', ['eval_accuracy', 'eval_accuracy/v']],
    ['Accuracy by kind, audio and video', ['eval_accuracy/av/sight', 'eval_accuracy/av/sound']],
    ['Accuracy by kind, video only', ['eval_accuracy/v/a/b']],
    ['Sampled answers', ['eval_pass@4/v']],
    ['Failed rewards', ['rewards/answer/failed']],
  ]);
  expect(others).toEqual(['mine']);
});

test('throughput is of the tokens and the time since the last line', () => {
  const lines: MetricsLine[] = [
    { step: 10, step_time: 0.5, num_tokens: 1000 },
    { step: 10, eval_loss: 1 },
    { step: 20, step_time: 2, num_tokens: 5000 },
  ];
  const { steps_per_second: steps, tokens_per_second: tokens } = metricPoints(lines);
  expect(steps).toMatchObject({ steps: [10, 20], values: [2, 0.5] });
  // 4,000 tokens in ten steps of two seconds.
  expect(tokens).toMatchObject({ steps: [20], values: [200] });
});

test('long series are thinned from their newest value on, and say so', () => {
  const lines = Array.from({ length: 9000 }, (_, step) => ({ step, loss: 2 * step, kl: Number.NaN }));
  const { loss, ...others } = metricPoints(lines);
  expect(others).toEqual({});
  expect(loss.every).toBe(3);
  expect(loss.steps).toHaveLength(3000);
  expect(loss.steps.slice(-2)).toEqual([8996, 8999]);
  expect(loss.values.at(-1)).toBe(17998);
});

// The score interval worked out in double precision by another program; 8 of 10 is the textbook's .490 to .943.
test.each([
  [8, 10, 0.490162, 0.943318],
  [0, 20, 0, 0.161125],
  [357, 500, 0.672877, 0.75186],
])('Wilson interval of %i of %i', (correct, count, low, high) => {
  const [from, to] = wilsonInterval(correct, count);
  expect(from).toBeCloseTo(low, 4);
  expect(to).toBeCloseTo(high, 4);
});

test('the interval of none and of all lies in [0, 1], and is written without a sign', () => {
  // One end is 0 or 1, the other z^2 / (n + z^2) from it.
  for (let count = 1; count <= 300; count += 1) {
    const far = 1.959964 ** 2 / (count + 1.959964 ** 2);
    const [none, all] = [wilsonInterval(0, count), wilsonInterval(count, count)];
    expect(none).toEqual([expect.closeTo(0, 10), expect.closeTo(far, 10)]);
    expect(all).toEqual([expect.closeTo(1 - far, 10), expect.closeTo(1, 10)]);
    expect(none[0]).toBeGreaterThanOrEqual(0);
    expect(all[1]).toBeLessThanOrEqual(1);
  }
  const cell = { kind: 'all', view: 'av', count: 36, wellFormed: 0, chance: Number.NaN } as const;
  const html = (correct: number) =>
    accuracyTableHtml([{ stage: 's', accuracy: [{ ...cell, correct }] }]).replaceAll(/<[^>]*>/g, ' ');
  expect(html(0)).toContain('0.0 % 0 of 36 0.0 to 9.6');
  expect(html(36)).toContain('100.0 % 36 of 36 90.4 to 100.0');
  expect(html(0)).not.toMatch(/-0|NaN|Infinity/);
});

test('clips are picked by rule: of each kind one that was learned and one that is still wrong', () => {
  const sample = (id: string, kind: string): Sample => ({ id, kind, question: '?' });
  const outcomes: [string, string, boolean, boolean][] = [
    ['s1', 'sight', true, true],
    ['s2', 'sight', false, true],
    ['s3', 'sight', false, false],
    ['s4', 'sight', false, true],
    ['h1', 'sound', true, true],
  ];
  const stage = (index: 2 | 3) =>
    outcomes.map((outcome) => ({
      sample: sample(outcome[0], outcome[1]),
      view: 'av' as const,
      completion: '',
      correct: outcome[index],
      wellFormed: true,
    }));
  const clips = pickClips([
    { name: 'before', answered: stage(2) },
    { name: 'after', answered: stage(3) },
  ]);
  expect(clips.map((clip) => clip.sample.id)).toEqual(['s2', 's3', 'h1']);
  expect(clips[0].answers.map(({ stage: name, correct }) => [name, correct])).toEqual([
    ['before', false],
    ['after', true],
  ]);
});

describe('clips of stages that answered different questions', () => {
  const sample = (id: string, kind = 'both'): Sample => ({ id, kind, question: '?' });
  const stage = (name: string, ...answers: [id: string, correct: boolean, kind?: string][]) => ({
    name,
    answered: answers.map(([id, correct, kind]) => ({
      sample: sample(id, kind),
      view: 'av' as const,
      completion: '',
      correct,
      wellFormed: true,
    })),
  });
  const picked = (...stages: ReturnType<typeof stage>[]) =>
    pickClips(stages).map(({ sample: { id }, answers }) => [id, ...answers.map(({ stage: name }) => name)]);

  test.each([0, 1, 2])('a stage without answers hides no other answers (place %i)', (place) => {
    const stages = [stage('start', ['a', false], ['b', false]), stage('sft', ['a', true], ['b', false])];
    stages.splice(place, 0, stage('alignment'));
    expect(picked(...stages)).toEqual([
      ['a', 'start', 'sft'],
      ['b', 'start', 'sft'],
    ]);
  });

  test('a stage that answered the first questions only leaves the others to the kinds that it lacks', () => {
    const later = [
      ['a', true],
      ['b', true],
      ['c', false, 'sound'],
    ] as [string, boolean, string?][];
    expect(picked(stage('start', ['b', false]), stage('sft', ...later), stage('grpo', ...later))).toEqual([
      ['b', 'start', 'sft', 'grpo'],
      ['c', 'sft', 'grpo'],
    ]);
  });

  test('a run that has answered once, or never', () => {
    expect(picked(stage('start', ['a', true]))).toEqual([['a', 'start']]);
    expect(picked(stage('start'), stage('sft'))).toEqual([]);
  });
});
