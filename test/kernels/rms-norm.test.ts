/** The norm of rows beside its definition in float64. */
import { rmsNorm } from '../../lib/kernels/index.js';
import { type DType, noGrad, type Tensor, torch } from '../../lib/tensor/index.js';

beforeEach(() => void torch.manualSeed(6));

const eps = 1e-3;
const widths = [1, 3, 16, 31, 32, 48, 128, 130];
const dtypes: DType[] = ['float32', 'bfloat16'];
const pairs = dtypes.flatMap((from) => dtypes.map((to) => [from, to] as const));

function definition(x: Tensor, weight: Tensor): Tensor {
  const exact = x.to('float64');
  return exact.mul(exact.pow(2).mean(-1, true).add(eps).rsqrt()).mul(weight.to('float64'));
}

/** The largest difference over the largest value. */
const relative = (found: Tensor, exact: Tensor): number =>
  found.to('float64').sub(exact).abs().max().div(exact.abs().max()).item();

test('a row by hand', () => {
  const x = torch.tensor([[3, 4]]);
  // mean of squares 12.5, eps 12.5: divided by 5
  expect(rmsNorm(x, torch.tensor([10, -5]), 12.5).toArray()).toEqual([[6, -4]]);
});

test.each(pairs)('rows in %s, a result in %s', (from, to) => {
  for (const width of widths) {
    const x = torch.randn([5, 7, width]).to(from);
    const weight = torch.randn([width]);
    const y = rmsNorm(x, weight, eps, to);
    expect([y.dtype, y.shape]).toEqual([to, [5, 7, width]]);
    expect(relative(y, definition(x, weight))).toBeLessThan(to === 'float32' ? 2e-6 : 2 ** -8);
  }
});

test('a result in bfloat16 is the one in float32, rounded to nearest even', () => {
  const [x, weight] = [torch.randn([40, 96]), torch.randn([96])];
  const rounded = rmsNorm(x, weight, eps, 'bfloat16');
  expect(rounded.equal(rmsNorm(x, weight, eps).to('bfloat16'))).toBe(true);
});

test('rows that are not dense, rows of no element, infinities and NaN', () => {
  const weight = torch.randn([8]);
  const wide = torch.randn([6, 16, 2]);
  const x = wide.narrow(1, 4, 8).select(-1, 1);
  expect(rmsNorm(x, weight, eps).equal(rmsNorm(x.contiguous(), weight, eps))).toBe(true);
  expect(rmsNorm(torch.empty([0, 8]), weight, eps).shape).toEqual([0, 8]);
  const odd = rmsNorm(
    torch.tensor([
      [Number.NaN, 1],
      [Number.POSITIVE_INFINITY, 1],
      [0, 0],
    ]),
    torch.ones([2]),
    eps,
    'bfloat16',
  );
  expect(odd.to('float32').toArray()).toEqual([
    [Number.NaN, Number.NaN],
    [Number.NaN, 0],
    [0, 0],
  ]);
});

test('a row has the same bits among other rows, and with one thread as with two', () => {
  const [x, weight] = [torch.randn([3000, 128]), torch.randn([128])];
  const threads = torch.getNumThreads();
  const results = [1, 2].map((count) => {
    torch.setNumThreads(count);
    return rmsNorm(x, weight, eps, 'bfloat16');
  });
  torch.setNumThreads(threads);
  expect(results[0].equal(results[1])).toBe(true);
  expect(rmsNorm(x.narrow(0, 2999, 1), weight, eps, 'bfloat16').equal(results[0].narrow(0, 2999, 1))).toBe(
    true,
  );
});

test('results with a gradient are those without one to the bit, and gradients those of the definition', () => {
  const leaf = (tensor: Tensor) => {
    const copy = tensor.detach().clone();
    copy.requiresGrad = true;
    return copy;
  };
  const [x, weight, upstream] = [torch.randn([3, 3, 24]), torch.randn([24]), torch.randn([3, 3, 24])];
  const leaves = [leaf(x), leaf(weight)];
  const y = rmsNorm(leaves[0], leaves[1], eps);
  expect(y.detach().equal(noGrad(() => rmsNorm(leaves[0], leaves[1], eps)))).toBe(true);
  const exact = [leaf(x.to('float64')), leaf(weight.to('float64'))];
  const everything = (result: Tensor, all: Tensor[], gradient: Tensor): Tensor[] => {
    const first = torch.autograd.grad([result], all, { gradOutputs: [gradient], createGraph: true });
    const penalty = first.map((it) => it.pow(2).sum()).reduce((sum, term) => sum.add(term));
    return [...first, ...torch.autograd.grad([penalty], all)];
  };
  const found = everything(y, leaves, upstream);
  const expected = everything(definition(exact[0], exact[1]), exact, upstream.to('float64'));
  for (const [i, gradient] of found.entries())
    expect(relative(gradient.detach(), expected[i].detach())).toBeLessThan(1e-5);
});

test.each<[DType, DType]>([
  ['float64', 'float64'],
  ['float32', 'float16'],
])('PyTorch has what the kernel does not take: %s to %s', (from, to) => {
  const [x, weight] = [torch.randn([4, 24]).to(from), torch.randn([24]).to(from)];
  const y = rmsNorm(x, weight, eps, to);
  expect(y.dtype).toBe(to);
  expect(relative(y, definition(x, weight))).toBeLessThan(2 ** -10);
});
