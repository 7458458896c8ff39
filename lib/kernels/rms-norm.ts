/** The norm of transformer layers. */
import { type DType, type Tensor, torch } from '../tensor/index.js';

/**
 * x / sqrt(mean(x^2) + eps) * weight over the last dimension, with gradients. On the CPU it takes one pass over x in float32 or
 * bfloat16, under weights in float32.
 * @param dtype of the result; left out: the weight's
 */
export function rmsNorm(x: Tensor, weight: Tensor, eps: number, dtype: DType | null = null): Tensor {
  return torch.ops.earsight.rms_norm(x, weight, eps, { dtype }) as Tensor;
}
