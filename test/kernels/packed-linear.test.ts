/**
 * Products with packed weights against float64, with the bound that rounding has; and the same bits of a row whatever stands
 * beside it.
 */
import { packedGated, packedLinear, packGated, packLinear } from '../../lib/kernels/index.js';
import { functional as F } from '../../lib/nn/index.js';
import { type DType, noGrad, scope, type Tensor, torch } from '../../lib/tensor/index.js';
import { numbers } from './tensors.js';

const storages = ['float32', 'bfloat16'] as const;
/** Rows around the tiles of every instruction set, inputs and outputs around the panels of 32. */
const sizes = [
  { rows: 1, inputs: 1, outputs: 1 },
  { rows: 2, inputs: 3, outputs: 31 },
  { rows: 3, inputs: 64, outputs: 32 },
  { rows: 4, inputs: 515, outputs: 33 },
  { rows: 8, inputs: 40, outputs: 129 },
  { rows: 9, inputs: 128, outputs: 200 },
  { rows: 33, inputs: 65, outputs: 64 },
  { rows: 100, inputs: 200, outputs: 70 },
];
const cases = storages.flatMap((dtype) => sizes.map((size) => ({ dtype, ...size })));

const float64 = (x: Tensor) => x.to('float64');
/** Largest ratio of an error to `bound`, elements alike. */
const worst = (found: Tensor, expected: Tensor, bound: Tensor) =>
  float64(found).sub(expected).abs().div(bound).max().item() as number;

test('two outputs by hand', () => {
  const weight = packLinear(
    torch.tensor([
      [1, 2],
      [3, -4],
    ]),
  );
  const x = torch.tensor([[1, 10]]);
  expect(packedLinear(x, weight).toArray()).toEqual([[21, -37]]);
  expect(packedLinear(x, weight, torch.tensor([0.5, 2])).toArray()).toEqual([[21.5, -35]]);
});

test('a gated product by hand', () => {
  const weight = packGated(torch.tensor([[1], [-2]]), torch.tensor([[3], [5]]));
  // x = 1: silu(1) * 3 and silu(-2) * 5
  const expected = [3 / (1 + Math.exp(-1)), (-2 / (1 + Math.exp(2))) * 5];
  expect(numbers(packedGated(torch.tensor([[1]]), weight))).toEqual(
    expected.map((it) => expect.closeTo(it, 6)),
  );
});

test.each(cases)('$rows rows of $inputs by $outputs outputs in $dtype agree with float64', (size) => {
  scope(() => {
    torch.manualSeed(1);
    const { rows, inputs, outputs, dtype } = size;
    const x = torch.randn([rows, inputs]);
    const [w, up] = [0, 1].map(() => torch.randn([outputs, inputs]).to(dtype));
    const bias = torch.randn([outputs]);
    const [exact, exactUp] = [w, up].map((it) => F.linear(float64(x), float64(it)));
    // n multiply-adds in order: at most n roundings of 2^-24 of the sum of magnitudes.
    const [bound, boundUp] = [w, up].map((it) =>
      F.linear(float64(x).abs(), float64(it).abs())
        .add(1)
        .mul((inputs + 2) * 2 ** -24),
    );
    expect(worst(packedLinear(x, packLinear(w)), exact, bound)).toBeLessThan(1);
    const biased = exact.add(float64(bias));
    expect(
      worst(packedLinear(x, packLinear(w), bias), biased, bound.add(bias.abs().mul(2 ** -22))),
    ).toBeLessThan(1);
    // d silu <= 1.1, and |silu(z)| <= |z|; e^x, sum and quotient are within 4e-7.
    const expected = F.silu(exact).mul(exactUp);
    const gatedBound = bound
      .mul(1.1)
      .mul(exactUp.abs().add(boundUp))
      .add(exact.abs().mul(boundUp))
      .add(expected.abs().mul(1e-6))
      .add(1e-30);
    expect(worst(packedGated(x, packGated(w, up)), expected, gatedBound)).toBeLessThan(1);
  });
});

