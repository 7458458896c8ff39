/** The last layer of a pass of which some rows alone are wanted: all rows are its keys, and few its queries. */
import { int64 } from '../../batch/index.js';
import type { NodeTable } from '../../kernels/index.js';
import type { Tensor } from '../../tensor/index.js';
import type { Rotary } from './rope.js';

/** The queries of a layer among the rows of its input. */
export interface ChosenRows {
  /** Of q the chosen rows, of k all. */
  nodes: NodeTable;
  rotary: Rotary;
  /** Modality of the queries. */
  modality: Tensor;
  /** int64 */
  rows: Tensor;
  /** Places of the wanted rows among the chosen ones; null: these are the wanted ones. */
  wanted: Tensor | null;
}

/**
 * null: the pass computes all rows, and all are wanted.
 * @throws RangeError unless `wanted` rises inside the rows of the pass
 */
export function chosenRows(
  pass: { nodes: NodeTable; rotary: Rotary; modality: Tensor },
  wanted: readonly number[],
): ChosenRows | null {
  const { device, shape } = pass.modality;
  const wrong = wanted.findIndex(
    (row, i) => !Number.isSafeInteger(row) || row < 0 || row >= shape[0] || row <= (wanted[i - 1] ?? -1),
  );
  if (wrong !== -1) {
    const expected = `rising rows from 0 to ${shape[0] - 1}`;
    throw new RangeError(`forward: rows[${wrong}]: expected ${expected}, got ${wanted[wrong]}`);
  }
  if (wanted.length === shape[0]) return null;
  const { nodes, rows } = pass.nodes.endingWith(wanted);
  const places = new Map(rows.map((row, place) => [row, place]));
  const inChosen = wanted.map((row) => places.get(row) as number);
  const chosen = int64(rows, device);
  const pick = (tensor: Tensor): Tensor => tensor.indexSelect(0, chosen);
  return {
    nodes,
    rotary: { cos: pick(pass.rotary.cos), sin: pick(pass.rotary.sin) },
    modality: pick(pass.modality),
    rows: chosen,
    wanted: rows.length === wanted.length ? null : int64(inChosen, device),
  };
}
