// The truth table of r_comp: one judgement for each completion, over the spans that are in the clip.

import { completenessReward } from '../../lib/rewards/index.js';
import { batchOf, question } from './batch.js';
import { down, judgeBy, timed, withWarnings } from './judged.js';

const sample = question({ duration: 4 });
const two = timed('2.0-3.0', 'b') + timed('0.0-1.0', 'a');

test('one judgement over all spans, in the order of the completion', async () => {
  const { judge, requests } = judgeBy(() => 0.75);
  const reward = completenessReward({ judge });
  expect(reward.name).toBe('completeness');
  expect(await reward(batchOf([two], { samples: [sample] }))).toEqual([0.75]);
  expect(requests).toEqual([
    {
      kind: 'completeness',
      sample,
      spans: [
        [2, 3],
        [0, 1],
      ],
      captions: ['b', 'a'],
    },
  ]);
});

test.each([
  ['no caption', 'a red square', [0], 0],
  ['no span in the clip', timed('4.0-5.0', 'x') + timed('2.0-1.0', 'y'), [0], 0],
  ['a judge that cannot tell', `${timed('0.0-1.0', 'x')}?`, [NaN], 1],
])('%s', async (_, text, scores, asked) => {
  const { judge, requests } = judgeBy(() => null);
  expect(await completenessReward({ judge })(batchOf([text], { samples: [sample] }))).toEqual(scores);
  expect(requests).toHaveLength(asked);
});

test('spans outside the clip do not reach the judge', async () => {
  const { judge, requests } = judgeBy(() => 1);
  const text = timed('3.0-2.0', 'x') + timed('1.0-2.0', 'y') + timed('4.0-5.0', 'z');
  expect(await completenessReward({ judge })(batchOf([text], { samples: [sample] }))).toEqual([1]);
  expect(requests).toMatchObject([{ spans: [[1, 2]], captions: ['y'] }]);
});

test('does not apply without a reference answer; each score goes to its completion', async () => {
  const { judge } = judgeBy((request) => (request.sample.id === 'second' ? 0.25 : 0.5));
  const samples = [question({ answer: undefined }), sample, question({ id: 'second' })];
  const batch = batchOf([two, two, two], { samples });
  expect(await completenessReward({ judge })(batch)).toEqual([null, 0.5, 0.25]);
});

test('a judge that throws leaves completions without captions at 0', async () => {
  const { result, warnings } = await withWarnings(async () =>
    completenessReward({ judge: down })(batchOf([two, 'none'])),
  );
  expect(result).toEqual([NaN, 0]);
  expect(warnings).toHaveLength(1);
});
