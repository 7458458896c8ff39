// The completeness reward of OmniVideo-R1 (arXiv 2602.05847, r_comp): whether the spans of a completion, together, hold what
// the answer rests on. The judge is given all of them at once, with the question and the reference answer.

import { checkOptions, required } from '../tensor/index.js';
import { type Judge, type JudgeRequest, judgements, judgeOf } from './judge.js';
import { isInClip, timedCaptions } from './parse.js';
import type { RewardBatch, RewardFunc, Scores } from './types.js';

export interface CompletenessRewardOptions {
  judge: Judge;
}

export const completenessRewardKinds = { judge: required(judgeOf('completeness')) };

/**
 * The judge's score in [0, 1], NaN where it failed. The judge sees the spans that are in the clip; 0 where there is none.
 * Samples without a reference answer are not scored.
 */
export function completenessReward(options: CompletenessRewardOptions): RewardFunc {
  checkOptions('completenessReward', options, completenessRewardKinds);
  const { judge } = options;
  async function completeness({ completions, samples, signal }: RewardBatch): Promise<Scores> {
    const requests: JudgeRequest[] = [];
    const places: number[] = [];
    const scores = samples.map((sample, i): number | null => {
      if (sample.answer === undefined) return null;
      const shown = timedCaptions(completions[i]).filter((timed) => isInClip(timed, sample));
      if (shown.length === 0) return 0;
      places.push(i);
      requests.push({
        kind: 'completeness',
        sample,
        spans: shown.map(({ start, end }) => [start, end]),
        captions: shown.map(({ caption }) => caption),
      });
      return Number.NaN;
    });
    const found = await judgements(judge, requests, signal);
    for (const [k, place] of places.entries()) scores[place] = found[k];
    return scores;
  }
  completeness.judge = judge;
  return completeness;
}
