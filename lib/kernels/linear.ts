/** The product of linear layers. */
import { type Tensor, torch } from '../tensor/index.js';

/**
 * x W^T + b with gradients, as PyTorch's `linear`. Large products in float32 on the CPU are oneDNN's, which multiplies by AVX-512 on
 * every processor that has it.
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  return torch.ops.earsight.linear(x, weight, bias) as Tensor;
}
