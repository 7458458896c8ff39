/**
 * The divergence of two next-token distributions, against numbers worked out by hand and its definition in float64 operations:
 * of the CPU's kernel, and of the chunks of PyTorch's operators that compute it elsewhere, here on the CPU.
 * test/native-ops compares it in every dtype from Python; every engine, the emulated tiles too, is in logprob-engines.test.ts.
 */
import { type LinearKlOptions, linearKl } from '../../lib/kernels/index.js';
import { type DType, noGrad, type Tensor, torch } from '../../lib/tensor/index.js';
import { numbers } from './tensors.js';

const int64 = (values: readonly number[]) => torch.tensor(BigInt64Array.from(values, BigInt));

/** The definition, from the same numbers in float64. */
function definition(
  hidden: Tensor,
  perturbed: Tensor,
  weight: Tensor,
  options: LinearKlOptions = {},
): number[] {
  const logp = (x: Tensor) => {
    const picked = (options.rows ? x.indexSelect(0, options.rows) : x).to('float64');
    const z = picked.matmul(weight.to('float64').transpose(0, 1));
    return (options.bias ? z.add(options.bias.to('float64')) : z)
      .div(options.temperature ?? 1)
      .logSoftmax(-1);
  };
  const [p, q] = [logp(hidden), logp(perturbed)];
  return numbers(p.exp().mul(p.sub(q)).sum(-1));
}

type Divergence = typeof linearKl;

const operator = torch.ops.earsight.linear_kl_by_chunks as (...args: unknown[]) => Tensor;
/** The last chunk of rows and that of the vocabulary are smaller ones for most of the sizes here. */
const inChunks =
  (pairs: number, tokens: number): Divergence =>
  (hidden, perturbed, weight, { rows, bias, temperature = 1 } = {}) =>
    operator(hidden, perturbed, weight, rows, bias, temperature, pairs, tokens);
const forms: [string, Divergence][] = [
  ['the kernel', linearKl],
  ['in chunks of 64 pairs and 129 tokens', inChunks(64, 129)],
];

const largestError = (found: Tensor, wanted: number[]) =>
  Math.max(...numbers(found).map((value, i) => Math.abs(value - wanted[i])));

