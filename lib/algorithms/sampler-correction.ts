// Where the sampler's probabilities differ from the learner's old ones, tokens are weighted by exp(old - sampler), cut
// off at bounds (truncated importance sampling) or dropped beyond them (masked); and sequences from which the policy has
// moved away are not pushed down further (DeepSeek-V3.2, arXiv 2512.02556).

import { type Tensor, torch } from '../tensor/index.js';
import type { PackedSequences } from './packed-sequences.js';
import { bounded, type PolicySettings } from './policy-terms.js';

/** old - sampler [total]; 0 where masked and where the sampler gave no probability (NaN). */
export function samplerDifference(oldLogp: Tensor, samplerLogp: Tensor, mask: Tensor): Tensor {
  return oldLogp.sub(samplerLogp).maskedFill(samplerLogp.isnan().logicalOr(mask.eq(0)), 0);
}

/** The weight of each token [total], without gradient. */
export function correctionWeights(
  difference: Tensor,
  mask: Tensor,
  sequences: PackedSequences,
  settings: PolicySettings,
): Tensor {
  const { importanceCorrection, importanceCorrectionMin: min, importanceCorrectionMax: max } = settings;
  if (importanceCorrection === 'none') return torch.onesLike(difference);
  const [level, cut] = importanceCorrection.split('_');
  const reduced =
    settings.importanceCorrectionReduction === 'sum'
      ? sequences.sum(difference)
      : sequences.mean(difference, mask);
  const weight = bounded(level === 'token' ? difference : sequences.expand(reduced)).exp();
  const [low, high] = [min ?? -Infinity, max ?? Infinity];
  if (cut === 'truncate') return weight.clamp(low, high);
  return weight.maskedFill(weight.lt(low).logicalOr(weight.gt(high)), 0);
}

/** 1 for tokens that are kept, 0 for those with A < 0 whose sequence is off-policy by more than the threshold, [total]. */
export function offPolicyMask(
  drift: Tensor,
  advantages: Tensor,
  mask: Tensor,
  sequences: PackedSequences,
  threshold: number,
): Tensor {
  const far = sequences.expand(sequences.mean(drift, mask)).gt(threshold);
  return far.logicalAnd(advantages.lt(0)).logicalNot().to(drift.dtype);
}
