// What judges did stands in the metrics of a step: by judge, not by reward.

import { answerReward, consistencyReward, type Judge, modalityReward } from '../../lib/rewards/index.js';
import { judgeMetrics } from '../../lib/train/grpo/judge-metrics.js';

/** A judge that counts how often its metrics were taken. */
function counting(name: string): Judge {
  let taken = 0;
  return { name, judge: async () => [], takeMetrics: () => ({ taken: ++taken }) };
}

test('a judge of several rewards is there once, and the second of a name under a number', () => {
  const [one, two] = [counting('openai'), counting('openai')];
  const silent: Judge = { name: 'silent', judge: async () => [] };
  const rewards = [
    answerReward({ by: 'judge', judge: one }),
    modalityReward({ by: 'judge', judge: one }),
    consistencyReward({ judge: two }),
    consistencyReward({ judge: silent }),
    answerReward(),
  ];
  expect(judgeMetrics(rewards)).toEqual({ 'judge/openai/taken': 1, 'judge/openai-2/taken': 1 });
  expect(judgeMetrics(rewards)).toEqual({ 'judge/openai/taken': 2, 'judge/openai-2/taken': 2 });
});
