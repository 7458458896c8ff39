/**
 * Attention over a node forest in plain loops over doubles, forward and backward, with no tensor library. The mask is
 * explicit: a list of keys for every query. The gradients are the closed forms, written out by hand:
 *   D_i = dO_i . O_i + sum_m dA_im A_im - dLSE_i        dS_ij = P_ij (dO_i . v_j + dA_i,mod(j) - D_i)
 *   dV_j = sum_i P_ij dO_i      dq_i = scale sum_j dS_ij k_j      dk_j = scale sum_i dS_ij q_i
 */
import type { AvAttentionOptions, NodeRow } from '../../lib/kernels/index.js';

export type MassMode = NonNullable<AvAttentionOptions['massMode']>;

/** Rows x heads x width, flat. */
export interface Heads {
  rows: number;
  heads: number;
  width: number;
  data: Float64Array;
}

/** Layout of a tensor in memory: row by row, head by head, inside a wider buffer, or with a strided innermost dimension. */
export type Layout = 'rows' | 'heads' | 'gaps' | 'columns';

export interface Case {
  nodes: NodeRow[];
  q: Heads;
  k: Heads;
  v: Heads;
  modality: Uint8Array;
  queryModality: Uint8Array;
  scale: number;
  /** Angles of the rotation in radians, [rows, 1, D/2]; keys without their own take those of the queries. */
  angles?: { q: Heads; k?: Heads };
  /** Of q, k, v and the gradient of out; all `rows` when left out. */
  layouts?: Record<'q' | 'k' | 'v' | 'out', Layout>;
}

export interface Outcome {
  /** [Tq, Hq, Dv] */
  out: Float64Array;
  /** [Hq, Tq] */
  lse: Float64Array;
  /** [Hq, Tq, 8] */
  mass: Float64Array;
}

export interface Gradients {
  q: Float64Array;
  k: Float64Array;
  v: Float64Array;
  /**
   * What one unit of rounding in `out`, in the sums over Dv, in P and in dS (products take all of them in the inputs'
   * dtype) may move each gradient by, as a Frobenius norm: where a gradient is a small difference of large terms, no
   * relative limit holds.
   */
  doubt: { q: number; k: number; v: number };
}

/** To the nearest number that a dtype holds; for rotated rows, which tile products take as the inputs' dtype. */
export type Rounding = (value: number) => number;

export function heads(rows: number, count: number, width: number, fill: () => number = () => 0): Heads {
  const data = new Float64Array(rows * count * width);
  for (let i = 0; i < data.length; i += 1) data[i] = fill();
  return { rows, heads: count, width, data };
}

const at = ({ heads: count, width }: Heads, row: number, head: number) => (row * count + head) * width;

function dot(a: Heads, i: number, b: Heads, j: number): number {
  let sum = 0;
  for (let d = 0; d < a.width; d += 1) sum += a.data[i + d] * b.data[j + d];
  return sum;
}

