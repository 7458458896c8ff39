// Supervised fine-tuning: the mean negative log-likelihood of the target tokens.
//
//   nll: L = -1/N sum_t log pi(y_t | x, y_<t)                   N = target tokens of the whole optimizer step
//   dft: L = -1/N sum_t sg[pi(y_t | x, y_<t)] log pi(y_t | x, y_<t)        (arXiv 2508.05629; sg: no gradient)

import type { Tensor } from '../tensor/index.js';

/**
 * @param logp [tokens] of this micro-batch
 * @param numItemsInBatch target tokens of all micro-batches of the step, so that their losses add up to the mean
 */
export function sftLoss(logp: Tensor, numItemsInBatch: number = logp.numel()): Tensor {
  return logp.sum().div(-numItemsInBatch);
}

/** Dynamic fine-tuning: tokens that the model finds unlikely count less. Its parameters are those of `sftLoss`. */
export function dftLoss(logp: Tensor, numItemsInBatch: number = logp.numel()): Tensor {
  return sftLoss(logp.mul(logp.detach().exp()), numItemsInBatch);
}
