// REINFORCE (Williams 1992), and GPG (group policy gradient, arXiv 2504.02546), which is REINFORCE on the advantages of
// mode 'none', scaled by (completions of the batch) / (completions with an advantage). No ratio, so no clip: every token
// of the optimizer step pulls on log pi with its advantage.
//
//   L = 1 / (sum_i |y_i|) sum_i sum_t [ -A_i log pi(y_t) + beta KL_t ]

import { torch } from '../tensor/index.js';
import { type PolicyAlgorithm, weightedLogp } from './policy-terms.js';

export const reinforce: PolicyAlgorithm = {
  level: 'token',
  aggregation: 'token-mean',
  tokenLoss: (terms) => weightedLogp(torch.onesLike(terms.logp.detach()), terms),
};
