// The terms of the policy losses in tensor operations, one for each row of kernels.policyTerms, which has the formulas and
// their sources: what one token costs, KL penalty and weights apart.

import type { PolicyTerm } from '../kernels/index.js';
import { type Tensor, torch } from '../tensor/index.js';
import { bounded, MAX_LOG_RATIO, type PolicyTerms } from './policy-terms.js';

/** Tokens past the bound on the side to which their advantage pushes, bool [total]. */
interface Clipped {
  low: Tensor;
  high: Tensor;
}

interface PolicyFormula {
  tokenLoss(terms: PolicyTerms): Tensor;
  clipped?(terms: PolicyTerms): Clipped;
  /** Whether the correction for the sampler is part of the loss already. */
  corrects?: true;
}

const ratioPastBounds = ({ ratio, advantages, options }: PolicyTerms): Clipped => ({
  low: ratio.lt(1 - options.epsilon).logicalAnd(advantages.lt(0)),
  high: ratio.gt(1 + options.epsilonHigh).logicalAnd(advantages.gt(0)),
});

/** -weight A log pi, the weight without gradient. */
const weightedLogp = (weight: Tensor, { logp, advantages }: PolicyTerms): Tensor =>
  weight.detach().mul(advantages).mul(logp).neg();

const clipped: PolicyFormula = {
  tokenLoss({ ratio, advantages, options: { epsilon, epsilonHigh, delta, dualClip } }) {
    const free = delta == null ? ratio : ratio.clamp({ max: delta });
    const loss = free
      .mul(advantages)
      .minimum(ratio.clamp(1 - epsilon, 1 + epsilonHigh).mul(advantages))
      .neg();
    return dualClip == null ? loss : loss.where(advantages.ge(0), loss.minimum(advantages.mul(-dualClip)));
  },
  clipped: ratioPastBounds,
};

const geoMean: PolicyFormula = {
  tokenLoss({ logRatio, advantages, mask, sequences, options }) {
    const bounds = torch.where(
      advantages.lt(0),
      logRatio.clamp({ min: -options.epsilon }),
      logRatio.clamp({ max: options.epsilonHigh }),
    );
    return bounded(sequences.expand(sequences.mean(bounds, mask)))
      .exp()
      .mul(advantages)
      .neg();
  },
  clipped: ({ logRatio, advantages, options: { epsilon, epsilonHigh } }) => ({
    low: logRatio.lt(-epsilon).logicalAnd(advantages.lt(0)),
    high: logRatio.gt(epsilonHigh).logicalAnd(advantages.gt(0)),
  }),
};

const sapo: PolicyFormula = {
  tokenLoss({ ratio, advantages, options: { sapoTemperaturePos, sapoTemperatureNeg } }) {
    const like = torch.onesLike(advantages);
    const tau = torch.where(advantages.gt(0), like.mul(sapoTemperaturePos), like.mul(sapoTemperatureNeg));
    return ratio.sub(1).mul(tau).sigmoid().mul(4).div(tau).mul(advantages).neg();
  },
};

const cispo: PolicyFormula = {
  tokenLoss(terms) {
    const { cispoBound, epsilon, epsilonHigh } = terms.options;
    const weight =
      cispoBound === 'relative'
        ? terms.ratio.clamp(1 - epsilon, 1 + epsilonHigh)
        : terms.ratio.clamp({ max: epsilonHigh });
    return weightedLogp(weight, terms);
  },
  clipped(terms) {
    const { ratio, advantages, options } = terms;
    if (options.cispoBound === 'relative') return ratioPastBounds(terms);
    return {
      low: advantages.lt(-Infinity),
      high: ratio.gt(options.epsilonHigh).logicalAnd(advantages.gt(0)),
    };
  },
};

/** Drops tokens whose probability, against all others together, has moved too far in the direction of A. */
const dppo = (tooFar: (terms: PolicyTerms) => Tensor): PolicyFormula => ({
  tokenLoss(terms) {
    const { delta } = terms.options;
    const weight = delta == null ? terms.ratio : terms.ratio.clamp({ max: delta });
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

const dppoTv = dppo(({ logp, oldLogp, advantages, options }) => {
  const moved = logp.exp().sub(oldLogp.exp());
  return torch.where(advantages.gt(0), moved.gt(options.epsilonHigh), moved.lt(-options.epsilon));
});

const dppoKl = dppo(({ logp, oldLogp, advantages, options }) => {
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

const LEAST_WEIGHT = Math.log(1e-8);

const vespo: PolicyFormula = {
  tokenLoss(terms) {
    const { logRatio, correction, mask, advantages, sequences, options } = terms;
    const logCorrection = correction.log().clamp(LEAST_WEIGHT, MAX_LOG_RATIO).mul(mask);
    const logW = sequences
      .expand(sequences.sum(bounded(logRatio).add(logCorrection)))
      .clamp(LEAST_WEIGHT, MAX_LOG_RATIO);
    const phi = (k: number, lambda: number) => logW.mul(k).sub(logW.exp().mul(lambda)).add(lambda).exp();
    const { vespoKPos, vespoLambdaPos, vespoKNeg, vespoLambdaNeg } = options;
    const weight = torch.where(
      advantages.ge(0),
      phi(vespoKPos, vespoLambdaPos),
      phi(vespoKNeg, vespoLambdaNeg),
    );
    return weightedLogp(weight, terms);
  },
  corrects: true,
};

const reinforce: PolicyFormula = {
  tokenLoss: (terms) => weightedLogp(torch.onesLike(terms.logp.detach()), terms),
};

export const policyFormulas: Readonly<Record<PolicyTerm, PolicyFormula>> = {
  clipped,
  geo_mean: geoMean,
  sapo,
  cispo,
  dppo_tv: dppoTv,
  dppo_kl: dppoKl,
  vespo,
  reinforce,
};
