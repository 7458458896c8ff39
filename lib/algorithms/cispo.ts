// CISPO (MiniMax-M1, arXiv 2506.13585): the ratio is a bounded weight without gradient, so no token's gradient is cut
// off. In TRL epsilonHigh is the weight's absolute upper bound (about 5 in the paper); in verl and others the weight is
// clipped to [1 - epsilon, 1 + epsilonHigh] (cispoBound 'relative').
//
//   L = 1 / (sum_i |y_i|) sum_i sum_t [ -sg(min(r_t, eps_high)) A_i log pi(y_t) + beta KL_t ]

import type { Tensor } from '../tensor/index.js';
import { clippedRegions, type PolicyAlgorithm, type PolicyTerms, weightedLogp } from './policy-terms.js';

export const cispo: PolicyAlgorithm = {
  level: 'token',
  aggregation: 'token-mean',
  tokenLoss: (terms) => weightedLogp(boundedRatio(terms), terms),
  clipped: (terms) => {
    const { ratio, advantages, options } = terms;
    if (options.cispoBound === 'relative') return clippedRegions(terms);
    return {
      low: advantages.lt(-Infinity),
      high: ratio.gt(options.epsilonHigh).logicalAnd(advantages.gt(0)),
    };
  },
};

function boundedRatio({ ratio, options: { cispoBound, epsilon, epsilonHigh } }: PolicyTerms): Tensor {
  return cispoBound === 'relative'
    ? ratio.clamp(1 - epsilon, 1 + epsilonHigh)
    : ratio.clamp({ max: epsilonHigh });
}
