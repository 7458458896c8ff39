// What every policy loss is made of, in tensor operations: importance ratios, advantages a token, a KL estimate, the ways
// in which token losses become one number. The terms of policy-formulas.ts differ only in how they combine these.
// Training runs on kernels.policyLoss, which does the same in one pass; the two are compared in the tests.

import type { Aggregation, PolicyLossSettings, RatioLevel } from '../kernels/index.js';
import { type Tensor, torch } from '../tensor/index.js';
import type { PackedSequences } from './packed-sequences.js';

/** Settings with their defaults filled in; null where null stands for the absence of a bound. */
export type PolicySettings = Required<PolicyLossSettings> & { epsilonHigh: number };

/** One packed batch of completions, everything [total tokens] unless said otherwise. */
export interface PolicyTerms {
  logp: Tensor;
  oldLogp: Tensor;
  /** logp - oldLogp, 0 where masked. */
  logRatio: Tensor;
  /** pi / pi_old of the token, or of its whole sequence. */
  ratio: Tensor;
  advantages: Tensor;
  /** 1 where the token takes part in the loss, else 0; same dtype as logp. */
  mask: Tensor;
  sequences: PackedSequences;
  /** exp(oldLogp - samplerLogp), bounded, a token's or its sequence's; 1 without correction. */
  correction: Tensor;
  options: PolicySettings;
}

/** exp overflows float32 beyond 88, and an infinite ratio makes a NaN gradient even where it is clipped away. */
export const MAX_LOG_RATIO = 20;

/** NaN keeps its gradient, which that of clamp would turn into 0. */
export const bounded = (logRatio: Tensor): Tensor =>
  torch.where(logRatio.isnan(), logRatio, logRatio.clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO));

/** exp(logp - oldLogp) a token, or exp of its mean over the sequence (GSPO, arXiv 2507.18071). */
export function importanceRatio(
  level: RatioLevel,
  logp: Tensor,
  logRatio: Tensor,
  mask: Tensor,
  sequences: PackedSequences,
): Tensor {
  if (level === 'token') return bounded(logRatio).exp();
  const sequence = bounded(sequences.expand(sequences.mean(logRatio, mask))).exp();
  return level === 'sequence' ? sequence : sequence.detach().mul(logp.sub(logp.detach()).exp());
}

/** An estimate of KL(pi || ref), per token (Schulman 2020), from x = ref - logp. */
export function klEstimate(estimator: 'k1' | 'k2' | 'k3' | 'abs', difference: Tensor): Tensor {
  const x = bounded(difference);
  switch (estimator) {
    case 'k1':
      return x.neg();
    case 'k2':
      return x.square().div(2);
    case 'k3':
      return x.exp().sub(x).sub(1);
    case 'abs':
      return x.abs();
  }
}

/** Weight of each token in the loss, [total] or one number. */
export function tokenWeights(aggregation: Aggregation, terms: PolicyTerms): Tensor | number {
  const { mask, sequences, options } = terms;
  const { maxCompletionLength, numItemsInBatch, numSequencesInBatch } = options;
  const tokens = Math.max(1, mask.sum().item());
  const here = Math.max(1, sequences.count);
  const perStep = numSequencesInBatch ?? here;
  switch (aggregation) {
    case 'seq-mean-token-mean':
      return sequences.expand(sequences.sum(mask).clamp(1)).mul(perStep).reciprocal();
    case 'token-mean':
      return 1 / Math.max(1, numItemsInBatch ?? tokens);
    case 'local-token-mean':
      return here / perStep / tokens;
    case 'seq-mean-token-sum':
      return 1 / perStep;
    case 'seq-mean-token-sum-norm':
      if (maxCompletionLength == null)
        throw new RangeError('policyLoss: maxCompletionLength: missing; the loss divides by it');
      return 1 / (perStep * maxCompletionLength);
    case 'token-sum':
      return 1;
  }
}
