// The policy loss of the GRPO family in plain tensor operations: prepares the terms, lets the algorithm of the given type
// combine them, drops and weighs tokens, adds the KL penalty and the entropy bonus. The order is TRL's: policy term,
// off-policy mask, entropy mask, correction for the sampler, penalty, aggregation.

import {
  policyLoss as fusedPolicyLoss,
  type PolicyLoss,
  type PolicyLossOptions,
  type PolicyLossType,
  policyOptionKinds,
} from '../kernels/index.js';
import { checkOptions, type Tensor, torch } from '../tensor/index.js';
import { bnpo } from './bnpo.js';
import { cispo } from './cispo.js';
import { dapo } from './dapo.js';
import { dppoKl, dppoTv } from './dppo.js';
import { drGrpo } from './dr-grpo.js';
import { geoMean } from './geo-mean.js';
import { grpo } from './grpo.js';
import { gspo, gspoToken } from './gspo.js';
import { entropyThreshold } from './high-entropy.js';
import { luspo } from './luspo.js';
import { PackedSequences } from './packed-sequences.js';
import {
  importanceRatio,
  klEstimate,
  type PolicyAlgorithm,
  type PolicyTerms,
  tokenWeights,
} from './policy-terms.js';
import { reinforce } from './reinforce.js';
import { correctionWeights, offPolicyMask, samplerDifference } from './sampler-correction.js';
import { sapo } from './sapo.js';
import { vespo } from './vespo.js';

const algorithms: Record<PolicyLossType, PolicyAlgorithm> = {
  grpo,
  bnpo,
  dr_grpo: drGrpo,
  dapo,
  gspo,
  gspo_token: gspoToken,
  cispo,
  sapo,
  vespo,
  luspo,
  geo_mean: geoMean,
  dppo_tv: dppoTv,
  dppo_kl: dppoKl,
  gpg: reinforce,
  reinforce,
};

/**
 * kernels.policyLoss where there is a kernel (on the CPU), else the plain loss.
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
  const algorithm = algorithms[options.type ?? 'dapo'];
  const level = options.importanceSamplingLevel ?? algorithm.level;
  const terms = prepare(logp, level, options);
  const { mask, ratio, sequences } = terms;
  const {
    refLogp,
    beta = 0,
    klEstimator = 'k3',
    useBiasCorrectionKl = true,
    importanceCorrectionKl,
  } = options;

  const keep = keptTokens(terms);
  let tokenLoss = algorithm.tokenLoss(terms).mul(keep);
  if (!algorithm.corrects) tokenLoss = tokenLoss.mul(terms.correction);
  const metrics: Record<string, Tensor> = {};
  if (refLogp) {
    const kl = klEstimate(klEstimator, masked(refLogp.to(logp), mask).sub(terms.logp));
    metrics.kl = tokenMean(kl.detach(), mask);
    let penalty = useBiasCorrectionKl ? kl.mul(ratio) : kl;
    if (importanceCorrectionKl) penalty = penalty.mul(terms.correction);
    if (beta !== 0) tokenLoss = tokenLoss.add(penalty, { alpha: beta });
  }
  const weights = tokenWeights(options.aggregation ?? algorithm.aggregation, terms);
  const loss = masked(tokenLoss, mask).mul(weights).sum().sub(entropyBonus(terms));

  if (options.entropy) metrics.entropy = tokenMean(options.entropy.detach(), mask);
  if (algorithm.clipped) {
    const { low, high } = algorithm.clipped(terms);
    const share = (clipped: Tensor) => {
      const tokens = clipped.to(logp.dtype);
      // A sequence has one ratio: it counts once, however long it is.
      return level === 'token' ? tokenMean(tokens, mask) : sequences.mean(tokens, mask).mean();
    };
    metrics['clip_ratio/low_mean'] = share(low);
    metrics['clip_ratio/high_mean'] = share(high);
    metrics['clip_ratio/region_mean'] = share(low.logicalOr(high));
  }
  return { loss, metrics };
}

function prepare(logp: Tensor, level: PolicyAlgorithm['level'], options: PolicyLossOptions): PolicyTerms {
  const sequences = new PackedSequences(options.cuSeqlens, logp.numel());
  // Rewards and the sampler's log-probabilities come from the host.
  const mask = (options.mask ?? torch.onesLike(logp.detach())).ne(0).to(logp);
  // Masked before exp: a masked token may hold anything, and inf times 0 is NaN.
  const own = masked(logp, mask);
  const oldLogp = options.oldLogp ? masked(options.oldLogp.to(logp), mask) : own.detach();
  const logRatio = own.sub(oldLogp);
  const advantages = options.advantages.to(logp);
  const perToken = advantages.numel() === sequences.count ? sequences.expand(advantages) : advantages;
  const { samplerLogp, epsilon = 0.2, epsilonHigh } = options;
  const difference = samplerLogp && samplerDifference(oldLogp, samplerLogp.to(logp), mask);
  return {
    logp: own,
    oldLogp,
    logRatio,
    ratio: importanceRatio(level, own, logRatio, mask, sequences),
    advantages: masked(perToken, mask),
    mask,
    sequences,
    correction: difference ? correctionWeights(difference, mask, sequences, options) : torch.onesLike(mask),
    options: { ...options, epsilon, epsilonHigh: epsilonHigh ?? epsilon },
  };
}

/** 1 for tokens whose policy term counts, else 0. */
function keptTokens({ logRatio, oldLogp, advantages, mask, sequences, options }: PolicyTerms): Tensor {
  const { offPolicyMaskThreshold, samplerLogp } = options;
  let keep = highEntropy(options, mask);
  if (offPolicyMaskThreshold != null) {
    let drift = logRatio.detach().neg();
    if (samplerLogp) drift = drift.sub(samplerDifference(oldLogp, samplerLogp.to(oldLogp), mask));
    keep = keep.mul(offPolicyMask(drift, advantages, mask, sequences, offPolicyMaskThreshold));
  }
  return keep;
}

function highEntropy(
  { entropy, topEntropyQuantile = 1, ...options }: PolicyLossOptions,
  mask: Tensor,
): Tensor {
  const threshold =
    entropy && topEntropyQuantile < 1
      ? entropyThreshold(entropy, mask, topEntropyQuantile)
      : options.entropyThreshold;
  return entropy && threshold != null ? entropy.detach().ge(threshold).to(mask.dtype) : torch.onesLike(mask);
}

/** coef times the mean entropy of the tokens that have a policy term, as their share of the whole optimizer step. */
function entropyBonus({ mask, options }: PolicyTerms): Tensor | number {
  const { entropy, entropyCoef = 0, numItemsInBatch } = options;
  if (!entropy || entropyCoef === 0) return 0;
  const active = highEntropy(options, mask).mul(mask);
  const share = active.sum().div(mask.sum().clamp(1));
  const items = share.mul(numItemsInBatch ?? mask.sum());
  return masked(entropy, active)
    .sum()
    .div(items.clamp({ min: 1e-30 }))
    .mul(entropyCoef);
}

function masked(tokens: Tensor, mask: Tensor): Tensor {
  return tokens.maskedFill(mask.eq(0), 0);
}

function tokenMean(tokens: Tensor, mask: Tensor): Tensor {
  return masked(tokens, mask).sum().div(mask.sum().clamp(1));
}
