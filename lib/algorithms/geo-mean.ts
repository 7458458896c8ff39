// GMPO (geometric-mean policy optimization, arXiv 2507.20673): the ratio of a completion is the geometric mean of its
// tokens' ratios, each clipped on the side to which its advantage pushes. epsilon and epsilonHigh bound the log-ratio.
//
//   d_t = log r_t,  d'_t = min(d_t, eps_high) where A >= 0, else max(d_t, -eps)
//   L   = 1/B sum_i -exp( mean_t d'_t ) A_i

import { type Tensor, torch } from '../tensor/index.js';
import { bounded, type PolicyAlgorithm, type PolicyTerms } from './policy-terms.js';

export const geoMean: PolicyAlgorithm = {
  level: 'token',
  aggregation: 'seq-mean-token-mean',
  tokenLoss: (terms) => geometricMean(terms).mul(terms.advantages).neg(),
  clipped: ({ logRatio, advantages, options: { epsilon, epsilonHigh } }) => ({
    low: logRatio.lt(-epsilon).logicalAnd(advantages.lt(0)),
    high: logRatio.gt(epsilonHigh).logicalAnd(advantages.gt(0)),
  }),
};

function geometricMean({ logRatio, advantages, mask, sequences, options }: PolicyTerms): Tensor {
  const clipped = torch.where(
    advantages.lt(0),
    logRatio.clamp({ min: -options.epsilon }),
    logRatio.clamp({ max: options.epsilonHigh }),
  );
  return bounded(sequences.expand(sequences.mean(clipped, mask))).exp();
}
