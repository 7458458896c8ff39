/** The policy losses of the GRPO family over packed completions: loss, gradient and metrics in one pass. */

import { checkOptions, kinds, type OptionKind, orNull, scope, type Tensor, torch } from '../tensor/index.js';

export const policyLossTypes = [
  'grpo',
  'bnpo',
  'dr_grpo',
  'dapo',
  'gspo',
  'gspo_token',
  'cispo',
  'sapo',
  'vespo',
  'luspo',
  'geo_mean',
  'dppo_tv',
  'dppo_kl',
  'gpg',
  'reinforce',
] as const;

export type PolicyLossType = (typeof policyLossTypes)[number];

export const aggregations = [
  'seq-mean-token-mean',
  'token-mean',
  'local-token-mean',
  'seq-mean-token-sum',
  'seq-mean-token-sum-norm',
  'token-sum',
] as const;

/**
 * How token losses become one number (verl's names): mean over sequences of token means; sum over the tokens of the
 * whole optimizer step; mean over the tokens of this call; mean over sequences of token sums; the same over
 * maxCompletionLength; plain sum.
 */
export type Aggregation = (typeof aggregations)[number];

export interface PolicyLossOptions {
  /** Default 'dapo'. */
  type?: PolicyLossType;
  /** [B], or [total] for one a token. */
  advantages: Tensor;
  /** int64 [B + 1]: completion b owns tokens cuSeqlens[b] to cuSeqlens[b + 1]. */
  cuSeqlens: Tensor;
  /** [total] under the policy that is improved upon. Default: logp itself, detached (ratio 1). */
  oldLogp?: Tensor | null;
  /** [total] under the reference policy; needed when beta is not 0. */
  refLogp?: Tensor | null;
  /** [total] as the sampler gave them; NaN = the sampler gave none for this token. */
  samplerLogp?: Tensor | null;
  /** [total], not 0 = in the loss. Default: all. What stands at other tokens is never looked at. */
  mask?: Tensor | null;
  /** [total] in nats; may carry a gradient for the entropy bonus. */
  entropy?: Tensor | null;

  /** Over what the ratio is taken; types that have one of their own refuse another. Default: the type's. */
  importanceSamplingLevel?: 'token' | 'sequence' | null;
  /** Default: the type's. */
  aggregation?: Aggregation | null;
  /**
   * The ratio is clipped to [1 - epsilon, 1 + epsilonHigh]; epsilonHigh defaults to epsilon. For geo_mean bounds of the
   * log-ratio, for dppo_* thresholds of the divergence; for cispo epsilonHigh is the upper bound of the weight itself.
   */
  epsilon?: number;
  epsilonHigh?: number | null;
  /** Upper bound of the unclipped ratio, more than 1 + epsilonHigh (two-sided clipping). dppo_*: of the weight, default 20. */
  delta?: number | null;
  /** Where A < 0 the loss is at most dualClip |A| (arXiv 1912.09729; often 3). Default: no bound. */
  dualClip?: number | null;
  /** cispo: 'absolute' bounds the weight by epsilonHigh (TRL), 'relative' clips it to [1 - epsilon, 1 + epsilonHigh] (verl). */
  cispoBound?: 'absolute' | 'relative';
  /** Temperature of sapo's gate for positive and other advantages. Defaults 1 and 1.05. */
  sapoTemperaturePos?: number;
  sapoTemperatureNeg?: number;
  /** vespo's weight for advantages >= 0 (defaults 2 and 3) and below (3 and 2). */
  vespoKPos?: number;
  vespoLambdaPos?: number;
  vespoKNeg?: number;
  vespoLambdaNeg?: number;

  /** Weight of the KL penalty. Default 0. */
  beta?: number;
  /** Default 'k3'. */
  klEstimator?: 'k1' | 'k2' | 'k3' | 'abs';
  /** Multiplies the penalty by the ratio, which makes its gradient unbiased off-policy (arXiv 2512.02556). Default true. */
  useBiasCorrectionKl?: boolean;

  /** How the weight exp(oldLogp - samplerLogp) is bounded, and whether it is a token's or a sequence's. Default 'none'. */
  importanceCorrection?: 'none' | 'token_truncate' | 'token_mask' | 'sequence_truncate' | 'sequence_mask';
  /** Default: no lower bound. */
  importanceCorrectionMin?: number | null;
  /** Default 3; null: no upper bound. */
  importanceCorrectionMax?: number | null;
  /** A sequence's weight is exp of the sum over its tokens (TRL) or of their mean (verl's geometric mean). Default 'sum'. */
  importanceCorrectionReduction?: 'sum' | 'mean';
  /** Whether the weight multiplies the KL penalty too (ms-swift). Default false (TRL). */
  importanceCorrectionKl?: boolean;
  /**
   * Drops the policy term of tokens with A < 0 in sequences whose mean of samplerLogp (or oldLogp) - logp exceeds this
   * (DeepSeek-V3.2, arXiv 2512.02556). Default: none.
   */
  offPolicyMaskThreshold?: number | null;
  /** Only this share of the tokens, those of the highest entropy, has a policy term (arXiv 2506.01939). Default 1. */
  topEntropyQuantile?: number;
  /** The same by the entropy itself: tokens at or above it. */
  entropyThreshold?: number | null;
  /** Weight of the mean entropy, which is subtracted from the loss. Default 0. */
  entropyCoef?: number;

  /** The denominator of dr_grpo. */
  maxCompletionLength?: number | null;
  /** Tokens in the loss, and sequences, over all micro-batches of an optimizer step. Default: those of this call. */
  numItemsInBatch?: number | null;
  numSequencesInBatch?: number | null;
}

