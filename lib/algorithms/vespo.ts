// VESPO (variational sequence-level soft policy optimization, arXiv 2602.10693): a completion's log-probabilities are
// weighed by a gamma kernel of its whole ratio w, correction for the sampler included, that falls off on both sides of 1.
//
//   phi(w) = exp(lambda) w^k exp(-lambda w)       L = 1 / (sum_i |y_i|) sum_i sum_t -sg(phi(w_i)) A_i log pi(y_t)
//   k = 2, lambda = 3 where A >= 0, else k = 3, lambda = 2

import { type Tensor, torch } from '../tensor/index.js';
import {
  bounded,
  MAX_LOG_RATIO,
  type PolicyAlgorithm,
  type PolicyTerms,
  weightedLogp,
} from './policy-terms.js';

const LEAST_WEIGHT = Math.log(1e-8);

export const vespo: PolicyAlgorithm = {
  level: 'token',
  aggregation: 'token-mean',
  corrects: true,
  tokenLoss: (terms) => weightedLogp(gammaWeight(terms), terms),
};

function gammaWeight({ logRatio, correction, mask, advantages, sequences, options }: PolicyTerms): Tensor {
  const { vespoKPos = 2, vespoLambdaPos = 3, vespoKNeg = 3, vespoLambdaNeg = 2 } = options;
  const logCorrection = correction.log().clamp(LEAST_WEIGHT, MAX_LOG_RATIO).mul(mask);
  const logW = sequences
    .expand(sequences.sum(bounded(logRatio).add(logCorrection)))
    .clamp(LEAST_WEIGHT, MAX_LOG_RATIO);
  const phi = (k: number, lambda: number) => logW.mul(k).sub(logW.exp().mul(lambda)).add(lambda).exp();
  return torch.where(advantages.ge(0), phi(vespoKPos, vespoLambdaPos), phi(vespoKNeg, vespoLambdaNeg));
}
