// Pairs by the rules of process DPO; alphas and gaps are worked out by hand.
import type { PathRecord, StepRecord } from '../../lib/data/index.js';
import { processDpo } from '../../lib/index.js';

type Options = Parameters<typeof processDpo.buildPairs>[0];

const path = (sampleId: string, seed: number, correct: boolean): PathRecord => ({
  ...{ sampleId, seed, correct, answer: '', tokens: 1 },
  path: [`${sampleId}${seed}<end_of_step>`, `\n<answer>${correct}</answer>`],
});

/** @param right of six rollouts */
const step = (right: number, alternativeRight: number, more: Partial<StepRecord> = {}): StepRecord => ({
  ...{ sampleId: 'a', prefix: ['p<end_of_step>'], stepIndex: 1 },
  ...{ step: 'own<end_of_step>', alternative: 'other<end_of_step>' },
  correct: outcomes(right),
  alternativeCorrect: outcomes(alternativeRight),
  ...more,
});

const outcomes = (right: number): boolean[] => [0, 1, 2, 3, 4, 5].map((i) => i < right);

function build(given: Partial<Options>) {
  let dropped: object = {};
  const onDropped: Options['onDropped'] = (counts) => {
    dropped = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  };
  const pairs = processDpo.buildPairs({ paths: [], steps: [], ...given, onDropped });
  return { pairs, dropped };
}

test('a step pair prefers the side with more right rollouts; soft labels are sigma(gap / mu)', () => {
  const { pairs, dropped } = build({ steps: [step(5, 2), step(2, 5), step(3, 4)] });
  const shared = { sampleId: 'a', prefix: ['p<end_of_step>'], kind: 'step' };
  const [own, other] = ['own<end_of_step>', 'other<end_of_step>'];
  expect(pairs).toEqual([
    // sigma(0.5 / 0.25) = sigma(2)
    {
      ...shared,
      chosen: own,
      rejected: other,
      pChosen: 5 / 6,
      pRejected: 2 / 6,
      alpha: expect.closeTo(0.880797, 6),
    },
    {
      ...shared,
      chosen: other,
      rejected: own,
      pChosen: 5 / 6,
      pRejected: 2 / 6,
      alpha: expect.closeTo(0.880797, 6),
    },
    // sigma((1 / 6) / 0.25) = sigma(2 / 3)
    {
      ...shared,
      chosen: other,
      rejected: own,
      pChosen: 4 / 6,
      pRejected: 3 / 6,
      alpha: expect.closeTo(0.660756, 6),
    },
  ]);
  expect(dropped).toEqual({});
});

test('mu sets how sure a gap is; hard labels are 1', () => {
  expect(build({ steps: [step(6, 0)], mu: 0.5 }).pairs[0].alpha).toBeCloseTo(0.880797, 6);
  expect(build({ steps: [step(6, 0), step(3, 4)], labels: 'hard' }).pairs.map(({ alpha }) => alpha)).toEqual([
    1, 1,
  ]);
});

test('equal sides, small gaps and sides without an outcome make no pair, and are counted', () => {
  const steps = [
    step(3, 3),
    step(0, 0),
    step(3, 4),
    step(6, 0, { alternative: 'own<end_of_step>' }),
    step(6, 0, { correct: [] }),
    step(6, 0),
  ];
  const { pairs, dropped } = build({ steps, minGap: 2 / 6 });
  expect(pairs.map(({ pChosen }) => pChosen)).toEqual([1]);
  expect(dropped).toEqual({ equal: 2, belowMinGap: 1, sameText: 1, unscored: 1 });
});

test('no gap below a rollout of six is a rounded one', () => {
  // 4/6 - 3/6 is 1/6 - 2.8e-17 in doubles.
  const steps = [0, 1, 2, 3, 4, 5].map((right) => step(right, right + 1));
  expect(build({ steps }).pairs).toHaveLength(6);
  expect(build({ steps, minGap: 0.17 }).dropped).toEqual({ belowMinGap: 6 });
});

