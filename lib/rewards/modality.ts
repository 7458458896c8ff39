// The modality-attentive reward of OmniVideo-R1 (arXiv 2602.05847, r_attn): the same policy answers each prompt three
// times, with pictures and sound, with pictures only and with sound only, and the full view earns alpha for not being
// beaten:
//
//     r = alpha  if  a_AV >= a_V and a_AV >= a_A,  else 0          (a = answer score, alpha = 0.3)
//
// The published comparison is not strict: ties earn alpha. With scores of 0 and 1 a correct full-view completion therefore
// always earns it, and the term separates the wrong ones: those that a single track would have got right earn nothing.

import { checkOptions, kinds, oneOf } from '../tensor/index.js';
import { type AnswerRule, answerRuleKinds, answerScorer } from './answer-score.js';
import type { RewardBatch, RewardFunc, Scores } from './types.js';
import { groupMeans, rolloutsOf } from './views.js';

export interface ModalityRewardOptions extends AnswerRule {
  /**
   * Default 'option', which leaves open questions out: their answers are seldom right to the letter, and three scores of 0
   * would earn every completion alpha. 'judge' compares them too.
   */
  by?: AnswerRule['by'];
  /** The reward where the full view is not beaten. Default 0.3. */
  alpha?: number;
  /**
   * 'index' (default, the paper's code): completion i against completion i of each single-track view.
   * 'groupMean': the prompt's mean score against the mean of each view, the same for the whole group; less noisy.
   */
  compare?: 'index' | 'groupMean';
  /** 'atLeast' (default): the published comparison. 'better': the full view has to beat each single track, ties earn 0. */
  rule?: 'atLeast' | 'better';
}

export const modalityRewardKinds = {
  alpha: kinds.number,
  compare: oneOf('index', 'groupMean'),
  rule: oneOf('atLeast', 'better'),
  ...answerRuleKinds,
};

const views = ['av', 'v', 'a'] as const;

export function modalityReward(options: ModalityRewardOptions = {}): RewardFunc {
  checkOptions('modalityReward', options, modalityRewardKinds);
  const { alpha = 0.3, compare = 'index', rule = 'atLeast', by = 'option', judge } = options;
  const score = answerScorer('modalityReward', { by, judge });
  const holds = (full: number, single: number): boolean =>
    rule === 'better' ? full > single : full >= single;

  async function modality(batch: RewardBatch): Promise<Scores> {
    const { samples, signal } = batch;
    const [av, v, a] = await Promise.all(
      views.map(async (view) => {
        const texts = rolloutsOf(batch, view, 'modality').map(({ text }) => text);
        const scores = await score(texts, samples, signal);
        return compare === 'index' ? scores : groupMeans(scores, samples);
      }),
    );
    return av.map((full, i) => {
      // Whether the rule applies is the sample's alone, so the three are null together.
      if (full === null) return null;
      const singles = [Number(v[i]), Number(a[i])];
      if ([full, ...singles].some(Number.isNaN)) return Number.NaN;
      return singles.every((single) => holds(full, single)) ? alpha : 0;
    });
  }
  modality.views = ['v', 'a'] as const;
  modality.judge = judge;
  return modality;
}
