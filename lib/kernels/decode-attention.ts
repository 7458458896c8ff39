/** Attention of new tokens over a cache of keys and values: the sampling loop's kernel as a function of tensors. */

import { checkOptions, kinds, orNull, type Tensor, torch } from '../tensor/index.js';
import { NodeTable } from './node-table.js';
import { storageKinds } from './packed-linear.js';

export interface DecodeAttentionOptions {
  /** Modality of each key, uint8 [Tk], values 0..7; a query has that of its own key. Left out: all 0. */
  modality?: Tensor | null;
  /** Factor on the scores. Default D^-1/2. */
  scale?: number | null;
  /** How the cache stores keys and values; bfloat16 rounds them. Default: bfloat16 for bfloat16 keys, else float32. */
  dtype?: 'float32' | 'bfloat16';
}

const optionKinds = { modality: orNull(kinds.tensor), scale: orNull(kinds.number), ...storageKinds };

/**
 * The same attention as `avAttention`, by the kernel that samples: keys and values are packed into pages of 32 tokens, rows
 * with a node in common read its keys once for all query heads of a group, and partial results over chunks of 256 keys of
 * a node are joined in the order of the path. Sums are float32. A row's result depends on its path alone, bit for bit, with
 * any number of rows and threads. No gradient.
 *
 * Queries are new tokens: nodes with queries are causal, each query is one of the last keys of its node, and has that key's
 * modality. Rotary positions are applied before. A row that sees nothing, or is in no node, is 0. An infinity or NaN in k
 * or v may reach rows that do not see it.
 *
 * Each call packs k and v anew.
 *
 * @param q [Tq, Hq, D], float32, bfloat16 or float16, on the CPU
 * @param k [Tk, Hk, D], q's dtype; Hq must be a multiple of Hk
 * @param v [Tk, Hk, D]
 * @returns [Tq, Hq, D], q's dtype
 * @throws TypeError for something that is no node table and for unknown options, TorchError for shapes, dtypes, nodes and
 * modalities that do not fit, and for tensors that require a gradient outside `noGrad`
 */
export function decodeAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  nodes: NodeTable,
  options: DecodeAttentionOptions = {},
): Tensor {
  if (!(nodes instanceof NodeTable))
    throw new TypeError('decodeAttention: nodes: expected the result of nodeTable');
  checkOptions('decodeAttention', options, optionKinds);
  const { modality = null, scale = null, dtype = null } = options;
  return torch.ops.earsight.decode_attention(q, k, v, nodes.tensor, modality, { scale, dtype }) as Tensor;
}
