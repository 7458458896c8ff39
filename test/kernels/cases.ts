/** Inputs of the attention tests. */
import type { NodeRow } from '../../lib/kernels/index.js';
import type { DType } from '../../lib/tensor/index.js';
import { type Case, heads, type Layout, type MassMode, randomSource } from './reference.js';

export interface RandomCase extends Case {
  dtype: DType;
  massMode: MassMode;
  wantLse: boolean;
}

type Random = ReturnType<typeof randomSource>;

/**
 * Up to sixteen levels of nodes with gaps, empty runs, windows, gates by the query's modality, fewer or more keys than
 * queries, and keys that unrelated nodes share; query ranges have a random order. A third of the forests are deep: the
 * parent of a node is one of the three before it.
 */
function randomForest(random: Random): { nodes: NodeRow[]; tq: number; tk: number } {
  const lengths = random.pick([
    [0, 1, 1, 2, 3, 5, 9, 17],
    [1, 15, 16, 31, 32, 33],
  ]);
  const deep = random.uniform() < 1 / 3;
  const count = deep
    ? random.pick([7, 20, lengths[0] === 0 ? 28 : 16])
    : random.pick([1, 2, 4, 7, lengths[0] === 0 ? 16 : 3]);
  const nodes: NodeRow[] = [];
  const ancestors: number[][] = [];
  let tk = random.below(3);
  for (let index = 0; index < count; index += 1) {
    const parents = ancestors.flatMap((above, i) => (above.length < 15 ? [i] : [])).slice(deep ? -3 : 0);
    const parent = parents.length > 0 && random.uniform() < (deep ? 0.97 : 0.7) ? random.pick(parents) : -1;
    const above = parent < 0 ? [] : [...ancestors[parent], parent];
    const unrelated = nodes.filter((_, i) => !above.some((b) => overlap(nodes[b].k, nodes[i].k)));
    const queries = random.pick(lengths);
    const keys = random.uniform() < 0.6 ? queries : random.pick(lengths);
    const shared = unrelated.length > 0 && random.uniform() < 0.1;
    nodes.push({
      q: [0, queries],
      k: shared ? random.pick(unrelated).k : [tk, tk + keys],
      parent,
      causal: random.uniform() < 0.6,
      window: random.pick([-1, -1, 0, 1, 6, 20, 60, 2 ** 40]),
      gate: random.pick([0xff, 0xff, 5, 0, Array.from({ length: 8 }, () => random.below(256))]),
    });
    ancestors.push(above);
    if (!shared) tk += keys + random.pick([0, 0, 2]);
  }
  let tq = random.below(2);
  for (const node of random.uniform() < 0.3 ? nodes.slice().reverse() : nodes) {
    node.q = [tq, tq + node.q[1]];
    tq = node.q[1] + random.pick([0, 0, 1]);
  }
  return { nodes, tq, tk };
}

const overlap = (a: NodeRow['k'], b: NodeRow['k']) => Math.max(a[0], b[0]) < Math.min(a[1], b[1]);

/** All options of the operator at random; the same case for a seed on every machine. */
export function randomCase(seed: number): RandomCase {
  const random = randomSource(seed);
  const { nodes, tq, tk } = randomForest(random);
  const tuned = [32, 64, 72, 80, 96, 128];
  const width = random.pick([random.pick(tuned), random.pick([1, 2, 4, 8]), 1 + random.below(256)]);
  const valueWidth = random.pick([width, random.pick(tuned), 1 + random.below(256)]);
  const keyHeads = random.pick([1, 2, 3]);
  const group = random.pick([1, 2, 3, 7, 8]);
  // The reference works in plain loops.
  const many = tq * tk * keyHeads * group * (width + valueWidth) > 3e5;
  const [hq, hk] = many ? [group > 3 ? 2 : group, 1] : [keyHeads * group, keyHeads];
  const modalities = random.pick([1, 3, 8]);
  const layout = () => random.pick<Layout>(['rows', 'heads', 'gaps', 'columns']);
  const input: RandomCase = {
    nodes,
    q: heads(tq, hq, width, random.normal),
    k: heads(tk, hk, width, random.normal),
    v: heads(tk, hk, valueWidth, random.normal),
    modality: Uint8Array.from({ length: tk }, () => random.below(modalities)),
    queryModality: Uint8Array.from({ length: tq }, () => random.below(modalities)),
    scale: random.pick([1, 1, 0.5, 1.5]) * width ** -0.5,
    layouts: { q: layout(), k: layout(), v: layout(), out: layout() },
    dtype: random.pick<DType>(['bfloat16', 'float32', 'float64']),
    massMode: random.pick<MassMode>(['none', 'head', 'mean', 'node']),
    wantLse: random.uniform() < 0.7,
  };
  if (width % 2 === 0 && random.uniform() < 0.5) {
    const angles = (rows: number) => heads(rows, 1, width / 2, random.normal);
    input.angles = { q: angles(tq) };
    if (tq !== tk || random.uniform() < 0.5) input.angles.k = angles(tk);
  }
  poisonUnused(input);
  return input;
}

/** Rows of no node must not be read: they become NaN. */
function poisonUnused({ nodes, q, k, v }: Case): void {
  for (const [name, tensors] of [['q', [q]] as const, ['k', [k, v]] as const]) {
    for (const { rows, heads: count, width, data } of tensors) {
      for (let row = 0; row < rows; row += 1) {
        if (nodes.some((node) => node[name][0] <= row && row < node[name][1])) continue;
        data.fill(Number.NaN, row * count * width, (row + 1) * count * width);
      }
    }
  }
}

/** Four query heads on two key heads, all of modality 0. */
export const simple = (nodes: NodeRow[], tq: number, tk = tq, seed = 1): Case => {
  const { normal } = randomSource(seed);
  return {
    nodes,
    q: heads(tq, 4, 8, normal),
    k: heads(tk, 2, 8, normal),
    v: heads(tk, 2, 6, normal),
    modality: new Uint8Array(tk),
    queryModality: new Uint8Array(tq),
    scale: 8 ** -0.5,
  };
};

export const range = (start: number, end: number) => Array.from({ length: end - start }, (_, i) => start + i);
