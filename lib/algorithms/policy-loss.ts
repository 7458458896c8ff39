// The policy loss of the GRPO family in tensor operations: prepares what the term of the given type combines, drops and
// weights tokens, adds the KL penalty and the entropy bonus. The order is TRL's: policy term, off-policy mask, entropy
// mask, correction for the sampler, penalty, aggregation.

import {
  defaultPolicyLoss,
  policyLoss as fusedPolicyLoss,
  type PolicyLoss,
  type PolicyLossOptions,
  policyFields,
  policyLosses,
  policyOptionKinds,
  policyTerms,
  type RatioLevel,
  withDefaults,
} from '../kernels/index.js';
import { checkOptions, type Tensor, torch } from '../tensor/index.js';
import { PackedSequences } from './packed-sequences.js';
import { policyFormulas } from './policy-formulas.js';
import {
  importanceRatio,
  klEstimate,
  type PolicySettings,
  type PolicyTerms,
  tokenWeights,
} from './policy-terms.js';
import { correctionWeights, offPolicyMask, samplerDifference } from './sampler-correction.js';

/**
 * kernels.policyLoss where there is a kernel (on the CPU), else the reference form.
 * @param logp [total]
 */
export function policyLoss(logp: Tensor, options: PolicyLossOptions): PolicyLoss {
  return (logp.device === 'cpu' ? fusedPolicyLoss : referencePolicyLoss)(logp, options);
}

/**
 * What kernels.policyLoss is compared with; differentiable any number of times. Of the metrics it gives `kl`, `entropy`
 * and the means of the clip ratios.
 * @param logp [total]
 */
export function referencePolicyLoss(logp: Tensor, options: PolicyLossOptions): PolicyLoss {
  checkOptions('referencePolicyLoss', options, policyOptionKinds);
  const row = policyLosses[options.type ?? defaultPolicyLoss];
  const formula = policyFormulas[row.term];
  const settings = settingsOf(options);
  const level = settings.importanceSamplingLevel ?? row.level;
  const terms = prepare(logp, level, options, settings);
  const { mask, ratio, sequences } = terms;

  let tokenLoss = formula.tokenLoss(terms).mul(keptTokens(terms, options));
  if (!formula.corrects) tokenLoss = tokenLoss.mul(terms.correction);
  const metrics: Record<string, Tensor> = {};
  if (options.refLogp) {
    const difference = masked(options.refLogp.to(logp), mask).sub(terms.logp);
    const kl = klEstimate(settings.klEstimator, difference);
    metrics.kl = tokenMean(kl.detach(), mask);
    let penalty = settings.useBiasCorrectionKl ? kl.mul(ratio) : kl;
    if (settings.importanceCorrectionKl) penalty = penalty.mul(terms.correction);
    if (settings.beta !== 0) tokenLoss = tokenLoss.add(penalty, { alpha: settings.beta });
  }
  const weights = tokenWeights(settings.aggregation ?? row.aggregation, terms);
  const bonus = entropyBonus(options.entropy, terms);
  const loss = masked(tokenLoss, mask).mul(weights).sum().sub(bonus);

  if (options.entropy) metrics.entropy = tokenMean(options.entropy.detach(), mask);
  if (formula.clipped) {
    const { low, high } = formula.clipped(terms);
    const fraction = (clipped: Tensor) => {
      const tokens = clipped.to(logp.dtype);
      // A sequence has one ratio: it counts once, however long it is.
      return level === 'token' ? tokenMean(tokens, mask) : sequences.mean(tokens, mask).mean();
    };
    metrics['clip_ratio/low_mean'] = fraction(low);
    metrics['clip_ratio/high_mean'] = fraction(high);
    metrics['clip_ratio/region_mean'] = fraction(low.logicalOr(high));
  }
  return { loss, metrics };
}

/** The settings with the defaults of the table and of the type's term. */
function settingsOf(options: PolicyLossOptions): PolicySettings {
  const term = policyTerms[policyLosses[options.type ?? defaultPolicyLoss].term];
  const own: Readonly<Record<string, number>> = 'defaults' in term ? term.defaults : {};
  const settings = withDefaults(policyFields, options);
  const defaults = Object.entries(own).filter(([name]) => settings[name as keyof typeof settings] === null);
  const epsilonHigh = settings.epsilonHigh ?? settings.epsilon;
  return { ...settings, ...Object.fromEntries(defaults), epsilonHigh };
}

