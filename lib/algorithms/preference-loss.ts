// The DPO family (direct preference optimization, arXiv 2305.18290) in tensor operations: the
// reference that kernels.preferenceLoss is compared with.
//
//   c, l  log pi / pi_ref of the chosen and the rejected completion       b = beta, e = label smoothing
//   D     f(c) - f(l), f the score map of the divergence (f(x) = x for reverse KL)
//
//   sigmoid       -(1 - e) logsig(bD - margin) - e logsig(margin - bD)     e > 0: cDPO; sigmoid_norm: scores over tokens
//   hinge         relu(1 - bD)                                             SLiC, arXiv 2305.10425
//   ipo           (f(c) / L_c - f(l) / L_l - 1 / (2b))^2                   arXiv 2310.12036; summed without lengths
//   exo_pair      KL( (q, 1 - q) || (1 - e, e) ), q = sig(bD)              EXO, arXiv 2402.00856
//   nca_pair      -logsig(bc) - logsig(-bc) / 2 - logsig(-bl) / 2          arXiv 2402.05369
//   robust        (-(1 - e) logsig(bD) + e logsig(-bD)) / (1 - 2e)         arXiv 2403.00409
//   bco_pair      -logsig(bc) - logsig(-bl)                                arXiv 2404.04656
//   sppo_hard     (c - 1 / (2b))^2 + (l + 1 / (2b))^2                      arXiv 2405.00675
//   aot           sigmoid of the sorted margins, policy against reference  arXiv 2406.05882; aot_unpaired: of sorted c, l
//   apo_zero      1 - sig(bc) + sig(bl)                                    arXiv 2408.06266
//   apo_down      sig(bc) + 1 - sig(b(c - l))
//   discopop      (1 - g) (-logsig(bD)) + g exp(-bD), g = sig(bD / tau)    arXiv 2406.08414
//   sft           -sum log pi(chosen) / tokens                             the NLL term of RPO and MPO
//   process       -alpha logsig(bD) - (1 - alpha) logsig(-bD)              process DPO, arXiv 2502.11775
//
// Process DPO compares two steps that continue the same prefix by how often rollouts from them reach the right answer;
// alpha is a pair's label, soft since a few rollouts are noisy. alpha = 1 is DPO itself.

import {
  type PreferenceLossOptions,
  type PreferenceLossType,
  preferenceOptionKinds,
} from '../kernels/index.js';
import { functional as F } from '../nn/index.js';
import { checkOptions, type Tensor } from '../tensor/index.js';

type Terms = PreferenceLossOptions & {
  c: Tensor;
  l: Tensor;
  /** beta D - margin. */
  z: Tensor;
  beta: number;
  labelSmoothing: number;
};

const logsig = (x: Tensor): Tensor => F.logsigmoid(x);

const smoothed = (z: Tensor, e: number): Tensor =>
  logsig(z)
    .mul(e - 1)
    .sub(logsig(z.neg()), { alpha: e });

