// The self-check's formulas on a model whose likelihoods are known in closed form (stub-model.ts), and what they make of
// completions that try to earn more than honest ones.

import type { Sample } from '../../lib/data/index.js';
import { selfCheck } from '../../lib/judges/index.js';
import {
  answerReward,
  completenessReward,
  consistencyReward,
  type JudgeRequest,
} from '../../lib/rewards/index.js';
import { batchOf } from '../rewards/batch.js';
import { timed, withWarnings } from '../rewards/judged.js';
import { logprob, stubModel } from './stub-model.js';

const sample: Sample = { id: 's', video: 'clip.mp4', question: 'what?', answer: 'red', duration: 4 };
/** Red is seen from 1.0 to 2.0, a bell heard from 3.0 to 3.5. */
const clip = { seen: { 2: 'red', 3: 'red' }, heard: { 6: 'bell' } };

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const [none, one, two] = [0, 1, 2].map((shown) => logprob(shown));

function consistency(span: [number, number], caption: string): JudgeRequest {
  return { kind: 'consistency', sample, span, caption };
}

function completeness(...spans: [number, number][]): JudgeRequest {
  return { kind: 'completeness', sample, spans, captions: spans.map(() => 'x') };
}

async function judged(request: JudgeRequest, options = {}) {
  const { model } = stubModel({ 'clip.mp4': clip });
  const [score] = await selfCheck({ model, temperature: 2, ...options }).judge([request]);
  return score as number;
}

describe('consistency', () => {
  test.each<[string, [number, number], string, number]>([
    ['a caption of what is seen', [1, 2], 'red', sigmoid((two - none) / 2)],
    ['of what is heard', [3, 3.5], 'bell', sigmoid((one - none) / 2)],
    ['of what a window shows', [3.5, 4], 'red', sigmoid((none - one) / 2)],
    ['of what is nowhere', [1, 2], 'blue', sigmoid((logprob(0, [2]) - none) / 2)],
    ['a half of what is there: the other half is no window', [1, 1.5], 'red', sigmoid((one - none) / 2)],
    ['the mean over tokens', [1, 2], 'red blue', sigmoid(((two + logprob(0, [2])) / 2 - none) / 2)],
    ['a span behind the end is cut there', [3, 9], 'bell', sigmoid((one - none) / 2)],
    ['a span outside the clip', [4, 5], 'red', 0],
    ['a reversed span', [2, 1], 'red', 0],
    ['the whole clip', [0, 4], 'red', 0],
    ['all but a half second', [0, 3.5], 'red', sigmoid((logprob(2, [1]) - none) / 2)],
  ])('%s', async (_, span, caption, expected) => {
    expect(await judged(consistency(span, caption))).toBeCloseTo(expected, 5);
  });
});

describe('completeness', () => {
  test('the question is asked without the instruction', async () => {
    const { model, counts } = stubModel({ 'clip.mp4': clip });
    const asked = { ...sample, system: 'Look.', instruction: 'Write captions.' };
    await selfCheck({ model }).judge([{ ...completeness([1, 2]), sample: asked } as JudgeRequest]);
    expect([...counts.questions]).toEqual(['what?']);
  });

  // Without the spans, what they do not show of the clip: the bell is one other word.
  test.each<[string, [number, number][], number]>([
    ['the evidence', [[1, 2]], sigmoid((two - logprob(0, [1])) / 2)],
    ['a half of it', [[1, 1.5]], sigmoid((one - logprob(1, [1])) / 2)],
    ['something else', [[3, 3.5]], sigmoid((logprob(0, [1]) - two) / 2)],
    [
      'the evidence and more: half of the clip has no penalty',
      [
        [1, 2],
        [3, 4],
      ],
      sigmoid((logprob(2, [1]) - none) / 2),
    ],
    ['three quarters of the clip', [[1, 4]], sigmoid((logprob(2, [1]) - none) / 2) * (0.5 / 0.75) ** 2],
    [
      'the same span twice counts once',
      [
        [1, 2],
        [1, 2],
      ],
      sigmoid((two - logprob(0, [1])) / 2),
    ],
    ['the whole clip', [[0, 4]], 0],
    ['no span in the clip', [[5, 6]], 0],
  ])('%s', async (_, spans, expected) => {
    expect(await judged(completeness(...spans))).toBeCloseTo(expected, 5);
  });

  test('an option counts by its letter or its text, whichever is likelier', async () => {
    const options = ['red', 'blue'];
    for (const [seen, expected] of [
      ['red', sigmoid((one - none) / 2)],
      ['A', sigmoid((one - none) / 2)],
    ] as const) {
      const { model } = stubModel({ 'clip.mp4': { seen: { 0: seen } } });
      const request = { ...completeness([0, 0.5]), sample: { ...sample, options } } as JudgeRequest;
      expect((await selfCheck({ model, temperature: 2 }).judge([request]))[0]).toBeCloseTo(expected, 5);
    }
  });
});

