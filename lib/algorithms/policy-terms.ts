// What every policy loss is made of: importance ratios, advantages a token, a KL penalty, and the ways in which token
// losses become one number. The algorithms of this folder differ only in how they combine these.

import type { Tensor } from '../tensor/index.js';
import type { Segments } from './segments.js';

/** One packed batch of completions, everything [total tokens] unless said otherwise. */
export interface PolicyTerms {
  logp: Tensor;
  /** pi / pi_old of the token, or of its whole sequence. */
  ratio: Tensor;
  advantages: Tensor;
  /** 1 where the token takes part in the loss, else 0; same dtype as logp. */
  mask: Tensor;
  segments: Segments;
  epsilon: number;
  epsilonHigh: number;
  /** Upper bound of the ratio when the advantage is negative too (two-sided clipping, arXiv 2505.07291). */
  delta?: number;
  maxCompletionLength?: number;
  /** Tokens and sequences over which the loss is averaged: those of all micro-batches of the optimizer step. */
  numItems: Tensor | number;
  numSequences: number;
}

/** A loss type: how far the ratio reaches, what one token costs, how tokens become one loss, what was clipped. */
export interface PolicyAlgorithm {
  ratioLevel: 'token' | 'sequence';
  tokenLoss(terms: PolicyTerms): Tensor;
  aggregate(tokenLoss: Tensor, terms: PolicyTerms): Tensor;
  /** 0/1 a token under TRL's metric names without their `_mean`. */
  clipped(terms: PolicyTerms): Record<string, Tensor>;
}

/** exp overflows float32 beyond 88, and an infinite ratio makes a NaN gradient even where it is clipped away. */
const MAX_LOG_RATIO = 20;

/** exp(logp - oldLogp) a token, or exp of its mean over the sequence (GSPO, arXiv 2507.18071). */
export function importanceRatio(
  level: 'token' | 'sequence',
  logp: Tensor,
  oldLogp: Tensor,
  mask: Tensor,
  segments: Segments,
): Tensor {
  // Masked before exp: a masked token may hold anything, and inf times 0 is NaN.
  const logRatio = logp.sub(oldLogp).maskedFill(mask.eq(0), 0);
  const used = level === 'token' ? logRatio : segments.expand(segments.mean(logRatio, mask));
  return used.clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO).exp();
}

/** The clipped surrogate of PPO (arXiv 1707.06347): -min(min(r, delta) A, clip(r, 1 - epsilon, 1 + epsilonHigh) A). */
export function clippedSurrogate({ ratio, advantages, epsilon, epsilonHigh, delta }: PolicyTerms): Tensor {
  const free = delta === undefined ? ratio : ratio.clamp({ max: delta });
  const clipped = ratio.clamp(1 - epsilon, 1 + epsilonHigh);
  return free.mul(advantages).minimum(clipped.mul(advantages)).neg();
}

export function clippedRegions({
  ratio,
  advantages,
  epsilon,
  epsilonHigh,
}: PolicyTerms): Record<string, Tensor> {
  const low = ratio.lt(1 - epsilon).logicalAnd(advantages.lt(0));
  const high = ratio.gt(1 + epsilonHigh).logicalAnd(advantages.gt(0));
  return { 'clip_ratio/low': low, 'clip_ratio/high': high, 'clip_ratio/region': low.logicalOr(high) };
}

/** The k3 estimator of KL(pi || ref), per token (Schulman 2020): exp(ref - logp) - (ref - logp) - 1 >= 0. */
export function klK3(logp: Tensor, refLogp: Tensor, mask: Tensor): Tensor {
  const difference = refLogp.sub(logp).maskedFill(mask.eq(0), 0);
  return difference.clamp({ max: MAX_LOG_RATIO }).exp().sub(difference).sub(1);
}

/** Mean over sequences of each sequence's token mean: short and long completions weigh the same. */
export function meanOfSequences(tokenLoss: Tensor, { segments, mask, numSequences }: PolicyTerms): Tensor {
  return segments.mean(tokenLoss, mask).sum().div(numSequences);
}

/** Mean over all tokens of the optimizer step: long completions weigh more. */
export function meanOfTokens(tokenLoss: Tensor, { mask, numItems }: PolicyTerms): Tensor {
  return tokenLoss.mul(mask).sum().div(numItems);
}
