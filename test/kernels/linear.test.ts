/** The product of linear layers beside PyTorch's in float64: large products, which oneDNN takes, and small ones. */
import { linear } from '../../lib/kernels/index.js';
import { functional as F } from '../../lib/nn/index.js';
import { type DType, type Tensor, torch } from '../../lib/tensor/index.js';

/** 2^20 multiply-adds and more are large. */
const large = { rows: 96, inputs: 160, outputs: 80 };
const small = { rows: 6, inputs: 16, outputs: 8 };

beforeEach(() => void torch.manualSeed(3));

interface Operands {
  x: Tensor;
  weight: Tensor;
  bias: Tensor | null;
}
type Product = (x: Tensor, weight: Tensor, bias: Tensor | null) => Tensor;

/** x [2, rows / 2, inputs] of every second number of its memory: neither flat nor dense. */
function operands({ rows, inputs, outputs }: typeof large, hasBias: boolean): Operands {
  const x = torch.randn([2, rows / 2, inputs, 2]).select(-1, 0);
  return { x, weight: torch.randn([outputs, inputs]), bias: hasBias ? torch.randn([outputs]) : null };
}

function leaf(tensor: Tensor, dtype: DType): Tensor {
  const copy = tensor.detach().to({ dtype, copy: true });
  copy.requiresGrad = true;
  return copy;
}

/** The product, the gradients of its cubes' sum, and those of a sum of products of these gradients. */
function everything(product: Product, given: Operands, dtype: DType): Tensor[] {
  const leaves = Object.values(given)
    .filter((tensor) => tensor !== null)
    .map((tensor) => leaf(tensor, dtype));
  const y = product(leaves[0], leaves[1], leaves[2] ?? null);
  const first = torch.autograd.grad([y.pow(3).sum()], leaves, { createGraph: true });
  const penalty = first.map((gradient) => gradient.pow(2).sum()).reduce((sum, term) => sum.add(term));
  return [y, ...first, ...torch.autograd.grad([penalty], leaves)];
}

/** The norm of the difference over the norm. */
const relative = (found: Tensor, exact: Tensor): number =>
  found.to('float64').sub(exact).norm().div(exact.norm()).item();

test('two outputs by hand', () => {
  const weight = torch.tensor([
    [1, 2],
    [3, -4],
  ]);
  expect(linear(torch.tensor([[1, 10]]), weight, torch.tensor([0.5, 2])).toArray()).toEqual([[21.5, -35]]);
});

test.each([
  ['large, with a bias', large, true],
  ['large, without one', large, false],
  ['small, with a bias', small, true],
])('%s: results, gradients and their gradients agree with float64', (_, size, hasBias) => {
  const given = operands(size, hasBias);
  const found = everything(linear, given, 'float32');
  const exact = everything((...args) => F.linear(...args), given, 'float64');
  expect(found.map(({ shape }) => shape)).toEqual(exact.map(({ shape }) => shape));
  for (const [i, tensor] of found.entries()) expect(relative(tensor, exact[i])).toBeLessThan(2e-6);
});

test('a large product of one row without a dimension of rows has gradients too', () => {
  const x = leaf(torch.ones([1024]), 'float32');
  const weight = leaf(torch.ones([1024, 1024]), 'float32');
  linear(x, weight).sum().backward();
  // Each input is in 1024 outputs, each weight has one input of 1.
  expect([x.grad!.min().item(), x.grad!.max().item()]).toEqual([1024, 1024]);
  expect(weight.grad!.equal(torch.ones([1024, 1024]))).toBe(true);
});

test('frozen operands get no gradient', () => {
  const { x, weight, bias } = operands(large, true);
  const exact = F.linear(x.to('float64'), weight.to('float64'), bias!.to('float64')).sum(0).sum(0);
  const learned = leaf(weight, 'float32');
  linear(x, learned, bias).sum().backward();
  expect([x.grad, bias!.grad]).toEqual([null, null]);
  expect(relative(learned.grad!.mul(weight).sum(1), exact.sub(bias!.to('float64').mul(96)))).toBeLessThan(
    1e-5,
  );
});

test('other dtypes and sizes are those of PyTorch, and so are refusals', () => {
  for (const [size, dtype] of [
    [small, 'float32'],
    [large, 'float64'],
    [large, 'bfloat16'],
  ] as const) {
    const { x, weight, bias } = operands(size, true);
    const cast = [x.to(dtype), weight.to(dtype), bias!.to(dtype)] as const;
    expect(linear(...cast).equal(F.linear(...cast))).toBe(true);
  }
  const { x, weight } = operands(large, false);
  expect(() => linear(x, weight.t())).toThrow(/cannot be multiplied/);
});
