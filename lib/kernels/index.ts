/** Typed faces of our own operators. */
export {
  type AvAttentionOptions,
  type AvAttentionResult,
  avAttention,
  type RotaryTables,
} from './av-attention.js';
export {
  type LinearLogprobOptions,
  type LinearLogprobResult,
  linearLogprob,
} from './linear-logprob.js';
export { type NodeRow, NodeTable, nodeTable, type RowRange } from './node-table.js';