test('the temperature is 0.1 by default', async () => {
  const request = consistency([0, 0.5], 'blue');
  expect(await judged(request, { temperature: undefined })).toBeCloseTo(0.5, 5);
  const { model } = stubModel({ 'clip.mp4': { seen: { 0: 'red', 1: 'blue' } } });
  const [score] = await selfCheck({ model }).judge([consistency([0, 0.5], 'nothing')]);
  expect(score).toBeCloseTo(sigmoid((logprob(0, [1]) - none) / 0.1), 5);
});

test('captions are asked for without the question of the sample, by the given questions', async () => {
  const { model, counts } = stubModel({ 'clip.mp4': clip });
  await selfCheck({ model, captionQuestions: ['From {start}?', 'Until {end}?'] }).judge([
    consistency([1.1, 1.4], 'red'),
  ]);
  // Times of what is shown: half a second, and the windows beside it. All are as likely: the first question counts.
  expect([...counts.questions]).toEqual(['From 1.0?', 'Until 1.5?', 'From 0.0?', 'From 2.5?']);
});

describe('what a step asks together', () => {
  const two = (span: string) => timed(span, 'red') + timed('3.0-3.5', 'bell');

  test('both rewards of all completions take two passes, and every track passes its tower once', async () => {
    const { model, counts } = stubModel({ 'clip.mp4': clip, 'other.mp4': {} });
    const judge = selfCheck({ model });
    const texts = [two('1.0-2.0'), two('0.0-1.0'), two('1.0-2.0'), two('1.5-2.5')];
    const samples = texts.map((_, i) => (i < 3 ? sample : { ...sample, id: 't', video: 'other.mp4' }));
    const batch = batchOf(texts, { samples });
    const [cons, comp] = await Promise.all([
      consistencyReward({ judge })(batch),
      completenessReward({ judge })(batch),
    ]);
    expect(counts).toMatchObject({ vision: 2, audio: 2, passes: 2 });
    // A completion's scores do not depend on the others.
    expect(cons[0]).toBe(cons[2]);
    const alone = batchOf(texts.slice(1, 2), { samples: [sample] });
    expect(await consistencyReward({ judge })(alone)).toEqual([cons[1]]);
    expect(await completenessReward({ judge })(alone)).toEqual([comp[1]]);
  });

  test('requests are one only where sample, span and caption are', async () => {
    const { model } = stubModel({ 'clip.mp4': clip, 'other.mp4': {} });
    const other = { ...sample, id: 't', video: 'other.mp4' };
    const scores = await selfCheck({ model, temperature: 2 }).judge([
      consistency([1, 2], 'red'),
      completeness([1, 2]),
      consistency([1, 2], 'blue'),
      consistency([3, 3.5], 'red'),
      consistency([1, 2], 'red'),
      { kind: 'consistency', sample: other, span: [1, 2], caption: 'red' },
      completeness([3, 3.5]),
      completeness([1, 2]),
    ]);
    const expected = [
      logprob(2) - none,
      logprob(2) - logprob(0, [1]),
      logprob(0, [2]) - none,
      // The window before the bell shows red.
      logprob(0, [1]) - one,
      logprob(2) - none,
      0,
      logprob(0, [1]) - logprob(2),
      logprob(2) - logprob(0, [1]),
    ];
    expect(scores).toEqual(expected.map((difference) => expect.closeTo(sigmoid(difference / 2), 5)));
  });

  test('a clip that cannot be read is a failure of its completions alone', async () => {
    const { model } = stubModel({ 'clip.mp4': clip });
    const samples = [sample, { ...sample, id: 't', video: 'gone.mp4' }];
    const batch = batchOf([two('1.0-2.0'), two('1.0-2.0')], { samples });
    const judge = selfCheck({ model });
    const reward = consistencyReward({ judge });
    const { result, warnings } = await withWarnings(async () => [await reward(batch), await reward(batch)]);
    const scores = [expect.closeTo(1, 3), NaN];
    expect(result).toEqual([scores, scores]);
    expect(warnings).toEqual(['self-check: gone.mp4: no such file']);
    expect(judge.takeMetrics?.()).toEqual({ requests: 8, failed: 4, seconds: expect.any(Number) });
    expect(judge.takeMetrics?.()).toEqual({ requests: 0, failed: 0, seconds: 0 });
  });

  test('an aborted call is rejected with its reason; others in the same turn are judged', async () => {
    const { model } = stubModel({ 'clip.mp4': clip });
    const judge = selfCheck({ model });
    const ended = judge.judge([consistency([1, 2], 'red')], AbortSignal.abort(new Error('enough')));
    const wanted = judge.judge([consistency([1, 2], 'red')]);
    await expect(ended).rejects.toThrow('enough');
    expect(await wanted).toEqual([expect.closeTo(1, 3)]);
  });
});

