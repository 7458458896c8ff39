/** Divergence of two next-token distributions from hidden states and the output head, without ever holding all logits. */

import { checkOptions, kinds, type Tensor, torch } from '../tensor/index.js';

export interface LinearKlOptions {
  /** Row of both hidden states that item i is computed from, int64 [N]; rows may repeat or be left out. Default: row i. */
  rows?: Tensor | null;
  /** Added to the logits before the temperature, [V], hidden's dtype or float32. */
  bias?: Tensor | null;
  /** Divides the logits. Default 1. */
  temperature?: number;
}

const optionKinds = { rows: kinds.passedOn, bias: kinds.passedOn, temperature: kinds.positive };

/**
 * KL(p || q) = sum p (log p - log q) over the whole vocabulary, in nats, with p = softmax((hidden weight^T + bias) /
 * temperature) and q the same of `perturbed`. Never below 0; exactly 0 for equal rows. Without a gradient.
 *
 * Logits are sums in the dtype of the result, everything after them is float64, so that a small divergence keeps its digits.
 * Cost: 4 N V H operations. On the CPU by a kernel; elsewhere by PyTorch's operators, for 1,024 rows and 4,096 tokens at a
 * time, in 96 MiB of memory.
 *
 * @param hidden [T, H], float32, bfloat16, float16 or float64
 * @param perturbed hidden's shape and dtype
 * @param weight [V, H], hidden's dtype
 * @returns [N], float32 (float64 for float64 inputs)
 * @throws TypeError for unknown options, TorchError for shapes, dtypes, devices and rows that do not fit
 */
export function linearKl(
  hidden: Tensor,
  perturbed: Tensor,
  weight: Tensor,
  options: LinearKlOptions = {},
): Tensor {
  checkOptions('linearKl', options, optionKinds);
  const { rows = null, bias = null, temperature = 1 } = options;
  return torch.ops.earsight.linear_kl(hidden, perturbed, weight, rows, bias, temperature) as Tensor;
}
