// Measures earsight alone on a row of bench/attention, for a machine whose Python has no torch: the same shapes, from Node.

import earsight from '../../dist/index.js';
import results from '../results-page.cjs';
import { usefulFlops } from './rows.cjs';

const { kernels, torch } = earsight;

/** Parts of a run; each takes the result of the one before it. */
export function partsOf({ nodes, heads, keyHeads, width, dtype, modality }) {
  const { queryRows, keyRows } = kernels.nodeTable(nodes);
  const normal = (rows, count) => torch.randn([rows, count, width]).to(dtype);
  const leaves = [normal(queryRows, heads), normal(keyRows, keyHeads), normal(keyRows, keyHeads)];
  for (const leaf of leaves) leaf.requiresGrad = true;
  const gradient = normal(queryRows, heads);
  const options = modality === undefined ? {} : { modality: torch.tensor(Uint8Array.from(modality)) };
  return {
    // A new table each time: the plan is built in every forward, as if no layers shared it.
    forward: () => kernels.avAttention(...leaves, kernels.nodeTable(nodes), options).out,
    backward: (out) => torch.autograd.grad([out], leaves, { gradOutputs: [gradient] }),
  };
}

export function lineOf(row, { forward, backward }) {
  const work = usefulFlops(row);
  const part = (name, seconds, flops) =>
    `${name} ${results.digits(1e3 * seconds)} ms, ${results.digits(flops / seconds / 1e12)} TFLOP/s`;
  return `${row.id}; ${part('forward', forward, work[0])}; ${part('backward', backward, work[1])}`;
}
