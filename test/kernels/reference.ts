/**
 * Attention over a node forest in plain loops over doubles, forward and backward, with no tensor library. The
 * gradients are the closed forms, written out by hand:
 *   D_i = dO_i . O_i + sum_m dA_im A_im - dLSE_i        dS_ij = P_ij (dO_i . v_j + dA_i,mod(j) - D_i)
 *   dV_j = sum_i P_ij dO_i      dq_i = scale sum_j dS_ij k_j      dk_j = scale sum_i dS_ij q_i
 */
import type { NodeRow } from '../../lib/kernels/index.js';

/** Rows x heads x width, flat. */
export interface Heads {
  rows: number;
  heads: number;
  width: number;
  data: Float64Array;
}

export interface Case {
  nodes: NodeRow[];
  q: Heads;
  k: Heads;
  v: Heads;
  modality: Uint8Array;
  queryModality: Uint8Array;
  scale: number;
}

export interface Outcome {
  /** [Tq, Hq, Dv] */
  out: Float64Array;
  /** [Hq, Tq] */
  lse: Float64Array;
  /** [Hq, Tq, 8] */
  mass: Float64Array;
}

export function heads(rows: number, count: number, width: number, fill: () => number = () => 0): Heads {
  return { rows, heads: count, width, data: Float64Array.from({ length: rows * count * width }, fill) };
}

export function row({ heads: count, width, data }: Heads, index: number, head: number): Float64Array {
  return data.subarray((index * count + head) * width, (index * count + head + 1) * width);
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, d) => sum + value * b[d], 0);
}

function addScaled(target: Float64Array, factor: number, source: Float64Array): void {
  for (let d = 0; d < target.length; d += 1) target[d] += factor * source[d];
}

/** The keys that query i of node a sees. */
export function visibleKeys({ nodes, modality, queryModality }: Case, a: number, i: number): number[] {
  const path = [a];
  while ((nodes[path[0]].parent ?? -1) >= 0) path.unshift(nodes[path[0]].parent as number);
  const along = path.flatMap((b) => {
    const [start, end] = nodes[b].k;
    return Array.from({ length: end - start }, (_, j) => ({ owner: b, key: start + j }));
  });
  const { q, causal = false, window = -1, gate = 0xff } = nodes[a];
  const here = along.length - (q[1] - i);
  const mask = typeof gate === 'number' ? gate : gate[queryModality[i]];
  return along
    .filter(({ owner, key }, there) => {
      if (owner === a && causal && there > here) return false;
      const distance = causal ? here - there : Math.abs(here - there);
      if (window >= 0 && distance > window) return false;
      return ((mask >> modality[key]) & 1) === 1;
    })
    .map(({ key }) => key);
}

/** Every (query, head) with the probabilities of its keys. */
function* rowsOf(input: Case) {
  const { nodes, q, k, scale } = input;
  const group = q.heads / k.heads;
  for (const [a, node] of nodes.entries()) {
    for (let i = node.q[0]; i < node.q[1]; i += 1) {
      const keys = visibleKeys(input, a, i);
      if (keys.length === 0) continue;
      for (let h = 0; h < q.heads; h += 1) {
        const kh = Math.floor(h / group);
        const scores = keys.map((j) => scale * dot(row(q, i, h), row(k, j, kh)));
        const most = Math.max(...scores);
        const total = scores.reduce((sum, score) => sum + Math.exp(score - most), 0);
        const lse = most + Math.log(total);
        yield { a, i, h, kh, keys, lse, weights: scores.map((score) => Math.exp(score - lse)) };
      }
    }
  }
}

export function forward(input: Case): Outcome {
  const { q, v, modality } = input;
  const out = heads(q.rows, q.heads, v.width);
  const lse = new Float64Array(q.heads * q.rows).fill(-Infinity);
  const mass = new Float64Array(q.heads * q.rows * 8);
  for (const { i, h, kh, keys, lse: value, weights } of rowsOf(input)) {
    lse[h * q.rows + i] = value;
    keys.forEach((j, n) => {
      addScaled(row(out, i, h), weights[n], row(v, j, kh));
      mass[(h * q.rows + i) * 8 + modality[j]] += weights[n];
    });
  }
  return { out: out.data, lse, mass };
}

/** Gradients of q, k and v from those of out, lse and mass. */
export function backward(
  input: Case,
  upstream: Outcome,
): { q: Float64Array; k: Float64Array; v: Float64Array } {
  const { q, k, v, modality, scale } = input;
  const result = forward(input);
  const dOut = { ...heads(q.rows, q.heads, v.width), data: upstream.out };
  const out = { ...dOut, data: result.out };
  const [dq, dk, dv] = [q, k, v].map((x) => heads(x.rows, x.heads, x.width));
  for (const { i, h, kh, keys, weights } of rowsOf(input)) {
    const at = h * q.rows + i;
    const dMass = upstream.mass.subarray(at * 8, at * 8 + 8);
    const delta =
      dot(row(dOut, i, h), row(out, i, h)) +
      dot(dMass, result.mass.subarray(at * 8, at * 8 + 8)) -
      upstream.lse[at];
    keys.forEach((j, n) => {
      const dScore = weights[n] * (dot(row(dOut, i, h), row(v, j, kh)) + dMass[modality[j]] - delta);
      addScaled(row(dv, j, kh), weights[n], row(dOut, i, h));
      addScaled(row(dq, i, h), scale * dScore, row(k, j, kh));
      addScaled(row(dk, j, kh), scale * dScore, row(q, i, h));
    });
  }
  return { q: dq.data, k: dk.data, v: dv.data };
}

/** mulberry32: the same numbers everywhere for a seed. */
export function randomSource(seed: number) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    uniform,
    /** 0 .. n - 1 */
    below: (n: number) => Math.floor(uniform() * n),
    pick: <T>(values: readonly T[]): T => values[Math.floor(uniform() * values.length)],
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}