const sizes = [
  { count: 1, width: 3, vocab: 2 },
  { count: 40, width: 128, vocab: 300 },
  { count: 150, width: 33, vocab: 1000 },
];
const dtypes: DType[] = ['float32', 'bfloat16', 'float16', 'float64'];
describe.each(forms)('%s', (_, divergence) => {
  test('two tokens by hand', () => {
    // p = softmax(0, ln 3) = (1/4, 3/4), q = softmax(0, 0) = (1/2, 1/2).
    const [hidden, perturbed] = [torch.tensor([[1], [0]]), torch.tensor([[0], [0]])];
    const weight = torch.tensor([[0], [Math.log(3)]]);
    const kl = divergence(hidden, perturbed, weight);
    expect(kl.dtype).toBe('float32');
    expect(kl.shape).toEqual([2]);
    const [first, second] = numbers(kl);
    expect(first).toBeCloseTo(0.25 * Math.log(0.5) + 0.75 * Math.log(1.5), 7);
    expect(second).toBe(0);
    // The other way round: KL is not symmetric.
    expect(numbers(divergence(perturbed, hidden, weight))[0]).toBeCloseTo(
      0.5 * Math.log(2) + 0.5 * Math.log(2 / 3),
      7,
    );
  });

  test.each(dtypes.flatMap((dtype) => sizes.map((size) => ({ dtype, ...size }))))(
    'error at most 1e-5 for random rows: $dtype, $count rows of $width, vocabulary $vocab',
    ({ dtype, count, width, vocab }) => {
      torch.manualSeed(3);
      const hidden = torch.randn([count, width]).to(dtype);
      const perturbed = torch.randn([count, width]).mul(0.3).add(hidden).to(dtype);
      const weight = torch
        .randn([vocab, width])
        .mul(3 / Math.sqrt(width))
        .to(dtype);
      const rows = torch.randint(0, count, [count + 7], { dtype: 'int64' });
      for (const options of [{}, { rows, bias: torch.randn([vocab]).to(dtype), temperature: 0.7 }]) {
        const found = divergence(hidden, perturbed, weight, options);
        const wanted = definition(hidden, perturbed, weight, options);
        expect(Math.max(...wanted)).toBeGreaterThan(0.1);
        expect(largestError(found, wanted)).toBeLessThan(1e-5);
      }
    },
  );

  test('distributions that are nearly the same keep the digits of their divergence', () => {
    torch.manualSeed(5);
    const hidden = torch.randn([64, 96]);
    const weight = torch.randn([5000, 96]).mul(0.3);
    for (const [size, least] of [
      [1e-2, 1e-5],
      [1e-3, 1e-7],
      [1e-4, 1e-9],
    ]) {
      const perturbed = hidden.add(torch.randn([64, 96]), { alpha: size });
      const wanted = definition(hidden, perturbed, weight);
      expect(Math.max(...wanted)).toBeGreaterThan(least);
      const found = numbers(divergence(hidden, perturbed, weight));
      // Logits up to 12 in float32 are off by d < 4e-6, which moves a divergence by 2 d sqrt(2 KL) at most. Sums in float32
      // would move it by 1e-7, 3e-3 sqrt(KL) of the smallest.
      const off = found.map((value, i) => Math.abs(value - wanted[i]) / Math.sqrt(wanted[i]));
      expect(Math.max(...off)).toBeLessThan(1.1e-5);
      expect(Math.min(...found)).toBeGreaterThanOrEqual(0);
    }
  });

  test('peaked distributions: almost certain tokens, moved, and forbidden ones', () => {
    torch.manualSeed(6);
    const weight = torch.eye(700).mul(40);
    const at = (token: number, height: number) => torch.eye(700).narrow(0, token, 1).mul(height);
    const hidden = torch.cat([at(3, 1), at(650, 1), at(3, 2), at(9, 0.5)]);
    const perturbed = torch.cat([at(3, 0.9), at(2, 1), at(3, 2), at(9, 0.4).add(at(10, 0.4))]);
    const wanted = definition(hidden, perturbed, weight);
    // A certain token that becomes another: its log-probability falls by 40.
    expect(wanted[1]).toBeCloseTo(40, 6);
    expect(largestError(divergence(hidden, perturbed, weight), wanted)).toBeLessThan(1e-5);
    // A bias of -inf forbids the first tile of the vocabulary and a part of the next.
    const open = torch.arange(0, 700).ge(450);
    const bias = torch.zeros([700]).maskedFill(open.logicalNot(), Number.NEGATIVE_INFINITY);
    const [h, q] = [torch.randn([5, 700]).mul(0.1), torch.randn([5, 700]).mul(0.1)];
    const kept = weight.narrow(0, 450, 250);
    expect(largestError(divergence(h, q, weight, { bias }), definition(h, q, kept))).toBeLessThan(1e-5);
  });

  test('equal rows: exactly 0, wherever they stand', () => {
    torch.manualSeed(7);
    for (const dtype of dtypes) {
      const hidden = torch.randn([203, 64]).to(dtype);
      const weight = torch.randn([900, 64]).to(dtype);
      expect(numbers(divergence(hidden, hidden.clone(), weight))).toEqual(Array(203).fill(0));
    }
  });

  test('scores of any size: a certain token that becomes another one', () => {
    const [p, q] = [torch.eye(700).narrow(0, 3, 1), torch.eye(700).narrow(0, 650, 1)];
    for (const height of [1e4, 1e30]) {
      const weight = torch.eye(700).mul(height);
      // log p = 0 at its token, where log q = -height, but for e^-height.
      expect(numbers(divergence(p, q, weight))[0] / height).toBeCloseTo(1, 6);
      expect(numbers(divergence(p, p.clone(), weight))).toEqual([0]);
    }
  });

  test('NaN stays in its row', () => {
    const hidden = torch.randn([6, 8]);
    const perturbed = hidden.clone();
    perturbed.select(0, 2).select(0, 1).fill_(Number.NaN);
    const found = numbers(divergence(hidden, perturbed, torch.randn([50, 8])));
    expect(found.map(Number.isNaN)).toEqual([false, false, true, false, false, false]);
  });

  test('no rows give no divergences', () => {
    expect(divergence(torch.zeros([0, 4]), torch.zeros([0, 4]), torch.zeros([5, 4])).shape).toEqual([0]);
  });
});