test('answers are refused: where the reward is made, and by the judge itself', async () => {
  const judge = selfCheck({ model: stubModel({ 'clip.mp4': clip }).model });
  expect(() => answerReward({ by: 'judge', judge })).toThrow(/judge: expected a judge .* of answers/);
  await expect(judge.judge([{ kind: 'answer', sample, answer: 'red' }])).rejects.toThrow(
    /self-check: sample s: it judges captions and spans, not answers/,
  );
});

describe('what does not pay', () => {
  /** Red, then blue, and a bell; the answer rests on red and the bell. */
  const { model } = stubModel({
    'clip.mp4': { seen: { 1: 'red', 2: 'red', 4: 'blue' }, heard: { 6: 'bell' } },
  });
  const asked = { ...sample, answer: 'red bell' };
  const judge = selfCheck({ model });

  async function earned(text: string): Promise<number> {
    const batch = batchOf([text], { samples: [asked] });
    const rewards = [consistencyReward({ judge }), completenessReward({ judge })];
    const scores = await Promise.all(rewards.map((reward) => reward(batch)));
    return scores.flat().reduce<number>((sum, score) => sum + Number(score), 0);
  }

  const short = (start: number, step: number, caption: (i: number) => string) =>
    Array.from({ length: 20 }, (_, i) => {
      const from = start + i * step;
      return timed(`${from.toFixed(2)}-${(from + step / 2).toFixed(3)}`, caption(i));
    }).join('');

  test.each([
    ['one span over the whole clip', timed('0.0-4.0', 'red bell')],
    ['one span over nearly all of it', timed('0.0-3.5', 'red bell')],
    ['one caption for every span', timed('0.5-1.5', 'red') + timed('3.0-3.5', 'red')],
    ['the answer as the caption of every span', timed('0.5-1.5', 'red bell') + timed('3.0-3.5', 'red bell')],
    ['20 short spans over the clip', short(0, 0.2, (i) => (i % 2 ? 'bell' : 'red'))],
    ['20 short spans in one event', short(0.5, 0.05, () => 'red')],
    ['spans beside the events', timed('1.5-2.5', 'red') + timed('2.5-3.0', 'bell')],
    ['captions of the other spans', timed('0.5-1.5', 'bell') + timed('3.0-3.5', 'red')],
    [
      'junk beside the right spans',
      timed('0.5-1.5', 'red') + timed('3.0-3.5', 'bell') + timed('0.0-0.5', 'blue'),
    ],
  ])('%s', async (_, text) => {
    const reference = await earned(timed('0.5-1.5', 'red') + timed('3.0-3.5', 'bell'));
    expect(reference).toBeGreaterThan(1.5);
    expect(await earned(text)).toBeLessThan(reference - 0.1);
  });
});
