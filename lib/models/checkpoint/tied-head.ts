/** The output head of a model whose configuration ties it to the embedding table. The tensors decide, not the configuration. */
import type { Tensor } from '../../tensor/index.js';
import type { StoredWeights } from './shards.js';

/** Names in the graph. */
export interface TiedHead<Config> {
  head: string;
  embeddings: string;
  /** The configuration of a graph whose head has weights of its own. */
  untied: Config;
}

/**
 * Drops the copy of a tied head. A single one of the two tensors serves as both; a head that differs is kept.
 * @returns the configuration that fits the weights
 */
export function settleHead<Config>(
  { tensors }: StoredWeights,
  config: Config,
  tied: TiedHead<Config> | null,
): Config {
  if (tied === null) return config;
  const head = tensors.get(tied.head);
  const embeddings = tensors.get(tied.embeddings);
  if (head === undefined) return config;
  if (embeddings !== undefined) {
    if (!sameTensor(head.tensor, embeddings.tensor)) return tied.untied;
    head.tensor.dispose();
  } else {
    tensors.set(tied.embeddings, head);
  }
  tensors.delete(tied.head);
  return config;
}

function sameTensor(a: Tensor, b: Tensor): boolean {
  return a.dtype === b.dtype && a.shape.join() === b.shape.join() && a.equal(b);
}
