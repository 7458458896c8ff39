// CISPO (MiniMax-M1, arXiv 2506.13585): the ratio is a bounded weight without gradient, so no token's gradient is cut
// off. As in TRL, epsilonHigh is the weight's absolute upper bound (about 5 in the paper), not a distance from 1.
//
//   L = 1 / (sum_i |y_i|) sum_i sum_t [ -sg(min(r_t, eps_high)) A_i log pi(y_t) + beta KL_t ]

import type { Tensor } from '../tensor/index.js';
import { meanOfTokens, type PolicyAlgorithm, type PolicyTerms } from './policy-terms.js';

export const cispo: PolicyAlgorithm = {
  ratioLevel: 'token',
  tokenLoss: ({ logp, ratio, advantages, epsilonHigh }: PolicyTerms): Tensor =>
    ratio.clamp({ max: epsilonHigh }).detach().mul(advantages).mul(logp).neg(),
  aggregate: meanOfTokens,
  clipped: ({ ratio, advantages, epsilonHigh }) => ({
    cispo_clip_ratio: ratio.gt(epsilonHigh).logicalAnd(advantages.gt(0)),
  }),
};