/** @internal The operator checks what is passed on, and ranges. */
export const policyOptionKinds: Readonly<Record<keyof PolicyLossOptions, OptionKind>> = {
  type: kinds.passedOn,
  advantages: kinds.passedOn,
  cuSeqlens: kinds.passedOn,
  oldLogp: kinds.passedOn,
  refLogp: kinds.passedOn,
  samplerLogp: kinds.passedOn,
  mask: kinds.passedOn,
  entropy: kinds.passedOn,
  importanceSamplingLevel: kinds.passedOn,
  aggregation: kinds.passedOn,
  epsilon: kinds.bound,
  epsilonHigh: orNull(kinds.bound),
  delta: orNull(kinds.bound),
  dualClip: orNull(kinds.bound),
  cispoBound: kinds.passedOn,
  sapoTemperaturePos: kinds.bound,
  sapoTemperatureNeg: kinds.bound,
  vespoKPos: kinds.number,
  vespoLambdaPos: kinds.number,
  vespoKNeg: kinds.number,
  vespoLambdaNeg: kinds.number,
  beta: kinds.number,
  klEstimator: kinds.passedOn,
  useBiasCorrectionKl: kinds.passedOn,
  importanceCorrection: kinds.passedOn,
  importanceCorrectionMin: orNull(kinds.bound),
  importanceCorrectionMax: orNull(kinds.bound),
  importanceCorrectionReduction: kinds.passedOn,
  importanceCorrectionKl: kinds.passedOn,
  offPolicyMaskThreshold: orNull(kinds.bound),
  topEntropyQuantile: kinds.bound,
  entropyThreshold: orNull(kinds.bound),
  entropyCoef: kinds.number,
  maxCompletionLength: orNull(kinds.number),
  numItemsInBatch: orNull(kinds.number),
  numSequencesInBatch: orNull(kinds.number),
};

export interface PolicyLoss {
  /** Scalar, differentiable (once) in logp and entropy. With global counts, the losses of micro-batches add up to the batch's. */
  loss: Tensor;
  /**
   * Detached scalars under TRL's names: `kl` (the bare estimate) where there is refLogp, `entropy` where it was given,
   * `clip_ratio/{low_mean,low_min,high_mean,high_max,region_mean}` or `cispo_clip_ratio` or `vespo/phi_seq_mean` by type,
   * `sampling/sampling_logp_difference/{mean,max}` and `sampling/importance_sampling_ratio/{min,mean,max}` where there is
   * samplerLogp. Means over the tokens in the loss; over sequences where a sequence has one ratio.
   */
  metrics: Record<string, Tensor>;
}

/** Indices into the operator's metrics (native/kernels/policy/policy_loss.h). */
const clipMetrics = {
  'clip_ratio/low_mean': 2,
  'clip_ratio/low_min': 3,
  'clip_ratio/high_mean': 4,
  'clip_ratio/high_max': 5,
  'clip_ratio/region_mean': 6,
};
const differenceMetrics = {
  'sampling/sampling_logp_difference/mean': 7,
  'sampling/sampling_logp_difference/max': 8,
};
const correctionMetrics = {
  'sampling/importance_sampling_ratio/min': 9,
  'sampling/importance_sampling_ratio/mean': 10,
  'sampling/importance_sampling_ratio/max': 11,
};

/**
 * Each token's policy term, weighed and masked, plus beta times its KL estimate, joined by the type's aggregation. The
 * formula of each type stands in its file of lib/algorithms. Log-ratios are masked before exp and bounded to +-20 (no
 * gradient beyond); a log-probability of -Infinity counts as that of the smallest number. On the CPU only;
 * algorithms.policyLoss takes the plain form elsewhere.
 *
 * @param logp [total]: log-probability of each completion token under the policy, completions end to end; float32 or
 * float64 arithmetic
 * @throws TypeError for unknown options, TorchError naming the option, its value and what was expected
 */
export function policyLoss(logp: Tensor, options: PolicyLossOptions): PolicyLoss {
  checkOptions('policyLoss', options, policyOptionKinds);
  const { advantages, cuSeqlens, oldLogp, refLogp, samplerLogp, mask, entropy, ...settings } = options;
  const named = Object.entries(settings).filter(([, value]) => value !== undefined);
  return scope(() => {
    const [loss, values] = torch.ops.earsight.policy_loss(
      logp,
      advantages,
      cuSeqlens,
      oldLogp ?? null,
      refLogp ?? null,
      samplerLogp ?? null,
      mask ?? null,
      entropy ?? null,
      Object.fromEntries(named),
    ) as [Tensor, Tensor];
    const indices = Object.entries(metricsOf(options));
    return {
      loss,
      metrics: Object.fromEntries(indices.map(([name, index]) => [name, values.select(0, index)])),
    };
  });
}

function metricsOf(options: PolicyLossOptions): Record<string, number> {
  const { type = 'dapo', importanceCorrection = 'none' } = options;
  return {
    ...(options.refLogp && { kl: 0 }),
    ...(options.entropy && { entropy: 1 }),
    ...typeMetrics(type),
    ...(options.samplerLogp && differenceMetrics),
    ...(importanceCorrection !== 'none' && correctionMetrics),
  };
}

function typeMetrics(type: PolicyLossType): Record<string, number> {
  switch (type) {
    case 'cispo':
      return { cispo_clip_ratio: 6 };
    case 'vespo':
      return { 'vespo/phi_seq_mean': 12 };
    case 'sapo':
    case 'gpg':
    case 'reinforce':
      return {};
    default:
      return clipMetrics;
  }
}
