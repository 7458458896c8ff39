// Process DPO (video-SALMONN-o1, arXiv 2502.11775): two steps that continue the same prefix are compared by how often
// rollouts from them reach the right answer. p is that share, and the label of a pair is soft, since a few rollouts are
// noisy:
//
//   r(s)  = beta log pi(s | prefix) / pi_ref(s | prefix)        P = sigmoid( r(s) - r(s') )
//   L     = -mean[ alpha log P + (1 - alpha) log(1 - P) ]
//   soft labels  alpha = sigmoid( (p - p') / mu )       hard labels  alpha = 1 where p > p', else 0
//
// alpha = 1 is DPO itself. Full solution paths are the same with an empty prefix and alpha 1.

import { type PreferenceLoss, type PreferenceLossOptions, preferenceLoss } from '../kernels/index.js';
import { functional as F } from '../nn/index.js';
import { checkOptions, type Tensor } from '../tensor/index.js';

/**
 * @param correct share of right rollouts from each step, 0 to 1, [pairs]
 * @param otherCorrect the same of the step it is compared with
 * @param mu > 0; 0.2 to 0.3 make one of six rollouts worth a label of about 0.65
 * @returns [pairs]
 */
export function softLabels(correct: Tensor, otherCorrect: Tensor, mu: number): Tensor {
  if (!(mu > 0)) throw new RangeError(`softLabels: mu: expected a number > 0, got ${mu}`);
  return correct.sub(otherCorrect).div(mu).sigmoid();
}

/** 1 where the first step is right more often, else 0. */
export function hardLabels(correct: Tensor, otherCorrect: Tensor): Tensor {
  return correct.gt(otherCorrect).to(correct.dtype);
}

/**
 * @param logratio log pi - log pi_ref of each step, summed over its tokens, [pairs]
 * @param otherLogratio the same of the step it is compared with
 * @param alpha [pairs], 0 to 1
 */
export function processDpo(
  logratio: Tensor,
  otherLogratio: Tensor,
  alpha: Tensor,
  options: Pick<PreferenceLossOptions, 'beta' | 'weight' | 'numPairsInBatch'> = {},
): PreferenceLoss {
  checkOptions('processDpo', options, ['beta', 'weight', 'numPairsInBatch']);
  return preferenceLoss(logratio, otherLogratio, { ...options, type: 'process', alpha });
}

/** The plain form, one pair each, z = beta (r - r'). */
export function processLoss(z: Tensor, alpha: Tensor): Tensor {
  const first = alpha.mul(F.logsigmoid(z));
  return first.add(alpha.neg().add(1).mul(F.logsigmoid(z.neg()))).neg();
}
