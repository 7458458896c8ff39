// LUSPO (length-unbiased sequence policy optimization, arXiv 2602.05261): GSPO's loss of a sequence times its length, so
// that long completions are not held back.
//
//   L = 1/B sum_i |y_i| [ -min( s_i A_i, clip(s_i, 1 - eps, 1 + eps_high) A_i ) + beta mean_t KL_t ]

import { gspo } from './gspo.js';
import type { PolicyAlgorithm } from './policy-terms.js';

export const luspo: PolicyAlgorithm = { ...gspo, aggregation: 'seq-mean-token-sum' };
