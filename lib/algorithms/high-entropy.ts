// Only tokens of high entropy, the forks of the reasoning, have a policy term (arXiv 2506.01939).

import { type Tensor, torch } from '../tensor/index.js';

/** The entropy at which the top `quantile` of the tokens in the loss begins. */
export function entropyThreshold(entropy: Tensor, mask: Tensor, quantile: number): number {
  const values = entropy.maskedSelect(mask.ne(0));
  return values.numel() === 0 ? Infinity : torch.quantile(values, 1 - quantile).item();
}
