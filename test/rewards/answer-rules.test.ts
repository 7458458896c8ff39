// The rules of the answer reward beside the default one; every expected score is worked out by hand.

import { answerReward, type Judge, type JudgeRequest, modalityReward } from '../../lib/rewards/index.js';
import { answering, batchOf, completion, question } from './batch.js';

const open = (answer: string | undefined) => question({ options: undefined, answer });
const scored = (by: 'option' | 'exact' | 'numeric', answers: string[], sample = question()) =>
  answerReward({ by })(batchOf(answers.map(answering), { samples: answers.map(() => sample) }));

test('option: letter or text of the right option; samples without options are not scored', () => {
  expect(scored('option', ['B', 'a blue circle', 'A', 'blue'])).toEqual([1, 1, 0, 0]);
  expect(scored('option', ['B', 'twelve'], open('twelve'))).toEqual([null, null]);
});

test('exact: the text of the reference answer, whatever case and spaces; a letter is not the text', () => {
  expect(scored('exact', ['Twelve  beats.', 'twelve', 'beats'], open('twelve beats'))).toEqual([1, 0, 0]);
  expect(scored('exact', ['a blue circle', 'B'], question({ answer: 'a blue circle' }))).toEqual([1, 0]);
});

describe('numeric', () => {
  test.each([
    ['12', '12', 1],
    ['12', '12.0', 1],
    ['12', 'about 12 beats.', 1],
    ['12', '12 beats', 1],
    ['12 beats', '12', 1],
    ['12', '13', 0],
    ['12', 'twelve', 0],
    ['12', '11 or 12', 0],
    ['0.5', '.5', 1],
    ['0.5', '5e-1', 1],
    ['1250.5', '1,250.5 m', 1],
    ['1250', '1,25', 0],
    ['-3', '-3', 1],
    ['-3', '\u22123', 1],
    ['3', '-3', 0],
    ['50 %', '50%', 1],
    ['0.5', '1/2', 0],
    ['100', '10^2', 0],
    ['102', '10²', 0],
    ['1.2', '1.2.3', 0],
  ])('reference %j, answer %j scores %i', (reference, answer, expected) => {
    expect(scored('numeric', [answer], open(reference))).toEqual([expected]);
  });

  test.each(['twelve', '3 of 4', '3,5', '1e999'])('a reference of %j is not scored', (reference) => {
    expect(scored('numeric', ['12', '3'], open(reference))).toEqual([null, null]);
  });

  test('an option that is named stands for its text', () => {
    const sample = question({ options: ['3 beats', '4 beats'], answer: '4 beats' });
    expect(scored('numeric', ['B', '4', 'four', 'A'], sample)).toEqual([1, 1, 0, 0]);
  });
});

test.each(['option', 'exact', 'numeric'] as const)(
  '%s: a missing answer is wrong, a missing reference is not scored',
  (by) => {
    const sample = question({ options: ['1', '2'], answer: '2' });
    const texts = ['<thinking>2</thinking>', '2'];
    expect(answerReward({ by })(batchOf(texts, { samples: [sample, sample] }))).toEqual([0, 0]);
    expect(scored(by, ['2'], open(undefined))).toEqual([null]);
  },
);

/** A judge that gives the score that the answer itself states; what is no number it cannot judge. */
class Reader implements Judge {
  readonly name = 'reader';
  readonly requests: JudgeRequest[] = [];
  signal?: AbortSignal;
  judge(requests: JudgeRequest[], signal?: AbortSignal): Promise<(number | null)[]> {
    this.requests.push(...requests);
    this.signal = signal;
    const scores = requests.map((request) => Number((request as { answer: string }).answer));
    return Promise.resolve(scores.map((score) => (Number.isNaN(score) ? null : score)));
  }
}

describe('judge', () => {
  test('scores answers; a missing one is 0 and not asked about, a failure is NaN, no reference is null', async () => {
    const judge = new Reader();
    const sample = open('a chirp');
    const texts = [answering('0.75'), 'no answer', answering(' '), answering('?'), answering('1')];
    const samples = [sample, sample, sample, sample, open(undefined)];
    const batch = batchOf(texts, { samples });
    expect(await answerReward({ by: 'judge', judge })(batch)).toEqual([0.75, 0, 0, NaN, null]);
    expect(judge.requests).toEqual([
      { kind: 'answer', sample, answer: '0.75' },
      { kind: 'answer', sample, answer: '?' },
    ]);
    expect(judge.signal).toBe(batch.signal);
  });

  test('nothing to judge asks nothing', async () => {
    const judge: Judge = { name: 'never', judge: () => Promise.reject(new Error('asked')) };
    expect(await answerReward({ by: 'judge', judge })(batchOf(['', 'x']))).toEqual([0, 0]);
  });

  test.each([
    [
      'a score above 1',
      [1.5],
      /judge odd returned 1.5 for sample clip-1\/q-1; expected a number from 0 to 1/,
    ],
    ['NaN', [NaN], /judge odd returned NaN for sample/],
    ['too many scores', [1, 1], /judge odd returned 2 for 1 requests/],
    ['no array', 1, /judge odd returned number for 1 requests/],
  ])('%s is refused', async (_, scores, message) => {
    const judge: Judge = { name: 'odd', judge: () => Promise.resolve(scores as number[]) };
    const reward = answerReward({ by: 'judge', judge });
    await expect(reward(batchOf([answering('B')]))).rejects.toThrow(message);
  });

  test('a judge is given where it judges, and there alone', () => {
    expect(() => answerReward({ by: 'judge' })).toThrow(
      new TypeError("answerReward: judge: expected a judge for by: 'judge'"),
    );
    expect(() => modalityReward({ judge: new Reader() })).toThrow(
      /modalityReward: judge: expected none, since by is not 'judge'/,
    );
  });
});

describe('modality reward by a judge', () => {
  /** Four completions of one sample; what each view's answers are scored. */
  const batch = batchOf(Array(4).fill(''), {
    rollouts: {
      av: ['0.6', '0.6', '0.6', '?'].map(answering).map(completion),
      v: ['0.5', '0.6', '0.7', '0.1'].map(answering).map(completion),
      a: ['0.6', '0.2', '0.1', '0.1'].map(answering).map(completion),
    },
  });

  test.each([
    ['atLeast', [0.3, 0.3, 0, NaN]],
    ['better', [0, 0, 0, NaN]],
  ] as const)('%s compares its scores; one that failed fails the reward', async (rule, expected) => {
    const reward = modalityReward({ by: 'judge', judge: new Reader(), rule });
    expect(await reward(batch)).toEqual(expected);
  });

  test('a failed completion leaves the mean of its group', async () => {
    // Means: 1.8 / 3 = 0.6 with both, 1.9 / 4 with pictures, 1.0 / 4 with sound.
    const reward = modalityReward({ by: 'judge', judge: new Reader(), compare: 'groupMean' });
    expect(await reward(batch)).toEqual([0.3, 0.3, 0.3, 0.3]);
  });
});
