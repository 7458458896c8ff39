// SAPO (Soft Adaptive Policy Optimization, arXiv 2511.20347): a smooth gate in the place of the clip, cooler for tokens
// that are pushed down.
//
//   L = 1/B sum_i 1/|y_i| sum_t [ -(4 / tau) sigmoid( tau (r_t - 1) ) A_i + beta KL_t ]
//   tau = 1 where A > 0, else 1.05

import { torch } from '../tensor/index.js';
import type { PolicyAlgorithm } from './policy-terms.js';

export const sapo: PolicyAlgorithm = {
  level: 'token',
  aggregation: 'seq-mean-token-mean',
  tokenLoss({ ratio, advantages, options: { sapoTemperaturePos = 1, sapoTemperatureNeg = 1.05 } }) {
    const like = torch.onesLike(advantages);
    const tau = torch.where(advantages.gt(0), like.mul(sapoTemperaturePos), like.mul(sapoTemperatureNeg));
    return ratio.sub(1).mul(tau).sigmoid().mul(4).div(tau).mul(advantages).neg();
  },
};
