/** Majority vote and best of n on paths that were written by hand. */
import type { PathRecord, Sample } from '../../lib/data/index.js';
import { bestOfN, majorityVote } from '../../lib/eval/index.js';
import type { PathScorer } from '../../lib/process/index.js';

const options = ['red', 'blue', 'green'];
const samples: Sample[] = ['p', 'q', 'r', 's'].map((id, i) => ({
  ...{ id, question: id, video: `${i >> 1}.mp4` },
  ...(id === 's' ? { answer: '42' } : { options, answer: 'blue' }),
}));

/** Answers by sample, in the order in which they were sampled; a star: right. */
const answers: Record<string, string[]> = {
  // Two against two: the first that was seen.
  p: ['red', 'B*', 'blue*', 'A'],
  // The letter, the text and another spelling are one answer.
  q: ['red', 'B*', ' Blue.*', 'green'],
  // What gives no answer does not vote.
  r: ['', '', 'green', ''],
  s: ['41', '42*', '42*', '41'],
};

const paths = Object.entries(answers).flatMap(([sampleId, given]) =>
  given.map(
    (text, seed): PathRecord => ({
      ...{ sampleId, seed, path: [`${sampleId}${seed}<end_of_step>`, 'end'], answer: text.replace('*', '') },
      ...{ correct: text.endsWith('*'), tokens: 10 + seed },
    }),
  ),
);

const byId = ({
  chosen,
}: {
  chosen: { sample: Sample; path: PathRecord | null; correct: boolean; rating: number }[];
}) =>
  Object.fromEntries(
    chosen.map(({ sample, path, correct, rating }) => [sample.id, [path?.seed ?? null, correct, rating]]),
  );

describe('majorityVote', () => {
  test('takes the answer of most paths; of equally many, the one that was seen first', async () => {
    const vote = await majorityVote({ samples, paths, n: 4 });
    expect(byId(vote)).toEqual({
      p: [0, false, 2],
      q: [1, true, 2],
      r: [2, false, 1],
      s: [0, false, 2],
    });
    expect(vote.accuracy.value).toBe(0.25);
    expect(vote).toMatchObject({ rollouts: 16, tokens: 4 * (10 + 11 + 12 + 13) });
  });

  test('looks at the first n paths alone, and counts these', async () => {
    const vote = await majorityVote({ samples, paths, n: 3 });
    expect(byId(vote)).toEqual({ p: [1, true, 2], q: [1, true, 2], r: [2, false, 1], s: [1, true, 2] });
    expect(vote).toMatchObject({ accuracy: { value: 0.75 }, rollouts: 12, tokens: 4 * (10 + 11 + 12) });
  });

  test('no answer at all is wrong', async () => {
    const [, , r] = samples;
    const vote = await majorityVote({ samples: [r], paths, n: 2 });
    expect(byId(vote)).toEqual({ r: [null, false, 0] });
    expect(vote.accuracy).toMatchObject({ value: 0, low: 0, high: 0 });
  });

  test('the interval is over clips: questions of one clip are drawn together', async () => {
    // Of the first clip both are right, of the second one of two.
    const { accuracy } = await majorityVote({ samples, paths, n: 3 });
    expect([accuracy.low, accuracy.high]).toEqual([0.5, 1]);
  });
});

