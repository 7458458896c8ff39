// Dr. GRPO (arXiv 2503.20783): a constant denominator, so that a completion's length does not change the weight of its
// tokens; used with advantages of mode 'none'.
//
//   L = 1 / (B maxCompletionLength) sum_i sum_t [ -min( r_t A_i, clip(r_t, 1 - eps, 1 + eps_high) A_i ) + beta KL_t ]

import type { Tensor } from '../tensor/index.js';
import { clippedRegions, clippedSurrogate, type PolicyAlgorithm, type PolicyTerms } from './policy-terms.js';

export const drGrpo: PolicyAlgorithm = {
  ratioLevel: 'token',
  tokenLoss: clippedSurrogate,
  aggregate: meanOfLongest,
  clipped: clippedRegions,
};

function meanOfLongest(tokenLoss: Tensor, { mask, numSequences, maxCompletionLength }: PolicyTerms): Tensor {
  if (maxCompletionLength === undefined) {
    throw new RangeError("policyLoss: type 'dr_grpo' divides by maxCompletionLength; give it");
  }
  return tokenLoss
    .mul(mask)
    .sum()
    .div(numSequences * maxCompletionLength);
}