test.each(storages)(
  'a row of %s weights gives the same bits alone, among others and with two threads',
  (dtype) => {
    torch.manualSeed(2);
    const threads = torch.getNumThreads();
    const x = torch.randn([67, 300]);
    const [w, up] = [0, 1].map(() => torch.randn([170, 300]));
    const [weight, gated] = [packLinear(w, { dtype }), packGated(w, up, { dtype })];
    const bias = torch.randn([170]);
    const products = [
      (rows: Tensor) => packedLinear(rows, weight, bias),
      (rows: Tensor) => packedGated(rows, gated),
    ];
    for (const product of products) {
      torch.setNumThreads(1);
      const all = product(x);
      torch.setNumThreads(2);
      expect(product(x).equal(all)).toBe(true);
      torch.setNumThreads(threads);
      for (const [first, count] of [
        [0, 1],
        [7, 2],
        [11, 5],
        [20, 8],
        [30, 37],
      ])
        expect(product(x.narrow(0, first, count)).equal(all.narrow(0, first, count))).toBe(true);
    }
    // An output's sum does not depend on those beside it either.
    const part = packLinear(w.narrow(0, 40, 3), { dtype });
    expect(packedLinear(x, part).equal(packedLinear(x, weight).narrow(1, 40, 3))).toBe(true);
  },
);

test('bfloat16 storage rounds to nearest even, once', () => {
  torch.manualSeed(3);
  const [w, x] = [torch.randn([50, 20]), torch.randn([3, 20])];
  const rounded = packedLinear(x, packLinear(w, { dtype: 'bfloat16' }));
  expect(rounded.equal(packedLinear(x, packLinear(w.to('bfloat16').to('float32'))))).toBe(true);
  expect(packLinear(w).panels.dtype).toBe('float32');
  expect(packLinear(w.to('bfloat16')).panels.dtype).toBe('bfloat16');
  expect(packLinear(w.to('float16')).panels.dtype).toBe('float32');
  expect(packLinear(w.to('bfloat16'), { dtype: 'float32' }).panels.dtype).toBe('float32');
});

test.each<DType>(['bfloat16', 'float16'])('%s rows: the float32 result, rounded once', (dtype) => {
  torch.manualSeed(4);
  const x = torch.randn([5, 20]).to(dtype);
  const weight = packLinear(torch.randn([50, 20]));
  const y = packedLinear(x, weight, torch.ones([50]).to(dtype));
  expect(y.dtype).toBe(dtype);
  expect(y.equal(packedLinear(x.to('float32'), weight, torch.ones([50])).to(dtype))).toBe(true);
});

test('weights and rows may have any strides, and rows any number of dimensions', () => {
  torch.manualSeed(5);
  const [w, x] = [torch.randn([40, 12]), torch.randn([2, 3, 12])];
  const expected = packedLinear(x, packLinear(w));
  expect(expected.shape).toEqual([2, 3, 40]);
  const strided = w.t().contiguous().t();
  expect(
    packedLinear(x.transpose(0, 2).contiguous().transpose(0, 2), packLinear(strided)).equal(expected),
  ).toBe(true);
  expect(packedLinear(x.select(0, 1), packLinear(w)).equal(expected.select(0, 1))).toBe(true);
  expect(packedLinear(torch.ones([0, 12]), packLinear(w)).shape).toEqual([0, 40]);
  // Panels that begin between two cache lines.
  const { panels, outputs } = packLinear(w);
  const shifted = torch
    .cat([torch.zeros([1]), panels.flatten()])
    .narrow(0, 1, panels.numel())
    .view(panels.shape);
  expect(packedLinear(x, { panels: shifted, outputs }).equal(expected)).toBe(true);
});

test('packed weights are a copy, and nothing has a gradient', () => {
  const w = torch.ones([3, 2]);
  w.requiresGrad = true;
  const weight = packLinear(w);
  noGrad(() => w.zero_());
  const x = torch.ones([1, 2]);
  expect(packedLinear(x, weight).toArray()).toEqual([[2, 2, 2]]);
  x.requiresGrad = true;
  expect(() => packedLinear(x, weight)).toThrow(
    'packed_linear: x: requires a gradient, and the operator has none',
  );
  expect(noGrad(() => packedLinear(x, weight)).requiresGrad).toBe(false);
});

test('weights of the other kind, and what are none, are refused', () => {
  const [x, w] = [torch.ones([1, 4]), torch.ones([40, 4])];
  expect(() => packedGated(x, packLinear(w))).toThrow(
    'packed_gated: packed: expected shape [4, inputs, 32] of 40 outputs, got [2, 4, 32]',
  );
  expect(() => packedLinear(x, packGated(w, w))).toThrow('packed: expected shape [2, inputs, 32]');
  expect(() => packedLinear(x, w as never)).toThrow(TypeError);
  expect(() => packLinear(w, { dtype: 'float16' as never })).toThrow(
    'dtype: expected one of float32, bfloat16',
  );
});
