// Dr. GRPO (arXiv 2503.20783): a constant denominator, so that a completion's length does not change the weight of its
// tokens; used with advantages of mode 'none'.
//
//   L = 1 / (B maxCompletionLength) sum_i sum_t [ -min( r_t A_i, clip(r_t, 1 - eps, 1 + eps_high) A_i ) + beta KL_t ]

import { grpo } from './grpo.js';
import type { PolicyAlgorithm } from './policy-terms.js';

export const drGrpo: PolicyAlgorithm = { ...grpo, aggregation: 'seq-mean-token-sum-norm' };
