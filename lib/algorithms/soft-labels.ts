// Classification into wrong (0) and right (1) with soft labels: what reward models of steps and completions learn.
//
//   L = -1/N sum_i (p_i log q_i(1) + (1 - p_i) log q_i(0))        N = labels of the whole optimizer step

import type { Tensor } from '../tensor/index.js';

/**
 * @param logits [labels, 2] of this micro-batch
 * @param labels [labels]: probability of the second class
 * @param numItemsInBatch labels of all micro-batches of the step, so that their losses add up to the mean
 * @returns scalar
 */
export function softLabelLoss(
  logits: Tensor,
  labels: Tensor,
  numItemsInBatch: number = labels.numel(),
): Tensor {
  const logq = logits.logSoftmax(-1);
  const right = labels.mul(logq.select(1, 1));
  const wrong = labels.neg().add(1).mul(logq.select(1, 0));
  return right.add(wrong).sum().div(-numItemsInBatch);
}
