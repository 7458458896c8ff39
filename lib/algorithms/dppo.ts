// DPPO (divergence proximal policy optimization, arXiv 2602.04879): what bounds a token's step is not its ratio but how
// far its probability has moved, against all other tokens together. Rare tokens may double; frequent ones may not.
//
//   dppo_tv   drop where pi - pi_old > eps_high (A > 0), < -eps (A < 0)
//   dppo_kl   drop where KL(pi_old || pi) of the two binary distributions > eps_high or eps, moved in the direction of A
//   L = 1 / (sum_i |y_i|) sum_i sum_t -sg( min(r_t, 20) keep_t ) A_i log pi(y_t)
//
// epsilon and epsilonHigh are thresholds of the divergence; delta is the bound of the weight.

import { type Tensor, torch } from '../tensor/index.js';
import { type PolicyAlgorithm, type PolicyTerms, weightedLogp } from './policy-terms.js';

type TooFar = (terms: PolicyTerms) => Tensor;

const algorithm = (tooFar: TooFar): PolicyAlgorithm => ({
  level: 'token',
  aggregation: 'token-mean',
  tokenLoss(terms) {
    const weight = terms.ratio.clamp({ max: terms.options.delta ?? 20 });
    return weightedLogp(weight.maskedFill(tooFar(terms), 0), terms);
  },
  clipped(terms) {
    const dropped = tooFar(terms);
    return {
      low: dropped.logicalAnd(terms.advantages.lt(0)),
      high: dropped.logicalAnd(terms.advantages.gt(0)),
    };
  },
});

export const dppoTv = algorithm(({ logp, oldLogp, advantages, options }) => {
  const moved = logp.exp().sub(oldLogp.exp());
  return torch.where(advantages.gt(0), moved.gt(options.epsilonHigh), moved.lt(-options.epsilon));
});

export const dppoKl = algorithm(({ logp, oldLogp, advantages, options }) => {
  const [p, pOld] = [logp.exp(), oldLogp.exp()];
  const rest = pOld
    .neg()
    .add(1 + 1e-8)
    .div(p.neg().add(1 + 1e-8));
  const kl = pOld.mul(oldLogp.sub(logp)).add(pOld.neg().add(1).mul(rest.log()));
  return torch.where(
    advantages.gt(0),
    p.gt(pOld).logicalAnd(kl.gt(options.epsilonHigh)),
    p.lt(pOld).logicalAnd(kl.gt(options.epsilon)),
  );
});