describe('bestOfN', () => {
  /** Scores of the two steps by the seed of a path. */
  const steps = [
    [0.9, 0.5],
    [0.6, 0.6],
    [0.2, 1],
    [0.6, 0.6],
  ];
  const asked: { samples: Sample[]; paths: string[][] }[] = [];
  const scorer: PathScorer = async (batch) => {
    asked.push(batch);
    return batch.paths.map(([first]) => steps[Number(first[1])]);
  };

  test.each([
    // min: 0.5, 0.6, 0.2, 0.6; product: 0.45, 0.36, 0.2, 0.36; last: 0.5, 0.6, 1, 0.6. The first of equals.
    ['min', 1, 0.6, 3],
    ['product', 0, 0.45, 0],
    ['last', 2, 1, 3],
  ] as const)('%s of the steps chooses the path', async (reduction, seed, rating, right) => {
    const best = await bestOfN({ samples, paths, n: 4, scorer, reduction });
    for (const chosen of best.chosen) {
      expect(chosen.path?.seed).toBe(seed);
      expect(chosen.rating).toBeCloseTo(rating, 12);
    }
    expect(best.accuracy.value).toBe(right / 4);
    expect(best.rollouts).toBe(16);
  });

  test('asks the scorer once for all paths, each with its sample', async () => {
    asked.length = 0;
    await bestOfN({ samples: samples.slice(1, 3), paths, n: 2, scorer });
    expect(asked).toHaveLength(1);
    expect(asked[0].samples).toEqual([samples[1], samples[1], samples[2], samples[2]]);
    expect(asked[0].paths.map(([first]) => first.slice(0, 2))).toEqual(['q0', 'q1', 'r0', 'r1']);
  });

  test('the least score of the steps counts where nothing else is said', async () => {
    const best = await bestOfN({ samples, paths, n: 4, scorer });
    for (const { path } of best.chosen) expect(path?.seed).toBe(1);
  });

  test.each([
    ['no scores of some paths', (all: number[][]) => all.slice(1)],
    ['too few numbers', (all: number[][]) => all.map(([first]) => [first])],
    ['what is no number', (all: number[][]) => all.map(([first]) => [first, Number.NaN])],
    ['what is no probability', (all: number[][]) => all.map(([first]) => [first, 1.5])],
  ])('%s: refused', async (_, wrong) => {
    const given = { samples: samples.slice(0, 1), paths, n: 2 };
    await expect(bestOfN({ ...given, scorer: async (batch) => wrong(await scorer(batch)) })).rejects.toThrow(
      /bestOfN: scorer: expected 2 numbers for a path of 2 steps of sample 'p', each from 0 to 1, got/,
    );
  });

  test.each<[object, RegExp]>([
    [{ reduction: 'mean' }, /bestOfN: reduction: expected one of min, product, last, got 'mean'/],
    [{ scorer: undefined }, /bestOfN: scorer: expected a function/],
    [{ scorers: scorer }, /bestOfN: no argument named 'scorers'; .*did you mean 'scorer'/],
    [{ topP: 0.5 }, /bestOfN: topP: is of the sampling of paths/],
  ])('%j is refused', async (more, problem) => {
    await expect(bestOfN({ samples, paths, n: 4, scorer, ...more } as never)).rejects.toThrow(problem);
  });

  test('an answer that is missing is chosen like any other, and is wrong', async () => {
    const best = await bestOfN({ samples: [samples[2]], paths, n: 2, scorer });
    expect(best.chosen[0]).toMatchObject({ correct: false, path: { answer: '' } });
  });
});

test('twenty paths of each sample, where nothing else is said', async () => {
  await expect(majorityVote({ samples, paths })).rejects.toThrow("sample 'p' has 4, expected 20 of each");
});

test.each<[string, object, RegExp]>([
  ['fewer paths than n', { samples, paths, n: 5 }, /paths: sample 'p' has 4, expected 5 of each sample/],
  ['neither paths nor a model', { samples }, /expected either paths or the model that samples them/],
  ['both', { samples, paths, model: {} }, /expected either paths or the model/],
  ['no samples', { samples: [], paths }, /samples is empty/],
  ['nothing', undefined as never, /majorityVote: expected an object of named arguments \(samples, n, paths,/],
  [
    'an unknown option beside paths',
    { samples, paths, n: 4, temprature: 1 },
    /majorityVote: no argument named 'temprature'; expected samples, n, paths, .*; did you mean 'temperature'\?/,
  ],
  [
    'an unknown option beside a model',
    { samples, model: {}, numPaths: 4 },
    /majorityVote: no argument named 'numPaths'/,
  ],
  [
    'an option of the sampling beside paths',
    { samples, paths, n: 4, temperature: 1 },
    /majorityVote: temperature: is of the sampling of paths, which are given; leave it out/,
  ],
])('%s: refused', async (_, given, problem) => {
  await expect(majorityVote(given as never)).rejects.toThrow(problem);
});

test('samples paths where a model is given: n of each, with its settings', async () => {
  const calls: unknown[] = [];
  const model = {
    graph: {},
    prepare: async (some: readonly Sample[]) => ({ av: some.map(({ id }) => ({ id })) }),
    samplePrompts: async (prompts: { id: string }[], params: object, { seeds }: { seeds: number[] }) => {
      calls.push({ params, seeds });
      // Right at odd seeds.
      return seeds.map((seed, i) => [
        {
          text: `<answer>${seed % 2 ? 'blue' : 'red'}</answer>`,
          ids: [1, 2, 3],
          logprobs: [],
          finishReason: 'stop',
          i,
          prompts,
        },
      ]);
    },
    // One turn: what is scored is the completion.
    finalAnswers: async (_: unknown, sampled: { text: string }[][]) =>
      sampled.map(([completion]) => [
        {
          ...completion,
          scored: completion.text,
          answer: /<answer>(.*)<.answer>/.exec(completion.text)?.[1],
        },
      ]),
  };
  const vote = await majorityVote({
    model: model as never,
    samples: samples.slice(0, 2),
    n: 3,
    seed: 7,
    temperature: 0.5,
  });
  expect(calls).toMatchObject([{ params: { temperature: 0.5 }, seeds: [7, 8, 9, 7, 8, 9] }]);
  expect(byId(vote)).toEqual({ p: [7, true, 2], q: [7, true, 2] });
});
