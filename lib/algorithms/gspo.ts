// GSPO (Group Sequence Policy Optimization, arXiv 2507.18071): one ratio for a whole completion, the geometric mean of
// its tokens' ratios, clipped as one. Its range is far narrower than a token's: the paper clips at 3e-4 and 4e-4.
//
//   s_i = ( pi(y_i) / pi_old(y_i) )^(1/|y_i|) = exp( mean_t log r_t )
//   L   = 1/B sum_i [ -min( s_i A_i, clip(s_i, 1 - eps, 1 + eps_high) A_i ) + beta mean_t KL_t ]
//
// GSPO-token has the sequence's value and each token's own gradient, for advantages that differ within a completion:
//
//   s_it = sg(s_i) pi(y_t) / sg(pi(y_t))

import { grpo } from './grpo.js';
import type { PolicyAlgorithm } from './policy-terms.js';

export const gspo: PolicyAlgorithm = { ...grpo, level: 'sequence' };

export const gspoToken: PolicyAlgorithm = { ...grpo, level: 'sequence_token' };
