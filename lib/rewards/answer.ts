// The answer reward: whether a completion's answer is the sample's reference answer. A missing answer scores 0; a sample
// without a reference answer is not scored.

import { checkOptions } from '../tensor/index.js';
import { type AnswerRule, answerRuleKinds, answerScorer } from './answer-score.js';
import type { RewardBatch, RewardFunc, Scores } from './types.js';

export const answerRewardKinds = answerRuleKinds;

/** 1 or 0 for each completion, or with `by: 'judge'` the judge's score in [0, 1]. */
export function answerReward(options: AnswerRule = {}): RewardFunc {
  checkOptions('answerReward', options, answerRewardKinds);
  const score = answerScorer('answerReward', options);
  function answer({ completions, samples, signal }: RewardBatch): Scores | Promise<Scores> {
    return score(completions, samples, signal);
  }
  answer.judge = options.judge;
  return answer;
}
