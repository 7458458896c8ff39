// DAPO (arXiv 2503.14476): GRPO's surrogate with the clip's upper side set apart (eps_high > eps) and every token of
// the optimizer step weighing the same, so that long completions are not diluted:
//
//   L = 1 / (sum_i |y_i|) sum_i sum_t [ -min( r_t A_i, clip(r_t, 1 - eps, 1 + eps_high) A_i ) + beta KL_t ]

import { grpo } from './grpo.js';
import type { PolicyAlgorithm } from './policy-terms.js';

export const dapo: PolicyAlgorithm = { ...grpo, aggregation: 'token-mean' };
