// The consistency reward of OmniVideo-R1 (arXiv 2602.05847, r_cons): whether the captions of a completion tell what is in
// their spans,
//
//     r = mean over its timed captions of J(span, caption)          (J = the judge's score, in [0, 1])
//
// The published code leaves spans that it cannot cut out of the mean, so that a policy adds any number of them for nothing;
// here they score 0.

import { checkOptions, required } from '../tensor/index.js';
import { type Judge, type JudgeRequest, judgements, judgeOf } from './judge.js';
import { isInClip, timedCaptions } from './parse.js';
import type { RewardBatch, RewardFunc, Scores } from './types.js';

export interface ConsistencyRewardOptions {
  judge: Judge;
}

export const consistencyRewardKinds = { judge: required(judgeOf('consistency')) };

/**
 * 0 without a caption. A caption without text, or whose span is empty, reversed or outside the clip, scores 0 and is not
 * asked about. Captions on which the judge failed leave the mean; NaN where it failed on all.
 */
export function consistencyReward(options: ConsistencyRewardOptions): RewardFunc {
  checkOptions('consistencyReward', options, consistencyRewardKinds);
  const { judge } = options;
  async function consistency({ completions, samples, signal }: RewardBatch): Promise<Scores> {
    const requests: JudgeRequest[] = [];
    const captions = completions.map((text, i) => {
      const sample = samples[i];
      const all = timedCaptions(text);
      const first = requests.length;
      for (const timed of all) {
        const { start, end, caption } = timed;
        if (caption !== '' && isInClip(timed, sample))
          requests.push({ kind: 'consistency', sample, span: [start, end], caption });
      }
      return { count: all.length, asked: [first, requests.length] };
    });
    const scores = await judgements(judge, requests, signal);
    return captions.map(({ count, asked }) => {
      if (count === 0) return 0;
      const all = scores.slice(...asked);
      const judged = all.filter((score) => !Number.isNaN(score));
      if (all.length > 0 && judged.length === 0) return Number.NaN;
      return judged.reduce((sum, score) => sum + score, 0) / (count - all.length + judged.length);
    });
  }
  consistency.judge = judge;
  return consistency;
}
