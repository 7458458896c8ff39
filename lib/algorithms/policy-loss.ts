// The policy loss of the GRPO family over packed completions: checks and prepares the terms, lets the algorithm of the
// given type combine them, adds the KL penalty. Types, option names and averaging are TRL's.

import { type Tensor, torch } from '../tensor/index.js';
import { bnpo } from './bnpo.js';
import { cispo } from './cispo.js';
import { dapo } from './dapo.js';
import { drGrpo } from './dr-grpo.js';
import { grpo } from './grpo.js';
import { gspo } from './gspo.js';
import { importanceRatio, klK3, type PolicyTerms } from './policy-terms.js';
import { Segments } from './segments.js';

const algorithms = { grpo, bnpo, dr_grpo: drGrpo, dapo, gspo, cispo };

export type PolicyLossType = keyof typeof algorithms;

export const policyLossTypes = Object.keys(algorithms) as [PolicyLossType, ...PolicyLossType[]];

export interface PolicyLossOptions {
  type: PolicyLossType;
  /** [B] or [total]. */
  advantages: Tensor;
  /** int64 [B + 1]: completion b owns tokens cuSeqlens[b] to cuSeqlens[b + 1]. */
  cuSeqlens: Tensor;
  /** [total] under the policy that sampled; default: logp itself, detached (ratio 1). */
  oldLogp?: Tensor;
  /** [total] under the reference policy; needed when beta is not 0. */
  refLogp?: Tensor;
  /** [total], 1 = in the loss; default: all. */
  mask?: Tensor;
  /** The ratio is clipped to [1 - epsilon, 1 + epsilonHigh]; epsilonHigh defaults to epsilon. */
  epsilon?: number;
  epsilonHigh?: number;
  /** Upper bound of the unclipped ratio; greater than 1 + epsilonHigh. */
  delta?: number;
  /** Weight of the KL penalty. */
  beta?: number;
  /** Multiplies the penalty by the ratio, which makes its gradient unbiased off-policy (arXiv 2512.02556). */
  useBiasCorrectionKl?: boolean;
  /** Default: the type's own ('sequence' for gspo). */
  importanceSamplingLevel?: 'token' | 'sequence';
  /** The denominator of dr_grpo. */
  maxCompletionLength?: number;
  /** Counts over all micro-batches of an optimizer step; default: those of this call. */
  numItemsInBatch?: number;
  numSequencesInBatch?: number;
}

export interface PolicyLoss {
  /** Scalar, differentiable in logp. With global counts, the losses of micro-batches add up to the batch's. */
  loss: Tensor;
  /** Detached scalars: `kl` where there is a reference, and the shares of clipped tokens. */
  metrics: Record<string, Tensor>;
}

/** @param logp [total]: log-probability of each completion token under the policy, completions end to end */
export function policyLoss(logp: Tensor, options: PolicyLossOptions): PolicyLoss {
  const { type, oldLogp, refLogp, beta = 0, useBiasCorrectionKl = true } = options;
  const algorithm = algorithms[type];
  const level = options.importanceSamplingLevel ?? algorithm.ratioLevel;
  const terms = prepare(logp, oldLogp ?? logp.detach(), level, options);
  if (beta !== 0 && !refLogp) throw new RangeError(`policyLoss: beta is ${beta} but there is no refLogp`);

  let tokenLoss = algorithm.tokenLoss(terms);
  const kl = refLogp && klK3(logp, refLogp, terms.mask);
  if (kl && beta !== 0)
    tokenLoss = tokenLoss.add(useBiasCorrectionKl ? kl.mul(terms.ratio) : kl, { alpha: beta });
  const loss = algorithm.aggregate(tokenLoss.maskedFill(terms.mask.eq(0), 0), terms);

  const metrics: Record<string, Tensor> = {};
  if (kl) metrics.kl = tokenMean(kl.detach(), terms);
  for (const [name, clipped] of Object.entries(algorithm.clipped(terms))) {
    const share = clipped.to(logp.dtype);
    // A sequence has one ratio: it counts once, however long it is.
    metrics[name] =
      level === 'token' ? tokenMean(share, terms) : terms.segments.mean(share, terms.mask).mean();
  }
  return { loss, metrics };
}

function prepare(
  logp: Tensor,
  oldLogp: Tensor,
  level: 'token' | 'sequence',
  options: PolicyLossOptions,
): PolicyTerms {
  const { epsilon = 0.2, epsilonHigh = epsilon, delta, maxCompletionLength } = options;
  if (options.type !== 'cispo' && delta !== undefined && delta <= 1 + epsilonHigh) {
    throw new RangeError(
      `policyLoss: delta must be greater than 1 + epsilonHigh (${1 + epsilonHigh}), got ${delta}`,
    );
  }
  const total = logp.numel();
  const segments = new Segments(options.cuSeqlens, total);
  const place = { dtype: logp.dtype, device: logp.device };
  const mask = options.mask?.to(place) ?? torch.onesLike(logp.detach());
  const sizes = { oldLogp, refLogp: options.refLogp, mask };
  for (const [name, tensor] of Object.entries(sizes)) {
    if (tensor && tensor.numel() !== total) {
      throw new RangeError(`policyLoss: ${name} has ${tensor.numel()} values, expected the ${total} of logp`);
    }
  }
  const perSequence = options.advantages.numel() === segments.count;
  if (!perSequence && options.advantages.numel() !== total) {
    throw new RangeError(
      `policyLoss: advantages has ${options.advantages.numel()} values, expected one for each of ` +
        `${segments.count} sequences or ${total} tokens`,
    );
  }
  const advantages = options.advantages.to(place);
  return {
    logp,
    ratio: importanceRatio(level, logp, oldLogp, mask, segments),
    advantages: perSequence ? segments.expand(advantages) : advantages,
    mask,
    segments,
    epsilon,
    epsilonHigh,
    delta,
    maxCompletionLength,
    numItems: options.numItemsInBatch ?? mask.sum().clamp(1),
    numSequences: options.numSequencesInBatch ?? segments.count,
  };
}

function tokenMean(tokens: Tensor, { mask }: PolicyTerms): Tensor {
  return tokens.mul(mask).sum().div(mask.sum().clamp(1));
}