test.each([forms[0], ['in chunks of 256 pairs and 4096 tokens', inChunks(256, 4096)] as const])(
  'a large vocabulary: error at most 1e-5, in far less memory than the logits: %s',
  (_, divergence) => {
    torch.manualSeed(8);
    const [count, vocab] = [256, 151_936];
    const hidden = torch.randn([count, 16]);
    const perturbed = torch.randn([count, 16]).mul(0.2).add(hidden);
    const weight = torch.randn([vocab, 16]);
    const rows = int64([0, 100, 255]);
    const wanted = definition(hidden, perturbed, weight, { rows });
    const before = process.resourceUsage().maxRSS;
    const found = divergence(hidden, perturbed, weight);
    // Two sets of logits in float32 are 2 x 156 MB. maxRSS is in KB.
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(100_000);
    expect(largestError(found.indexSelect(0, rows), wanted)).toBeLessThan(1e-5);
  },
);

test('one thread or two, alone or with other rows: the same bits', () => {
  torch.manualSeed(9);
  const threads = torch.getNumThreads();
  try {
    for (const dtype of ['float32', 'bfloat16'] as const) {
      const hidden = torch.randn([301, 70]).to(dtype);
      const perturbed = torch.randn([301, 70]).to(dtype);
      const weight = torch.randn([1500, 70]).to(dtype);
      const [one, two, three] = [1, 2, 3].map((count) => {
        torch.setNumThreads(count);
        return numbers(linearKl(hidden, perturbed, weight));
      });
      expect(two).toEqual(one);
      expect(three).toEqual(one);
      const alone = linearKl(hidden, perturbed, weight, { rows: int64([299]) });
      expect(numbers(alone)).toEqual([one[299]]);
    }
  } finally {
    torch.setNumThreads(threads);
  }
});

test('unfitting arguments are refused by name', () => {
  const [h, q, w] = [torch.randn([2, 3]), torch.randn([2, 3]), torch.randn([4, 3])];
  expect(() => linearKl(h, q, w, { temprature: 1 } as never)).toThrow(/temprature/);
  expect(() => linearKl(h, q, w, { temperature: 0 })).toThrow(/temperature: expected a number > 0/);
  expect(() => linearKl(h, q, torch.randn([4, 2]))).toThrow(/linear_kl: weight: expected hidden's width 3/);
  expect(() => linearKl(h, torch.randn([3, 3]), w)).toThrow(
    /perturbed: expected hidden's shape \[2, 3\], got \[3, 3\]/,
  );
  expect(() => linearKl(h, q.to('bfloat16'), w)).toThrow(/perturbed: expected hidden's dtype Float/);
  expect(() => linearKl(h, q, w, { rows: int64([2]) })).toThrow(
    /rows: expected rows of hidden, 0\.\.1, got 2 at 0/,
  );
  expect(() => linearKl(h, q, w, { bias: torch.zeros([3]) })).toThrow(
    /linear_kl: bias: expected shape \[4\]/,
  );
});

test('chunks of nothing, and what does not fit them, are refused by name', () => {
  const [h, w] = [torch.randn([2, 3]), torch.randn([4, 3])];
  expect(() => inChunks(0, 5)(h, h, w)).toThrow(
    /linear_kl_by_chunks: pairs: expected a number above 0, got 0/,
  );
  expect(() => inChunks(5, -1)(h, h, w)).toThrow(/tokens: expected a number above 0, got -1/);
  expect(() => inChunks(5, 5)(h, h, torch.randn([4, 2]))).toThrow(
    /by_chunks: weight: expected hidden's width 3/,
  );
});

test('a gradient is refused, and not asked for under noGrad', () => {
  const [h, q, w] = [torch.randn([2, 3]), torch.randn([2, 3]), torch.randn([4, 3])];
  w.requiresGrad = true;
  expect(() => linearKl(h, q, w)).toThrow(/weight: requires a gradient, and the operator has none/);
  expect(noGrad(() => linearKl(h, q, w)).shape).toEqual([2]);
});
