// The temporal reward of T-GRPO (Video-R1, arXiv 2503.21776): the same policy answers each prompt with its frames in order
// and with its frames shuffled, and where order does not hurt, right answers earn a bonus,
//
//     r = bonus  if the answer is right and  mean acc(av) >= ratio x mean acc(shuffled),  else 0
//
// with the means over the completions of the prompt.

import { checkOptions, kinds } from '../tensor/index.js';
import { isCorrect } from './answer-score.js';
import type { RewardBatch, RewardFunc, Scores } from './types.js';
import { groupMeans, rolloutsOf } from './views.js';

export interface TemporalRewardOptions {
  /** Default 0.8. */
  ratio?: number;
  /** Default 0.3. */
  bonus?: number;
}

export const temporalRewardKinds = { ratio: kinds.notNegative, bonus: kinds.number };

/** Samples without a reference answer are not scored. */
export function temporalReward(options: TemporalRewardOptions = {}): RewardFunc {
  checkOptions('temporalReward', options, temporalRewardKinds);
  const { ratio = 0.8, bonus = 0.3 } = options;
  function temporal(batch: RewardBatch): Scores {
    const { completions, samples } = batch;
    const scoresOf = (texts: readonly string[]): Scores =>
      texts.map((text, i) => {
        const correct = isCorrect(text, samples[i]);
        return correct === null ? null : Number(correct);
      });
    const correct = scoresOf(completions);
    const shuffled = scoresOf(rolloutsOf(batch, 'shuffled', 'temporal').map(({ text }) => text));
    const [inOrder, outOfOrder] = [correct, shuffled].map((scores) => groupMeans(scores, samples));
    return correct.map((score, i) => {
      if (score === null) return null;
      return score === 1 && Number(inOrder[i]) >= ratio * Number(outOfOrder[i]) ? bonus : 0;
    });
  }
  temporal.views = ['shuffled'] as const;
  return temporal;
}
