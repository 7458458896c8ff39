// Whether rewards differ: one rule for the groups that are admitted, for `frac_reward_zero_std` and for the warning of equal rewards.

import { statistics } from '../../algorithms/index.js';

/** TRL's bound of a standard deviation that counts as 0 (torch.isclose): sums of equal scores differ by rounding. */
const zeroStd = 1e-8;

/** NaN, not scored, is no value. */
export function rewardsDiffer(rewards: readonly number[]): boolean {
  return statistics(rewards).std > zeroStd;
}
