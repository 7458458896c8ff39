/** Between the plain numbers of the reference and tensors. */
import { type AvAttentionOptions, avAttention, nodeTable } from '../../lib/kernels/index.js';
import { type DType, type Tensor, torch } from '../../lib/tensor/index.js';
import type { Case, Heads, Outcome } from './reference.js';

export function toTensor({ rows, heads, width, data }: Heads, dtype: DType = 'float64'): Tensor {
  const tensor = torch.fromBuffer(data, [rows, heads, width], 'float64').to(dtype).detach();
  tensor.requiresGrad = true;
  return tensor;
}

export function numbers(tensor: Tensor): number[] {
  return tensor.detach().reshape([-1]).to('float64').toArray() as number[];
}

/** Runs the operator on a case. */
export function run(input: Case, dtype: DType = 'float64', options: AvAttentionOptions = {}) {
  const leaves = { q: toTensor(input.q, dtype), k: toTensor(input.k, dtype), v: toTensor(input.v, dtype) };
  const result = avAttention(leaves.q, leaves.k, leaves.v, nodeTable(input.nodes), {
    modality: torch.tensor(input.modality),
    queryModality: torch.tensor(input.queryModality),
    scale: input.scale,
    massMode: 'head',
    returnLse: true,
    ...options,
  });
  return { ...leaves, out: result.out, lse: result.lse as Tensor, mass: result.mass as Tensor };
}

/** Gradients of the leaves for given gradients of the three results. */
export function pullBack(
  ran: ReturnType<typeof run>,
  upstream: Outcome,
): { q: number[]; k: number[]; v: number[] } {
  const product = (tensor: Tensor, gradient: Float64Array) =>
    tensor
      .mul(torch.fromBuffer(gradient, [...tensor.shape], 'float64').to(tensor.dtype))
      .to('float64')
      .sum();
  const finite = ran.lse.maskedFill(ran.lse.isneginf(), 0);
  product(ran.out, upstream.out)
    .add(product(finite, upstream.lse))
    .add(product(ran.mass, upstream.mass))
    .backward();
  return {
    q: numbers(ran.q.grad as Tensor),
    k: numbers(ran.k.grad as Tensor),
    v: numbers(ran.v.grad as Tensor),
  };
}

/** Frobenius norm of the difference over that of `expected` (over 1 where that is smaller). */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let [difference, norm] = [0, 0];
  for (let i = 0; i < expected.length; i += 1) {
    if (actual[i] !== expected[i]) difference += (actual[i] - expected[i]) ** 2;
    if (Number.isFinite(expected[i])) norm += expected[i] ** 2;
  }
  return Math.sqrt(difference) / Math.max(1, Math.sqrt(norm));
}
