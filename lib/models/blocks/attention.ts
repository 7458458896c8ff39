/** What the attention layers of all networks have in common: flat projections in and out, and windows of rows. */
import { avAttention, type NodeTable, nodeTable } from '../../kernels/index.js';
import type { Tensor } from '../../tensor/index.js';
import type { Rotary } from './rope.js';

/** A tower's attention: [T, heads x headDim] each -> [T, heads x headDim], every row attends to all rows of its node. */
export function selfAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  heads: number,
  nodes: NodeTable,
  rotary?: Rotary,
): Tensor {
  const [q, k, v] = [query, key, value].map((flat) => flat.unflatten(-1, [heads, -1]));
  return avAttention(q, k, v, nodes, { rotary }).out.flatten(1);
}

/** The windows of an encoder: consecutive ranges of rows, each attending to itself only, in both directions. */
export function windowNodes(lengths: readonly number[]): NodeTable {
  let start = 0;
  return nodeTable(
    lengths.map((length) => {
      const rows: [number, number] = [start, start + length];
      start += length;
      return { q: rows, k: rows, parent: -1, causal: false };
    }),
  );
}