test('means are over the rollouts that were scored', () => {
  const { pairs } = build({ steps: [step(0, 0, { correct: [true, false], alternativeCorrect: [true] })] });
  expect(pairs[0]).toMatchObject({ pChosen: 1, pRejected: 0.5, chosen: 'other<end_of_step>' });
});

test('each wrong path is compared with one right path of its sample', () => {
  const paths = [
    path('a', 0, false),
    path('a', 1, true),
    path('b', 0, true),
    path('a', 2, false),
    path('c', 0, false),
  ];
  const { pairs, dropped } = build({ paths });
  const chosen = 'a1<end_of_step>\n<answer>true</answer>';
  const whole = { prefix: [], pChosen: 1, pRejected: 0, alpha: 1, kind: 'path' };
  expect(pairs).toEqual([
    { ...whole, sampleId: 'a', chosen, rejected: 'a0<end_of_step>\n<answer>false</answer>' },
    { ...whole, sampleId: 'a', chosen, rejected: 'a2<end_of_step>\n<answer>false</answer>' },
  ]);
  expect(dropped).toEqual({ withoutRightPath: 1 });
});

test('path pairs have alpha 1 under soft labels, and at most maxPathPairs stand for a sample', () => {
  const paths = [0, 1, 2, 3].map((seed) => path('a', seed, seed === 3));
  const { pairs, dropped } = build({ paths, maxPathPairs: 2, labels: 'soft' });
  expect(pairs.map(({ rejected, alpha }) => [rejected.slice(0, 2), alpha])).toEqual([
    ['a0', 1],
    ['a1', 1],
  ]);
  expect(dropped).toEqual({ beyondMaxPathPairs: 1 });
});

test('ten path pairs of a sample, where nothing else is said', () => {
  const paths = Array.from({ length: 13 }, (_, seed) => path('a', seed, seed === 12));
  const { pairs, dropped } = build({ paths });
  expect(pairs).toHaveLength(10);
  expect(dropped).toEqual({ beyondMaxPathPairs: 2 });
});

test('the seed draws the right path: the same for the same seed, every one of them in the end', () => {
  const right = [0, 1, 2, 3].map((seed) => path('a', seed, true));
  const wrong = Array.from({ length: 40 }, (_, i) => path('a', 10 + i, false));
  const chosen = (seed: number, others: PathRecord[] = []) =>
    build({ paths: [...others, ...right, ...wrong], maxPathPairs: 40, seed })
      .pairs.filter(({ sampleId }) => sampleId === 'a')
      .map((pair) => pair.chosen);
  expect(new Set(chosen(0)).size).toBe(4);
  expect(chosen(0)).not.toEqual(chosen(1));
  // What is drawn for a sample does not depend on the other samples.
  expect(chosen(0, [path('b', 0, true), path('b', 1, false)])).toEqual(chosen(0));
});

test('the pairs of a sample stand together, and its records stay as they are', () => {
  const given = {
    paths: [path('a', 0, false), path('b', 0, false), path('a', 1, true), path('b', 1, true)],
    steps: [step(6, 0, { sampleId: 'b' }), step(6, 0)],
  };
  const before = JSON.stringify(given);
  const { pairs } = build(given);
  expect(pairs.map(({ sampleId, kind }) => `${sampleId} ${kind}`)).toEqual([
    'a path',
    'a step',
    'b path',
    'b step',
  ]);
  expect(JSON.stringify(given)).toBe(before);
});

test.each<[object, string]>([
  [{ mu: 0 }, 'mu: expected a number > 0, got 0'],
  [{ labels: 'both' }, "labels: expected one of soft, hard, got 'both'"],
  [{ minGap: 2 }, 'minGap: expected a number from 0 to 1, got 2'],
  [{ paths: undefined }, 'paths: expected a list'],
  [{ gap: 1 }, 'gap'],
])('%j is refused', (options, message) => {
  expect(() => build(options as Partial<Options>)).toThrow(message);
});
