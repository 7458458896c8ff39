/** Leaves of small graphs, for the tests of autograd. */
import { type Tensor, torch } from '../../lib/tensor/index.js';

export const leaf = (values: number[], dtype: 'float32' | 'float64' = 'float32'): Tensor =>
  torch.tensor(values, { dtype, requiresGrad: true });

/** Not an assignment in place: the type checker would then hold `.grad` for null. */
export const dropGrad = (tensor: Tensor): void => {
  tensor.grad = null;
};
