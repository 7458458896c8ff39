// The truth table of r_cons: which captions are judged, and what their mean is; every expected mean is worked out by hand.

import { consistencyReward } from '../../lib/rewards/index.js';
import { batchOf, question } from './batch.js';
import { down, judgeBy, timed, withWarnings } from './judged.js';

const sample = question({ duration: 4 });

/** Captions are the scores that the judge gives them; '?' it cannot judge. */
const byCaption = () =>
  judgeBy((request) => {
    const { caption } = request as { caption: string };
    return caption === '?' ? null : Number(caption);
  });

async function scored(text: string) {
  const { judge, requests } = byCaption();
  const [score] = await consistencyReward({ judge })(batchOf([text], { samples: [sample] }));
  return { score, asked: requests.length };
}

test.each([
  ['no caption', 'a red square', 0, 0],
  ['a time without caption', '<time>0.0-1.0</time>', 0, 0],
  ['one caption', timed('0.0-1.0', '0.75'), 0.75, 1],
  ['the mean of two', timed('0.0-1.0', '1') + timed('1.0-2.0', '0.5'), 0.75, 2],
  ['a reversed span', timed('2.0-1.0', '1'), 0, 0],
  ['an empty span', timed('1.0-1.0', '1'), 0, 0],
  ['a span that starts at the end of the clip', timed('4.0-5.0', '1'), 0, 0],
  ['a span that starts behind it', timed('4.5-5.0', '1'), 0, 0],
  ['a span that reaches over it', timed('3.9-5.0', '1'), 1, 1],
  ['a caption without text', timed('0.0-1.0', ' '), 0, 0],
  ['a span that cannot be cut counts in the mean', timed('0.0-1.0', '1') + timed('9.0-9.5', '1'), 0.5, 1],
  ['one that could not be judged leaves the mean', timed('0.0-1.0', '0.5') + timed('1.0-2.0', '?'), 0.5, 2],
  [
    'a failure beside a span that cannot be cut',
    timed('0.0-1.0', '?') + timed('1.0-2.0', '1') + timed('2.0-1.0', '1'),
    0.5,
    2,
  ],
  ['all judgements failed', timed('0.0-1.0', '?') + timed('1.0-2.0', '?'), NaN, 2],
  ['all judgements failed, and a span cannot be cut', timed('0.0-1.0', '?') + timed('5.0-6.0', '1'), NaN, 1],
])('%s', async (_, text, score, asked) => {
  expect(await scored(text)).toEqual({ score, asked });
});

test('without a known duration no span is behind the end', async () => {
  const { judge, requests } = byCaption();
  const batch = batchOf([timed('90.0-91.0', '1')]);
  expect(await consistencyReward({ judge })(batch)).toEqual([1]);
  expect(requests).toEqual([{ kind: 'consistency', sample: batch.samples[0], span: [90, 91], caption: '1' }]);
});

test('captions of all completions are judged at once, and go back to their completions', async () => {
  const { judge, requests } = byCaption();
  const ask = jest.spyOn(judge, 'judge');
  const texts = [timed('0.0-1.0', '0.25') + timed('1.0-2.0', '0.75'), 'none', timed('3.0-4.0', '1')];
  const batch = batchOf(texts, { samples: texts.map(() => sample) });
  const reward = consistencyReward({ judge });
  expect(reward.name).toBe('consistency');
  expect(await reward(batch)).toEqual([0.5, 0, 1]);
  expect(ask).toHaveBeenCalledTimes(1);
  expect(ask).toHaveBeenCalledWith(requests, batch.signal);
});

test('a judge that throws stops nothing: its completions are NaN, the others keep their score, a warning tells', async () => {
  const batch = batchOf(['none', timed('0.0-1.0', 'x')]);
  const { result, warnings } = await withWarnings(async () => consistencyReward({ judge: down })(batch));
  expect(result).toEqual([0, NaN]);
  expect(warnings).toEqual([
    'judge down failed; completions of the samples clip-1/q-1 are left out of the step: no route to host; where it fails so again, metrics alone count it',
  ]);
});

test('a judge that fails is warned of once for each of its problems', async () => {
  const problems = ['busy', 'busy', 'gone', 'busy'];
  const judge = { name: 'ailing', judge: async () => Promise.reject(new Error(problems.shift())) };
  const reward = consistencyReward({ judge });
  const { result, warnings } = await withWarnings(async () => {
    const scores = [];
    for (let step = 0; step < 4; step++) scores.push(await reward(batchOf([timed('0.0-1.0', 'x')])));
    return scores;
  });
  expect(result).toEqual([[NaN], [NaN], [NaN], [NaN]]);
  expect(warnings).toEqual([
    expect.stringMatching(/^judge ailing failed; .*: busy;/),
    expect.stringMatching(/^judge ailing failed; .*: gone;/),
  ]);
});

test('once the step is aborted, what the judge throws ends it', async () => {
  const controller = new AbortController();
  controller.abort();
  const batch = batchOf([timed('0.0-1.0', 'x')], { signal: controller.signal });
  await expect(consistencyReward({ judge: down })(batch)).rejects.toThrow('no route to host');
});

test.each([
  [{}, /consistencyReward: judge: expected a judge .* of captions, got undefined/],
  [{ judge: { name: 'x' } }, /consistencyReward: judge: expected a judge/],
  [{ judge: { ...down, kinds: ['answer'] } }, /consistencyReward: judge: expected a judge .* of captions/],
])('%j is refused', (options, message) => {
  expect(() => consistencyReward(options as never)).toThrow(message);
});
