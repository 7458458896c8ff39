// Which groups a GRPO step trains on, and further prompts in the place of those that are refused (DAPO's dynamic
// sampling, arXiv 2503.14476).

import { statistics } from '../../algorithms/index.js';
import type { RewardFunc } from '../../rewards/index.js';
import { ConfigError, type GRPOConfig } from '../config.js';
import type { ScoredGroup } from './groups.js';
import { rewardsDiffer } from './reward-spread.js';

export type Admission = (group: ScoredGroup) => boolean;

/** @throws ConfigError when the rule looks at a reward that there is not */
export function admission(
  { admit, scaleRewards, rewardWeights }: Pick<GRPOConfig, 'admit' | 'scaleRewards' | 'rewardWeights'>,
  rewardFuncs: readonly RewardFunc[],
): Admission {
  if (admit === 'all') return () => true;
  if (admit === 'nonConstant') {
    // normalizeThenSum compares each reward that has a weight by itself: what differs there may cancel out in the sum.
    return scaleRewards === 'normalizeThenSum'
      ? ({ scores }) =>
          scores[0].some((_, k) => rewardWeights?.[k] !== 0 && rewardsDiffer(scores.map((score) => score[k])))
      : ({ rewards }) => rewardsDiffer(rewards);
  }
  if (typeof admit === 'function') return admit;
  const { min, max } = admit;
  const answer = rewardFuncs.findIndex(({ name }) => name === 'answer');
  if (answer < 0) {
    const names = rewardFuncs.map(({ name }) => name).join(', ');
    throw new ConfigError(
      `admit: { min, max } bounds the mean of a reward named 'answer', rewardFuncs has ${names}; add ` +
        'the answer reward, or give a function',
      'admit',
    );
  }
  return ({ scores }) => {
    const { mean } = statistics(scores.map((score) => score[answer]));
    return mean >= min && mean <= max;
  };
}

interface Admitted {
  /** To train on: as many as wanted, or fewer where too many were refused. */
  groups: ScoredGroup[];
  /** All that were sampled. */
  sampled: ScoredGroup[];
}

/** @param draw samples and scores the next prompts of the data */
export async function gather(
  wanted: number,
  draw: (count: number) => Promise<ScoredGroup[]>,
  admits: Admission,
  maxRefillRounds: number,
): Promise<Admitted> {
  const sampled = await draw(wanted);
  const groups = sampled.filter(admits);
  for (let round = 0; round < maxRefillRounds && groups.length < wanted; round++) {
    const more = await draw(wanted - groups.length);
    for (const group of more) {
      sampled.push(group);
      if (admits(group)) groups.push(group);
    }
  }
  return { groups, sampled };
}
