// The modality-attentive reward of OmniVideo-R1 (arXiv 2602.05847, r_attn): the same policy answers each prompt three
// times, with pictures and sound, with pictures only and with sound only, and the full view earns alpha for not being
// beaten:
//
//     r = alpha  if  a_AV >= a_V and a_AV >= a_A,  else 0          (a = answer score, alpha = 0.3)
//
// The published comparison is not strict: ties earn alpha. With scores of 0 and 1 a correct full-view completion therefore
// always earns it, and the term separates the wrong ones: those that a single track would have got right earn nothing.

import type { Completion, Sample } from '../data/index.js';
import { checkOptions, kinds, oneOf } from '../tensor/index.js';
import { type AnswerRule, answerRuleKinds, answerScorer } from './answer-score.js';
import type { RewardBatch, RewardFunc, Scores } from './types.js';

export interface ModalityRewardOptions extends AnswerRule {
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
  const { alpha = 0.3, compare = 'index', rule = 'atLeast', ...answerRule } = options;
  const score = answerScorer('modalityReward', answerRule);
  const holds = (full: number, single: number): boolean =>
    rule === 'better' ? full > single : full >= single;

  async function modality(batch: RewardBatch): Promise<Scores> {
    const { samples, signal } = batch;
    const [av, v, a] = await Promise.all(
      views.map(async (view) => {
        const texts = rolloutsOf(batch, view).map(({ text }) => text);
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
  return modality;
}

function rolloutsOf({ rollouts, completions }: RewardBatch, view: (typeof views)[number]): Completion[] {
  const found = rollouts[view];
  if (found?.length !== completions.length) {
    throw new Error(
      `rollouts.${view} has ${found?.length ?? 'no'} completions, expected ${completions.length}: ` +
        'the modality reward needs one completion of each view (av, v, a) for every scored one',
    );
  }
  return found;
}

/** Every score replaced by the mean over those of its prompt's completions that did not fail; a prompt is its sample's id. */
function groupMeans(scores: Scores, samples: readonly Sample[]): Scores {
  const sums = new Map<string, { sum: number; count: number }>();
  scores.forEach((score, i) => {
    const group = sums.get(samples[i].id) ?? { sum: 0, count: 0 };
    if (score !== null && !Number.isNaN(score)) {
      group.sum += score;
      group.count += 1;
    }
    sums.set(samples[i].id, group);
  });
  return scores.map((score, i) => {
    const { sum, count } = sums.get(samples[i].id) as { sum: number; count: number };
    return score === null ? null : sum / count;
  });
}
