/** Fresh weights as transformers draws them. */
import { init, type Module } from '../nn/index.js';

/** Matrices and embeddings from N(0, std^2), biases 0. Norms keep their ones. */
export function initialiseNormal(graph: Module, std: number): void {
  for (const [name, tensor] of graph.namedParameters()) {
    if (name.endsWith('.bias')) init.zeros_(tensor);
    else if (tensor.dim() > 1) init.normal_(tensor, 0, std);
  }
}