function addScaled(target: Heads, i: number, factor: number, source: Heads, j: number): void {
  for (let d = 0; d < target.width; d += 1) target.data[i + d] += factor * source.data[j + d];
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

/** Rows rotated by their angles times sign: the first half of a head with the second. */
export function rotated(x: Heads, angles: Heads | undefined, sign: 1 | -1, round: Rounding = Number): Heads {
  if (angles === undefined) return x;
  const [half, data] = [x.width / 2, x.data.slice()];
  for (let r = 0; r < x.rows; r += 1) {
    for (let d = 0; d < half; d += 1) {
      const angle = angles.data[r * half + d];
      const [c, s] = [Math.fround(Math.cos(angle)), sign * Math.fround(Math.sin(angle))];
      for (let h = 0; h < x.heads; h += 1) {
        const [first, second] = [at(x, r, h) + d, at(x, r, h) + d + half];
        data[first] = round(x.data[first] * c - x.data[second] * s);
        data[second] = round(x.data[second] * c + x.data[first] * s);
      }
    }
  }
  return { ...x, data };
}

const rotatedInputs = ({ q, k, angles }: Case, round?: Rounding) => ({
  q: rotated(q, angles?.q, 1, round),
  k: rotated(k, angles?.k ?? angles?.q, 1, round),
});

/** Every (query, head) with the probabilities of its keys. */
function* rowsOf(input: Case, { q, k }: { q: Heads; k: Heads }) {
  const group = q.heads / k.heads;
  for (const [a, node] of input.nodes.entries()) {
    for (let i = node.q[0]; i < node.q[1]; i += 1) {
      const keys = visibleKeys(input, a, i);
      if (keys.length === 0) continue;
      for (let h = 0; h < q.heads; h += 1) {
        const kh = Math.floor(h / group);
        const scores = keys.map((j) => input.scale * dot(q, at(q, i, h), k, at(k, j, kh)));
        const most = Math.max(...scores);
        const total = scores.reduce((sum, score) => sum + Math.exp(score - most), 0);
        const lse = most + Math.log(total);
        yield { i, h, kh, keys, lse, weights: scores.map((score) => Math.exp(score - lse)) };
      }
    }
  }
}

export function forward(input: Case, round?: Rounding): Outcome {
  const { q, v, modality } = input;
  const out = heads(q.rows, q.heads, v.width);
  const lse = new Float64Array(q.heads * q.rows).fill(-Infinity);
  const mass = new Float64Array(q.heads * q.rows * 8);
  for (const { i, h, kh, keys, lse: value, weights } of rowsOf(input, rotatedInputs(input, round))) {
    lse[h * q.rows + i] = value;
    keys.forEach((j, n) => {
      addScaled(out, at(out, i, h), weights[n], v, at(v, j, kh));
      mass[(h * q.rows + i) * 8 + modality[j]] += weights[n];
    });
  }
  return { out: out.data, lse, mass };
}

/** Gradients of q, k and v from those of out, lse and mass. */
export function backward(input: Case, upstream: Outcome, round?: Rounding): Gradients {
  const { v, modality, scale, angles } = input;
  const { q, k } = rotatedInputs(input, round);
  const result = forward(input, round);
  const dOut = { ...heads(q.rows, q.heads, v.width), data: upstream.out };
  const out = { ...dOut, data: result.out };
  const [dq, dk, dv] = [q, k, v].map((x) => heads(x.rows, x.heads, x.width));
  const doubt = { q: 0, k: 0, v: 0 };
  for (const { i, h, kh, keys, weights } of rowsOf(input, { q, k })) {
    const row = h * q.rows + i;
    const [qi, oi] = [at(q, i, h), at(out, i, h)];
    let delta = dot(dOut, oi, out, oi) - upstream.lse[row];
    for (let m = 0; m < 8; m += 1) delta += upstream.mass[row * 8 + m] * result.mass[row * 8 + m];
    const meanKey = heads(1, 1, k.width); // an error of delta moves dq along it
    const querySquare = dot(q, qi, q, qi);
    keys.forEach((j, n) => {
      const [kj, vj] = [at(k, j, kh), at(v, j, kh)];
      const dWeight = dot(dOut, oi, v, vj) + upstream.mass[row * 8 + modality[j]];
      const dScore = scale * weights[n] * (dWeight - delta);
      addScaled(dv, vj, weights[n], dOut, oi);
      addScaled(dq, qi, dScore, k, kj);
      addScaled(dk, kj, dScore, q, qi);
      addScaled(meanKey, 0, weights[n], k, kj);
      doubt.q += dScore ** 2 * dot(k, kj, k, kj);
      doubt.k += dScore ** 2 * querySquare;
    });
    const squares = weights.reduce((sum, weight) => sum + weight ** 2, 0);
    let deltaDoubt = 0;
    for (let d = 0; d < v.width; d += 1) deltaDoubt += (dOut.data[oi + d] * out.data[oi + d]) ** 2;
    doubt.q += scale ** 2 * deltaDoubt * dot(meanKey, 0, meanKey, 0);
    doubt.k += scale ** 2 * deltaDoubt * squares * querySquare;
    doubt.v += squares * dot(dOut, oi, dOut, oi);
  }
  return {
    q: rotated(dq, angles?.q, -1).data,
    k: rotated(dk, angles?.k ?? angles?.q, -1).data,
    v: dv.data,
    doubt: { q: Math.sqrt(doubt.q), k: Math.sqrt(doubt.k), v: Math.sqrt(doubt.v) },
  };
}

/** Calls back with every entry of the mass [Hq, Tq, 8] by head, its index in the mass of another mode, and its weight there. */
function eachMass(
  { nodes, q, queryModality }: Case,
  mode: MassMode,
  visit: (entry: number, index: number, weight: number) => void,
): void {
  nodes.forEach((node, a) => {
    for (let i = node.q[0]; i < node.q[1]; i += 1) {
      for (let h = 0; h < q.heads; h += 1) {
        for (let m = 0; m < 8; m += 1) {
          const entry = (h * q.rows + i) * 8 + m;
          if (mode === 'head') visit(entry, entry, 1);
          if (mode === 'mean') visit(entry, i * 8 + m, 1 / q.heads);
          if (mode === 'node') visit(entry, (a * 8 + queryModality[i]) * 8 + m, 1 / q.heads);
        }
      }
    }
  });
}

const massSize = ({ nodes, q }: Case, mode: MassMode) =>
  ({ none: 0, head: q.heads * q.rows * 8, mean: q.rows * 8, node: nodes.length * 64 })[mode];

/** The mass of another mode from that by head. */
export function massAs(mode: MassMode, input: Case, mass: Float64Array): Float64Array {
  const result = new Float64Array(massSize(input, mode));
  eachMass(input, mode, (entry, index, weight) => {
    result[index] += weight * mass[entry];
  });
  return result;
}

/** The gradient of the mass by head from that of another mode. */
export function massGradient(mode: MassMode, input: Case, gradient: Float64Array): Float64Array {
  const result = new Float64Array(massSize(input, 'head'));
  eachMass(input, mode, (entry, index, weight) => {
    result[entry] += weight * gradient[index];
  });
  return result;
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
  let spare: number | null = null;
  const normal = () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    const [radius, angle] = [Math.sqrt(-2 * Math.log(1 - uniform())), 2 * Math.PI * uniform()];
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  return {
    uniform,
    /** 0 .. n - 1 */
    below: (n: number) => Math.floor(uniform() * n),
    pick: <T>(values: readonly T[]): T => values[Math.floor(uniform() * values.length)],
    normal,
  };
}
