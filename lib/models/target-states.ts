/** What a pass computes for a loss: hidden states that predict targets. */
import type { Packed, Targets } from '../batch/index.js';
import type { Tensor } from '../tensor/index.js';
import type { ModelGraph } from './graph.js';

/** Hidden states [R, hidden], and the row among them that predicts each target, int64 [N]. */
export function targetStates(
  graph: ModelGraph,
  packed: Packed,
  { rows, distinct, places }: Targets,
): { hidden: Tensor; rows: Tensor } {
  const hidden = graph.forward(packed, { rows: distinct });
  return { hidden, rows: hidden.shape[0] === distinct.length ? places : rows };
}
