// From the log-probabilities of packed completions to what the preference losses take: one log-ratio a completion.
// Completions come in pairs: chosen, rejected, chosen, rejected, ... A step pair of process DPO holds the tokens of the
// two steps alone: the prefix that they share has the same log-probability on both sides and cancels.

import { checkOptions, kinds, type Tensor, torch } from '../tensor/index.js';
import { PackedSequences } from './packed-sequences.js';

export interface PairLogratios {
  /** log pi - log pi_ref summed over the tokens of each completion, [pairs]; log pi alone without a reference. */
  chosenLogratio: Tensor;
  rejectedLogratio: Tensor;
  /** Summed log-probabilities of the policy, [pairs]. */
  chosenLogp: Tensor;
  rejectedLogp: Tensor;
  /** Tokens, int64 [pairs]. */
  chosenLengths: Tensor;
  rejectedLengths: Tensor;
}

export interface PairOptions {
  /** [total] under the reference; left out: reference-free. */
  refLogp?: Tensor | null;
  /**
   * LD-DPO (arXiv 2409.06411): weight of the tokens beyond the shorter completion of the pair, 0 to 1, so that length
   * alone is not preferred. Default 1.
   */
  ldAlpha?: number;
  /** Whether ldAlpha weights the reference's tokens too (TRL), or the policy's alone (ms-swift). Default true. */
  ldReference?: boolean;
}

/**
 * @param logp [total], completions end to end
 * @param cuSeqlens int64 [2 pairs + 1]
 */
export function pairLogratios(logp: Tensor, cuSeqlens: Tensor, options: PairOptions = {}): PairLogratios {
  checkOptions('pairLogratios', options, {
    refLogp: kinds.passedOn,
    ldAlpha: kinds.fraction,
    ldReference: kinds.boolean,
  });
  const { refLogp, ldAlpha = 1, ldReference = true } = options;
  const sequences = new PackedSequences(cuSeqlens, logp.numel());
  if (sequences.count % 2 !== 0)
    throw new RangeError(
      `pairLogratios: cuSeqlens: expected pairs of completions, got ${sequences.count} completions`,
    );
  const lengths = cuSeqlens.diff().reshape([-1, 2]);
  const weights = ldAlpha === 1 ? null : tailWeights(lengths, cuSeqlens, sequences, ldAlpha).to(logp.dtype);
  const summed = (tokens: Tensor, weight: Tensor | null) =>
    sequences.sum(weight ? tokens.mul(weight) : tokens).reshape([-1, 2]);
  const policy = summed(logp, weights);
  // Token by token where it can be: sums over long completions are large, and their difference would be rounded with them.
  const ratioTo = (reference: Tensor) =>
    ldReference || weights === null
      ? summed(logp.sub(reference), weights)
      : policy.sub(summed(reference, null));
  const ratio = refLogp ? ratioTo(refLogp.detach()) : policy;
  return {
    chosenLogratio: ratio.select(1, 0),
    rejectedLogratio: ratio.select(1, 1),
    chosenLogp: policy.select(1, 0),
    rejectedLogp: policy.select(1, 1),
    chosenLengths: lengths.select(1, 0),
    rejectedLengths: lengths.select(1, 1),
  };
}

/** 1 for the first min(L_chosen, L_rejected) tokens of a completion, alpha for the rest. */
function tailWeights(lengths: Tensor, cuSeqlens: Tensor, sequences: PackedSequences, alpha: number): Tensor {
  const shorter = lengths.amin([1]).repeatInterleave(2);
  const starts = cuSeqlens.narrow(0, 0, sequences.count);
  const offset = torch
    .arange(sequences.index.numel(), { device: cuSeqlens.device })
    .sub(sequences.expand(starts));
  return torch.where(
    offset.lt(sequences.expand(shorter)),
    torch.ones([], { dtype: 'float64' }),
    torch.full([], alpha, { dtype: 'float64' }),
  );
}

/**
 * WPO (arXiv 2406.11827): the weight of a pair is the product of its completions' length-mean aligned probabilities,
 * exp(mean_t (log p(y_t) - log sum_v p(v)^2)), so that pairs the policy would sample itself count more.
 * @param logp [total] of the policy
 * @param collision log sum_v p(v)^2 of the policy at each token, [total]
 * @returns [pairs], without gradient
 */
export function wpoWeights(logp: Tensor, collision: Tensor, cuSeqlens: Tensor): Tensor {
  const aligned = logp.detach().sub(collision.detach());
  const sequences = new PackedSequences(cuSeqlens, logp.numel());
  return sequences.mean(aligned, torch.onesLike(aligned)).exp().reshape([-1, 2]).prod(1);
}