function prepare(
  logp: Tensor,
  level: RatioLevel,
  options: PolicyLossOptions,
  settings: PolicySettings,
): PolicyTerms {
  const sequences = new PackedSequences(options.cuSeqlens, logp.numel());
  // Rewards and the sampler's log-probabilities come from the host.
  const mask = (options.mask ?? torch.onesLike(logp.detach())).ne(0).to(logp);
  // Masked before exp: a masked token may hold anything, and inf times 0 is NaN.
  const own = masked(logp, mask);
  const oldLogp = options.oldLogp ? masked(options.oldLogp.to(logp), mask) : own.detach();
  const logRatio = own.sub(oldLogp);
  const advantages = options.advantages.to(logp);
  const perToken = advantages.numel() === sequences.count ? sequences.expand(advantages) : advantages;
  const { samplerLogp } = options;
  const difference = samplerLogp && samplerDifference(oldLogp, samplerLogp.to(logp), mask);
  return {
    logp: own,
    oldLogp,
    logRatio,
    ratio: importanceRatio(level, own, logRatio, mask, sequences),
    advantages: masked(perToken, mask),
    mask,
    sequences,
    correction: difference ? correctionWeights(difference, mask, sequences, settings) : torch.onesLike(mask),
    options: settings,
  };
}

/** 1 for tokens whose policy term counts, else 0. */
function keptTokens(terms: PolicyTerms, { entropy, samplerLogp }: PolicyLossOptions): Tensor {
  const { logRatio, oldLogp, advantages, mask, sequences } = terms;
  const threshold = terms.options.offPolicyMaskThreshold;
  const keep = highEntropy(entropy, terms);
  if (threshold === null) return keep;
  let drift = logRatio.detach().neg();
  if (samplerLogp) drift = drift.sub(samplerDifference(oldLogp, samplerLogp.to(oldLogp), mask));
  return keep.mul(offPolicyMask(drift, advantages, mask, sequences, threshold));
}

/** 1 for tokens of high entropy, the forks of the reasoning (arXiv 2506.01939); for all where no threshold is set. */
function highEntropy(entropy: Tensor | null | undefined, { mask, options }: PolicyTerms): Tensor {
  const { topEntropyQuantile, entropyThreshold } = options;
  const threshold =
    entropy && topEntropyQuantile < 1
      ? quantileThreshold(entropy, mask, topEntropyQuantile)
      : entropyThreshold;
  if (!entropy || threshold === null) return torch.onesLike(mask);
  const above = masked(entropy.detach(), mask).sub(threshold);
  // Whether a token without an entropy counts is not known: NaN.
  return torch.where(above.isnan(), above, above.ge(0).to(above.dtype)).to(mask.dtype);
}

/** The entropy at which the top `quantile` of the tokens in the loss begins. */
function quantileThreshold(entropy: Tensor, mask: Tensor, quantile: number): number {
  const values = entropy.maskedSelect(mask.ne(0));
  return values.numel() === 0 ? Infinity : torch.quantile(values, 1 - quantile).item();
}

/** coef times the mean entropy of the tokens that have a policy term, as their fraction of the whole optimizer step. */
function entropyBonus(entropy: Tensor | null | undefined, terms: PolicyTerms): Tensor | number {
  const { mask, options } = terms;
  if (!entropy || options.entropyCoef === 0) return 0;
  const active = highEntropy(entropy, terms).mul(mask);
  const fraction = active.sum().div(mask.sum().clamp(1));
  const items = fraction.mul(options.numItemsInBatch ?? mask.sum());
  return masked(entropy, active)
    .sum()
    .div(items.clamp({ min: 1e-30 }))
    .mul(options.entropyCoef);
}

function masked(tokens: Tensor, mask: Tensor): Tensor {
  return tokens.maskedFill(mask.eq(0), 0);
}

function tokenMean(tokens: Tensor, mask: Tensor): Tensor {
  return masked(tokens, mask).sum().div(mask.sum().clamp(1));
}
