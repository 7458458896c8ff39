/** Inputs of the attention tests. */
import type { NodeRow } from '../../lib/kernels/index.js';
import { type Case, heads, randomSource } from './reference.js';

/** A forest with gaps, empty runs, windows and gates; q and k of different lengths. */
export function randomCase(seed: number): Case {
  const random = randomSource(seed);
  const lengths = [0, 1, 1, 2, 3, 5, 9, 17];
  const nodes: NodeRow[] = [];
  const levels: number[] = [];
  let [tq, tk] = [random.below(2), random.below(3)];
  for (let index = random.pick([1, 2, 4, 7]); index > 0; index -= 1) {
    const parents = [...levels.keys()].filter((i) => levels[i] < 4);
    const parent = parents.length > 0 && random.uniform() < 0.7 ? random.pick(parents) : -1;
    const queries = random.pick(lengths);
    const keys = random.uniform() < 0.6 ? queries : random.pick(lengths);
    nodes.push({
      q: [tq, tq + queries],
      k: [tk, tk + keys],
      parent,
      causal: random.uniform() < 0.6,
      window: random.pick([-1, -1, 0, 1, 6, 2 ** 40]),
      gate: random.pick([0xff, 0xff, 5, 0, Array.from({ length: 8 }, () => random.below(256))]),
    });
    levels.push(parent < 0 ? 1 : levels[parent] + 1);
    tq += queries + random.pick([0, 0, 1]);
    tk += keys + random.pick([0, 0, 2]);
  }
  const [keyHeads, group, width, valueWidth] = [
    random.pick([1, 2]),
    random.pick([1, 2, 3]),
    random.pick([1, 4, 8]),
    random.pick([1, 4, 5]),
  ];
  return {
    nodes,
    q: heads(tq, keyHeads * group, width, random.normal),
    k: heads(tk, keyHeads, width, random.normal),
    v: heads(tk, keyHeads, valueWidth, random.normal),
    modality: Uint8Array.from({ length: tk }, () => random.below(random.pick([1, 3, 8]))),
    queryModality: Uint8Array.from({ length: tq }, () => random.below(8)),
    scale: width ** -0.5,
  };
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
