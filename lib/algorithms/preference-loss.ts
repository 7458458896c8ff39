// The DPO family in tensor operations: the reference that kernels.preferenceLoss is compared with.
// kernels.preferenceLosses has the formulas and their sources.

import {
  defaultPreferenceLoss,
  type PreferenceLossOptions,
  type PreferenceLossRow,
  type PreferenceLossSettings,
  type PreferenceLossType,
  preferenceFields,
  preferenceLosses,
  preferenceOptionKinds,
  withDefaults,
} from '../kernels/index.js';
import { functional as F } from '../nn/index.js';
import { checkOptions, type Tensor } from '../tensor/index.js';

type Settings = Required<PreferenceLossSettings>;

/** c, l and z as the table of losses has them. */
type Terms = Settings & {
  c: Tensor;
  l: Tensor;
  z: Tensor;
  /** One pair each. */
  alpha: Tensor;
  referenceMargin: Tensor;
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
  ipo: ({ z, beta, margin }) =>
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
  aot: ({ c, l, beta, labelSmoothing, referenceMargin, margin }) => {
    const policy = c.sub(l).add(referenceMargin);
    return smoothed(sorted(policy).sub(sorted(referenceMargin)).mul(beta).sub(margin), labelSmoothing);
  },
  aot_unpaired: ({ c, l, beta, labelSmoothing, margin }) =>
    smoothed(sorted(c).sub(sorted(l)).mul(beta).sub(margin), labelSmoothing),
  apo_zero: ({ c, l, beta }) => c.mul(beta).sigmoid().neg().add(1).add(l.mul(beta).sigmoid()),
  apo_down: ({ c, l, beta }) => c.mul(beta).sigmoid().add(1).sub(c.sub(l).mul(beta).sigmoid()),
  discopop: ({ z, discopopTau }) => {
    const towards = z.div(discopopTau);
    const exponential = logsig(towards).sub(z).exp();
    return towards.neg().sigmoid().mul(logsig(z).neg()).add(exponential);
  },
  process: ({ z, alpha }) => {
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
  const { type = defaultPreferenceLoss, weight, chosenLogp, chosenLengths, rejectedLengths } = options;
  const { needs = [] } = rowOf(type);
  const missing = needs.filter((name) => options[name] == null);
  if (missing.length > 0)
    throw new RangeError(`preferenceLoss: ${missing.join(', ')}: missing; type '${type}' needs it`);
  const settings = withDefaults(preferenceFields, options);
  const pairs = settings.numPairsInBatch ?? Math.max(1, chosenLogratio.numel());
  const weighted = (perPair: Tensor) => (weight ? perPair.mul(weight.detach()) : perPair).sum().div(pairs);
  if (type === 'sft') {
    const [logp, lengths] = [chosenLogp as Tensor, chosenLengths as Tensor];
    return weighted(logp.sum().div(lengths.sum()).neg().expand([logp.numel()]));
  }
  const chosen = averaged(score(chosenLogratio, settings), type, chosenLengths);
  const rejected = averaged(score(rejectedLogratio, settings), type, rejectedLengths);
  const z = chosen.sub(rejected).mul(settings.beta).sub(settings.margin);
  const zeros = chosenLogratio.detach().mul(0);
  const { alpha, referenceMargin } = options;
  const terms = { c: chosenLogratio, l: rejectedLogratio, z, alpha: alpha ?? zeros };
  return weighted(losses[type]({ ...settings, ...terms, referenceMargin: referenceMargin ?? zeros }));
}

const rowOf = (type: PreferenceLossType): PreferenceLossRow => preferenceLosses[type];

/** f of f-DPO (arXiv 2309.16240). */
function score(x: Tensor, { fDivergenceType, fAlphaDivergenceCoef: a }: Settings): Tensor {
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
  return rowOf(type).averages && lengths ? scores.div(lengths.clamp(1)) : scores;
}
