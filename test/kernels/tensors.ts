/** Converts between the reference's numbers and tensors. */
import { type AvAttentionOptions, avAttention, nodeTable } from '../../lib/kernels/index.js';
import { type DType, type Tensor, torch } from '../../lib/tensor/index.js';
import type { Case, Heads, Layout } from './reference.js';

export function toTensor({ rows, heads, width, data }: Heads, dtype: DType = 'float64'): Tensor {
  const tensor = torch.fromBuffer(data, [rows, heads, width], 'float64').to(dtype).detach();
  tensor.requiresGrad = true;
  return tensor;
}

export function numbers(tensor: Tensor): number[] {
  return tensor.detach().reshape([-1]).to('float64').toArray() as number[];
}

/** The same [rows, heads, width] with other strides; gaps in memory are NaN. */
export function laidOut(x: Tensor, layout: Layout = 'rows'): Tensor {
  if (layout === 'heads') return x.transpose(0, 1).contiguous().transpose(0, 1);
  if (layout === 'columns') return x.transpose(1, 2).contiguous().transpose(1, 2);
  if (layout === 'rows') return x;
  const [rows, heads, width] = x.shape;
  const pad = torch.full([rows, heads, 3], Number.NaN, { dtype: x.dtype });
  return torch.cat([pad, x, pad], 2).narrow(2, 3, width);
}

const table = ({ rows, width, data }: Heads, f: (angle: number) => number) =>
  torch.fromBuffer(Float32Array.from(data, f), [rows, width], 'float32');

/** Runs the operator on a case, by default with lse and mass. */
export function run(input: Case, dtype: DType = 'float64', options: AvAttentionOptions = {}) {
  const { angles, layouts } = input;
  const leaves = { q: toTensor(input.q, dtype), k: toTensor(input.k, dtype), v: toTensor(input.v, dtype) };
  const [q, k, v] = (['q', 'k', 'v'] as const).map((name) => laidOut(leaves[name], layouts?.[name]));
  const result = avAttention(q, k, v, nodeTable(input.nodes), {
    modality: torch.tensor(input.modality),
    queryModality: torch.tensor(input.queryModality),
    rotary: angles && {
      cos: table(angles.q, Math.cos),
      sin: table(angles.q, Math.sin),
      ...(angles.k && { keyCos: table(angles.k, Math.cos), keySin: table(angles.k, Math.sin) }),
    },
    scale: input.scale,
    massMode: 'head',
    returnLse: true,
    ...options,
  });
  return { ...leaves, out: result.out, lse: result.lse as Tensor, mass: result.mass as Tensor };
}

/** Gradients of the leaves for given gradients of the results. */
export function pullBack(
  { q, k, v, ...results }: { q: Tensor; k: Tensor; v: Tensor; out: Tensor; lse?: Tensor; mass?: Tensor },
  upstream: { out: Float64Array; lse: Float64Array; mass: Float64Array },
  layout?: Layout,
): { q: number[]; k: number[]; v: number[] } {
  const product = (tensor: Tensor, gradient: Float64Array) => {
    const weights = torch.fromBuffer(gradient, [...tensor.shape], 'float64').to(tensor.dtype);
    return tensor
      .mul(tensor === results.out ? laidOut(weights, layout) : weights)
      .to('float64')
      .sum();
  };
  let loss = product(results.out, upstream.out);
  if (results.lse) {
    loss = loss.add(product(results.lse.maskedFill(results.lse.isneginf(), 0), upstream.lse));
  }
  if (results.mass) loss = loss.add(product(results.mass, upstream.mass));
  loss.backward();
  return {
    q: numbers(q.grad as Tensor),
    k: numbers(k.grad as Tensor),
    v: numbers(v.grad as Tensor),
  };
}

/** Frobenius norms of the difference and of `expected`, of the finite entries; other entries must be the same. */
export function distance(actual: ArrayLike<number>, expected: ArrayLike<number>) {
  expect(actual.length).toBe(expected.length);
  let [difference, norm] = [0, 0];
  for (let i = 0; i < expected.length; i += 1) {
    if (actual[i] !== expected[i]) difference += (actual[i] - expected[i]) ** 2;
    if (Number.isFinite(expected[i])) norm += expected[i] ** 2;
  }
  return { difference: Math.sqrt(difference), norm: Math.sqrt(norm) };
}

/** Frobenius norm of the difference over that of `expected` (over 1 where that is smaller). */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  const { difference, norm } = distance(actual, expected);
  return difference / Math.max(1, norm);
}