const losses: Record<Exclude<PreferenceLossType, 'sft'>, (terms: Terms) => Tensor> = {
  sigmoid: ({ z, labelSmoothing: e }) => smoothed(z, e),
  sigmoid_norm: ({ z, labelSmoothing: e }) => smoothed(z, e),
  hinge: ({ z }) => z.neg().add(1).relu(),
  ipo: ({ z, beta, margin = 0 }) =>
    z
      .add(margin)
      .div(beta)
      .sub(1 / (2 * beta))
      .square(),
  exo_pair: ({ z, labelSmoothing: e }) => {
    const chosen = z.sigmoid().mul(logsig(z).sub(Math.log1p(-e)));
    return chosen.add(
      z
        .neg()
        .sigmoid()
        .mul(logsig(z.neg()).sub(Math.log(e))),
    );
  },
  nca_pair: ({ c, l, beta }) =>
    logsig(c.mul(beta))
      .neg()
      .sub(logsig(c.mul(-beta)).div(2))
      .sub(logsig(l.mul(-beta)).div(2)),
  robust: ({ z, labelSmoothing: e }) =>
    logsig(z)
      .mul(e - 1)
      .add(logsig(z.neg()), { alpha: e })
      .div(1 - 2 * e),
  bco_pair: ({ c, l, beta }) =>
    logsig(c.mul(beta))
      .neg()
      .sub(logsig(l.mul(-beta))),
  sppo_hard: ({ c, l, beta }) => {
    const half = 1 / (2 * beta);
    return c.sub(half).square().add(l.add(half).square());
  },
  aot: ({ c, l, beta, labelSmoothing, referenceMargin, margin = 0 }) => {
    const reference = referenceMargin ?? c.detach().mul(0);
    const policy = c.sub(l).add(reference);
    return smoothed(sorted(policy).sub(sorted(reference)).mul(beta).sub(margin), labelSmoothing);
  },
  aot_unpaired: ({ c, l, beta, labelSmoothing, margin = 0 }) =>
    smoothed(sorted(c).sub(sorted(l)).mul(beta).sub(margin), labelSmoothing),
  apo_zero: ({ c, l, beta }) => c.mul(beta).sigmoid().neg().add(1).add(l.mul(beta).sigmoid()),
  apo_down: ({ c, l, beta }) => c.mul(beta).sigmoid().add(1).sub(c.sub(l).mul(beta).sigmoid()),
  discopop: ({ z, discopopTau = 0.05 }) => {
    const towards = z.div(discopopTau);
    const exponential = logsig(towards).sub(z).exp();
    return towards.neg().sigmoid().mul(logsig(z).neg()).add(exponential);
  },
  process: ({ z, alpha }) => {
    if (!alpha) throw new RangeError("preferenceLoss: alpha: missing; type 'process' needs soft labels");
    const first = alpha.mul(logsig(z));
    return first.add(alpha.neg().add(1).mul(logsig(z.neg()))).neg();
  },
};

function sorted(values: Tensor): Tensor {
  const [ascending] = values.sort();
  return ascending;
}

/**
 * Differentiable any number of times.
 * @param chosenLogratio [pairs]
 * @param rejectedLogratio [pairs]
 * @returns scalar
 */
export function referencePreferenceLoss(
  chosenLogratio: Tensor,
  rejectedLogratio: Tensor,
  options: PreferenceLossOptions = {},
): Tensor {
  checkOptions('referencePreferenceLoss', options, preferenceOptionKinds);
  const { type = 'sigmoid', beta = 0.1, labelSmoothing = 0, margin = 0, weight } = options;
  const pairs = options.numPairsInBatch ?? Math.max(1, chosenLogratio.numel());
  const weighted = (perPair: Tensor) => (weight ? perPair.mul(weight.detach()) : perPair).sum().div(pairs);
  if (type === 'sft') {
    const { chosenLogp, chosenLengths } = options;
    if (!chosenLogp || !chosenLengths)
      throw new RangeError("preferenceLoss: chosenLogp, chosenLengths: missing; type 'sft' needs them");
    return weighted(chosenLogp.sum().div(chosenLengths.sum()).neg().expand([chosenLogp.numel()]));
  }
  const chosen = averaged(score(chosenLogratio, options), type, options.chosenLengths);
  const rejected = averaged(score(rejectedLogratio, options), type, options.rejectedLengths);
  const z = chosen.sub(rejected).mul(beta).sub(margin);
  return weighted(
    losses[type]({ ...options, c: chosenLogratio, l: rejectedLogratio, z, beta, labelSmoothing }),
  );
}

/** f of f-DPO (arXiv 2309.16240). */
function score(x: Tensor, { fDivergenceType, fAlphaDivergenceCoef: a = 0.5 }: PreferenceLossOptions): Tensor {
  switch (fDivergenceType) {
    case 'forward_kl':
      return x.neg().exp().neg().add(1);
    case 'js_divergence':
      return logsig(x).add(Math.LN2);
    case 'alpha_divergence':
      return x
        .mul(a - 1)
        .clamp({ max: 80 })
        .exp()
        .sub(1)
        .div(a - 1);
    default:
      return x;
  }
}

function averaged(scores: Tensor, type: PreferenceLossType, lengths?: Tensor | null): Tensor {
  const averages = type === 'ipo' || type === 'sigmoid_norm';
  return averages && lengths ? scores.div(lengths.clamp(1)) : scores;
}
