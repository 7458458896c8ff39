// The modality-attentive reward of OmniVideo-R1 (arXiv 2602.05847, r_attn): the same policy answers each prompt three
// times, with sight and sound, with sight only and with sound only, and the full view is paid for not being beaten:
//
//     r = alpha  if  a_AV >= a_V and a_AV >= a_A,  else 0          (a = answer score in {0, 1}, alpha = 0.3)
//
// The comparison is not strict: ties are paid. A correct full-view completion therefore always earns alpha, and the
// term separates the wrong ones: those that a single track would have got right earn nothing.

import type { Completion } from '../data/index.js';
import { checkOptions, kinds, oneOf } from '../tensor/index.js';
import { answerScore } from './answer.js';
import type { RewardBatch, RewardFunc } from './types.js';

export interface ModalityRewardOptions {
  /** The reward where the full view is not beaten. Default 0.3. */
  alpha?: number;
  /**
   * 'index' (the paper's code): completion i against completion i of each single-track view.
   * 'groupMean': the prompt's mean score against the mean of each view, the same for the whole group; less noisy.
   */
  compare?: 'index' | 'groupMean';
}

export function modalityReward(options: ModalityRewardOptions = {}): RewardFunc {
  checkOptions('modalityReward', options, { alpha: kinds.number, compare: oneOf('index', 'groupMean') });
  const { alpha = 0.3, compare = 'index' } = options;
  function modality(batch: RewardBatch): (number | null)[] {
    const score = (completions: Completion[]) =>
      completions.map(({ text }, i) => answerScore(text, batch.samples[i]));
    const pool = (scores: (number | null)[]) =>
      compare === 'index' ? scores : groupMeans(scores, batch.samples);
    const [av, v, a] = (['av', 'v', 'a'] as const).map((view) => pool(score(rolloutsOf(batch, view))));
    return av.map((full, i) => {
      if (full === null) return null;
      return full >= Number(v[i]) && full >= Number(a[i]) ? alpha : 0;
    });
  }
  modality.views = ['v', 'a'] as const;
  return modality;
}

export const modality = modalityReward();

function rolloutsOf({ rollouts, completions }: RewardBatch, view: 'av' | 'v' | 'a'): Completion[] {
  const found = rollouts[view];
  if (found?.length !== completions.length) {
    throw new Error(
      `rollouts.${view} has ${found?.length ?? 'no'} completions, expected ${completions.length}: ` +
        'the modality reward needs one completion of each view (av, v, a) for every scored one',
    );
  }
  return found;
}

/** Every score replaced by the mean over its prompt's completions; a prompt is its sample's id. */
function groupMeans(scores: (number | null)[], samples: { id: string }[]): (number | null)[] {
  const sums = new Map<string, { sum: number; count: number }>();
  scores.forEach((score, i) => {
    if (score === null) return;
    const group = sums.get(samples[i].id) ?? { sum: 0, count: 0 };
    sums.set(samples[i].id, { sum: group.sum + score, count: group.count + 1 });
  });
  return scores.map((score, i) => {
    const group = sums.get(samples[i].id);
    return score === null || !group ? null : group.sum / group.count;
  });
}
