/** Gradient clipping by the global norm. */
import { checkOption, kinds, noGrad, required, scope, type Tensor, torch } from '../../tensor/index.js';

/**
 * Scales all gradients in place so that their joint 2-norm is at most `maxNorm` (Pascanu et al., 2013).
 * All parameters lie on one device.
 * @returns the norm before scaling, [] (a device value: `item()` waits for it); 0 when there is no gradient
 */
export function clipGradNorm(parameters: Iterable<Tensor>, maxNorm: number): Tensor {
  checkOption('clipGradNorm', 'maxNorm', maxNorm, required(kinds.notNegative));
  return noGrad(() =>
    scope(() => {
      const grads = [...parameters].map((tensor) => tensor.grad).filter((grad) => grad !== null);
      if (grads.length === 0) return torch.zeros([]);
      const norms = torch.ops.aten['_foreach_norm.Scalar'](grads, 2) as Tensor[];
      const total = torch.linalg.vectorNorm(torch.stack(norms));
      // 1e-6 as in PyTorch: it keeps the factor finite for zero gradients. No branch on the value: no device wait.
      const factor = total.add(1e-6).reciprocal().mul(maxNorm).clamp({ max: 1 });
      torch.ops.aten['_foreach_mul_.Tensor'](grads, factor);
      return total;
    }),
  );
}
