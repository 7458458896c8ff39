/** Attention over a forest of nodes: one operator for the decoder, the encoder towers and sampling over a KV cache. */

import { checkOptions, kinds, oneOf, orNull, required, scope, type Tensor, torch } from '../tensor/index.js';
import { NodeTable } from './node-table.js';

/**
 * Rotary tables, float32 [T, D/2], in the half-split convention: element i of a head is paired with element i + D/2.
 * One pair serves queries and keys when Tq = Tk; else the keys have their own.
 */
export interface RotaryTables {
  cos: Tensor;
  sin: Tensor;
  keyCos?: Tensor;
  keySin?: Tensor;
}

export interface AvAttentionOptions {
  /** Modality of each key, uint8 [Tk], values 0..7 (0 text, 1 audio, 2 video, 3 image). Left out: all 0. */
  modality?: Tensor | null;
  /** Modality of each query, uint8 [Tq]. Left out: all 0. */
  queryModality?: Tensor | null;
  /** Rotates queries and keys before the scores. Left out: no rotation. */
  rotary?: RotaryTables | null;
  /** Factor on the scores. Default D^-1/2. */
  scale?: number | null;
  /**
   * Row of k from which on each query sees nothing, int64 [Tq] on q's device, besides what the table hides: so that one table
   * serves a cache that grows. No gradient. On the CPU it takes the dense definition. Left out: none.
   */
  keyEnd?: Tensor | null;
  /**
   * Attention probability by modality of the key: `head` [Hq, Tq, 8], `mean` over heads [Tq, 8], or `node`
   * [nodes, 8, 8]: mean over heads, summed over the node's queries by their modality. Default `none`.
   */
  massMode?: 'none' | 'head' | 'mean' | 'node';
  /** Return the log-sum-exp of each row's scores too. */
  returnLse?: boolean;
}

const optionKinds = {
  modality: orNull(kinds.tensor),
  queryModality: orNull(kinds.tensor),
  rotary: orNull(kinds.object),
  scale: orNull(kinds.number),
  keyEnd: orNull(kinds.tensor),
  massMode: oneOf('none', 'head', 'mean', 'node'),
  returnLse: kinds.boolean,
};
const rotaryKinds = {
  cos: required(kinds.tensor),
  sin: required(kinds.tensor),
  keyCos: kinds.tensor,
  keySin: kinds.tensor,
};

export interface AvAttentionResult {
  /** [Tq, Hq, Dv], q's dtype. */
  out: Tensor;
  /** [Hq, Tq], float32 (float64 for float64 inputs). */
  lse?: Tensor;
  /** float32 (float64 for float64 inputs), see `massMode`. */
  mass?: Tensor;
}

/**
 * out_i = sum_j P_ij v_j, P = softmax over the keys j that query i sees of scale q_i . k_j; lse_i is the logarithm
 * of the softmax's denominator, mass_im the sum of P_ij over keys of modality m. Differentiable in q, k and v through
 * all three. Query i of node a sees key j when j belongs to an ancestor of a, or to a itself and (when causal) does
 * not lie after i; and within the node's window; and when its modality is in the gate for i's modality. A row that
 * sees nothing, or is in no node, has out 0, lse -inf and mass 0, and no gradient.
 *
 * Grouped queries: query head h reads key head floor(h Hk / Hq).
 *
 * @param q [Tq, Hq, D], float32, bfloat16, float16 or float64
 * @param k [Tk, Hk, D], q's dtype and device; Hq must be a multiple of Hk
 * @param v [Tk, Hk, Dv]
 * @throws TypeError for something that is no node table and for unknown options, RangeError when the table reaches beyond
 * q or k, TorchError for shapes, dtypes and modalities that do not fit
 */
export function avAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  nodes: NodeTable,
  options: AvAttentionOptions = {},
): AvAttentionResult {
  if (!(nodes instanceof NodeTable))
    throw new TypeError('avAttention: nodes: expected the result of nodeTable');
  checkOptions('avAttention', options, optionKinds);
  if (options.rotary) checkOptions('avAttention: rotary', options.rotary, rotaryKinds);
  const {
    modality = null,
    queryModality = null,
    rotary,
    scale = null,
    keyEnd = null,
    massMode = 'none',
    returnLse = false,
  } = options;
  const [tq, tk] = [q.shape[0] ?? 0, k.shape[0] ?? 0];
  if (nodes.queryRows > tq)
    throw new RangeError(`avAttention: nodes reach row ${nodes.queryRows} of q, which has ${tq}`);
  if (nodes.keyRows > tk)
    throw new RangeError(`avAttention: nodes reach row ${nodes.keyRows} of k, which has ${tk}`);
  // Outside the scope below: the table keeps both for the next layer.
  const table = nodes.tensor;
  // On meta nothing is computed, and modalities there have no values to plan from.
  const plan = q.device === 'meta' ? null : nodes.planFor(modality, queryModality, tq, tk);
  return scope(() => {
    const [out, lse, mass] = torch.ops.earsight.av_attention(
      q,
      k,
      v,
      table,
      modality,
      queryModality,
      rotary?.cos ?? null,
      rotary?.sin ?? null,
      rotary?.keyCos ?? null,
      rotary?.keySin ?? null,
      plan,
      scale,
      massMode,
      keyEnd,
    ) as [Tensor, Tensor, Tensor];
    const result: AvAttentionResult = { out };
    if (returnLse) result.lse = lse;
    if (massMode !== 'none') result.mass = mass;
    return result;
  });
}
