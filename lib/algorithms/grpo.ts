// GRPO (Group Relative Policy Optimization, DeepSeekMath, arXiv 2402.03300): short and long completions weigh the same.
//
//   r_t = pi(y_t) / pi_old(y_t)
//   L   = 1/B sum_i 1/|y_i| sum_t [ -min( r_t A_i, clip(r_t, 1 - eps, 1 + eps_high) A_i ) + beta KL_t ]

import { clippedRegions, clippedSurrogate, type PolicyAlgorithm } from './policy-terms.js';

export const grpo: PolicyAlgorithm = {
  level: 'token',
  aggregation: 'seq-mean-token-mean',
  tokenLoss: clippedSurrogate,
  clipped: clippedRegions,
};
