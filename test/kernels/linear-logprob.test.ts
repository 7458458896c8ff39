/**
 * The head's log-probabilities against a reference form in tensor operations and numbers worked out by hand. test/native-ops holds
 * the wider comparison with float64, under each instruction set, and every message of the operator.
 */
import { tokenLogprobs } from '../../lib/algorithms/index.js';
import { linearLogprob } from '../../lib/kernels/index.js';
import { type DType, memoryStats, scope, type Tensor, torch } from '../../lib/tensor/index.js';
import { numbers, relativeError } from './tensors.js';

const int64 = (values: readonly number[]) => torch.tensor(BigInt64Array.from(values, BigInt));
const leaf = (tensor: Tensor, dtype: DType = 'float32') => {
  const copy = tensor.to(dtype).detach().clone();
  copy.requiresGrad = true;
  return copy;
};

test('two tokens by hand', () => {
  // z = (1, 3) / 2: logits 0.5 and 1.5.
  const hidden = leaf(torch.tensor([[1]]));
  const weight = leaf(torch.tensor([[1], [3]]));
  const { logp, lse, entropy } = linearLogprob(hidden, weight, int64([0]), { temperature: 2, entropy: true });
  const p = [1 / (1 + Math.E), Math.E / (1 + Math.E)];
  expect(numbers(logp)[0]).toBeCloseTo(Math.log(p[0]), 6);
  expect(numbers(lse)[0]).toBeCloseTo(Math.log(Math.exp(0.5) + Math.exp(1.5)), 6);
  expect(numbers(entropy as Tensor)[0]).toBeCloseTo(-p[0] * Math.log(p[0]) - p[1] * Math.log(p[1]), 6);
  logp.sum().backward();
  // d logp / d hidden = (w_0 - sum p w) / 2, d logp / d weight = ([v = 0] - p_v) hidden / 2
  expect(numbers(hidden.grad as Tensor)[0]).toBeCloseTo((1 - p[0] - 3 * p[1]) / 2, 6);
  expect(numbers(weight.grad as Tensor)).toEqual([
    expect.closeTo((1 - p[0]) / 2, 6),
    expect.closeTo(-p[1] / 2, 6),
  ]);
});

/** Results and gradients of sum(logp * pull + entropy * push), each result as numbers. */
function all(
  compute: typeof linearLogprob | typeof reference,
  hidden: Tensor,
  weight: Tensor,
  target: Tensor,
  options: { rows: Tensor; temperature?: number; entropy: boolean },
) {
  return scope(() => {
    const [h, w] = [leaf(hidden, hidden.dtype), leaf(weight, weight.dtype)];
    const { logp, entropy } = compute(h, w, target, options);
    const count = target.numel();
    const pull = torch.linspace(-1, 1, count);
    const loss = logp.mul(pull).sum();
    (entropy ? loss.add(entropy.mul(pull.flip([0])).sum()) : loss).backward();
    return {
      logp: numbers(logp),
      ...(entropy && { entropy: numbers(entropy) }),
      hidden: numbers(h.grad as Tensor),
      weight: numbers(w.grad as Tensor),
    };
  });
}

const reference = (
  hidden: Tensor,
  weight: Tensor,
  target: Tensor,
  { rows, ...options }: { rows: Tensor; temperature?: number; entropy: boolean },
) => tokenLogprobs(hidden, weight, target, rows, options);

test.each([
  { count: 1, width: 3, vocab: 2, items: 1 },
  { count: 40, width: 128, vocab: 300, items: 97 },
  { count: 260, width: 33, vocab: 500, items: 300 },
])('agrees with the reference form: $count rows of $width, vocabulary $vocab', (size) => {
  torch.manualSeed(3);
  const hidden = torch.randn([size.count, size.width]);
  const weight = torch.randn([size.vocab, size.width]).mul(3 / Math.sqrt(size.width));
  const target = torch.randint(0, size.vocab, [size.items], { dtype: 'int64' });
  const rows = torch.randint(0, size.count, [size.items], { dtype: 'int64' });
  for (const entropy of [false, true]) {
    const options = { rows, temperature: 0.8, entropy };
    const found = all(linearLogprob, hidden, weight, target, options);
    const expected = all(reference, hidden, weight, target, options);
    for (const [name, values] of Object.entries(expected)) {
      expect(relativeError(found[name as keyof typeof found] as number[], values)).toBeLessThan(1e-5);
    }
  }
});

test('bfloat16 is as exact as its inputs: the reference form rounds its logits, the kernel does not', () => {
  torch.manualSeed(4);
  const hidden = torch.randn([64, 256]).to('bfloat16');
  const weight = torch.randn([700, 256]).mul(0.2).to('bfloat16');
  const target = torch.randint(0, 700, [64], { dtype: 'int64' });
  const rows = torch.arange(0, 64);
  const truth = reference(hidden.to('float64'), weight.to('float64'), target, { rows, entropy: false });
  const { logp } = linearLogprob(hidden, weight, target);
  expect(logp.dtype).toBe('float32');
  const error = (x: Tensor) => x.to('float64').sub(truth.logp).abs().max().item() as number;
  expect(error(logp)).toBeLessThan(1e-4);
  expect(error(reference(hidden, weight, target, { rows, entropy: false }).logp)).toBeGreaterThan(1e-3);
});

test('ignored items: zeros and no gradient, for any row', () => {
  const hidden = leaf(torch.randn([4, 8]));
  const weight = leaf(torch.randn([9, 8]));
  const { logp, lse, entropy } = linearLogprob(hidden, weight, int64([3, -1, -1, 2]), {
    ignoreIndex: -1,
    entropy: true,
  });
  for (const result of [logp, lse, entropy as Tensor]) {
    expect(numbers(result).map((value) => value === 0)).toEqual([false, true, true, false]);
  }
  logp.add(lse).sum().backward();
  expect((hidden.grad as Tensor).abs().sum(-1).gt(0).toArray()).toEqual([true, false, false, true]);
});

test('accumulateGrad adds into the leaf and leaves the rest to autograd', () => {
  const [h, w] = [torch.randn([5, 8]), torch.randn([9, 8])];
  const target = int64([0, 1, 2, 3, 8]);
  const usual = { hidden: leaf(h), weight: leaf(w) };
  linearLogprob(usual.hidden, usual.weight, target).logp.sum().backward();
  const direct = { hidden: leaf(h), weight: leaf(w) };
  for (let i = 0; i < 2; i += 1) {
    linearLogprob(direct.hidden, direct.weight, target, { accumulateGrad: true }).logp.sum().backward();
  }
  const twice = numbers(usual.weight.grad as Tensor).map((value) => 2 * value);
  expect(relativeError(numbers(direct.weight.grad as Tensor), twice)).toBeLessThan(1e-6);
});

test('keepLogits: the same results, and gradients of the head that differ by their rounding', () => {
  torch.manualSeed(5);
  const [h, w] = [torch.randn([40, 64]).to('bfloat16'), torch.randn([900, 64]).mul(0.3).to('bfloat16')];
  const target = torch.randint(0, 900, [40], { dtype: 'int64' });
  const exact = { hidden: leaf(h, 'float64'), weight: leaf(w, 'float64') };
  reference(exact.hidden, exact.weight, target, { rows: torch.arange(0, 40), entropy: false })
    .logp.sum()
    .backward();
  const [usual, saved] = [false, true].map((keepLogits) => {
    const [hidden, weight] = [leaf(h, 'bfloat16'), leaf(w, 'bfloat16')];
    const { logp } = linearLogprob(hidden, weight, target, { keepLogits });
    logp.sum().backward();
    return { logp, hidden: hidden.grad as Tensor, weight: weight.grad as Tensor };
  });
  expect(numbers(saved.logp)).toEqual(numbers(usual.logp));
  expect(numbers(saved.hidden)).toEqual(numbers(usual.hidden));
  expect(numbers(saved.weight)).not.toEqual(numbers(usual.weight));
  expect(relativeError(numbers(saved.weight), numbers(exact.weight.grad as Tensor))).toBeLessThan(5e-3);
  expect(() => linearLogprob(h.to('float32'), w.to('float32'), target, { keepLogits: true })).toThrow(
    /keep_logits: expected bfloat16 on the CPU, got Float/,
  );
});

test('steps leave no tensor behind', () => {
  const [h, w] = [leaf(torch.randn([5, 8])), leaf(torch.randn([9, 8]))];
  const step = () =>
    scope(() => {
      linearLogprob(h, w, int64([0, 1, 2, 3, 8]), { entropy: true })
        .logp.sum()
        .backward();
      h.grad = null;
      w.grad = null;
    });
  step();
  const { liveTensors } = memoryStats();
  for (let i = 0; i < 5; i += 1) step();
  expect(memoryStats().liveTensors).toBe(liveTensors);
});

test('unknown options and unfitting arguments are refused by name', () => {
  const [h, w, target] = [torch.randn([2, 3]), torch.randn([4, 3]), int64([0, 1])];
  expect(() => linearLogprob(h, w, target, { temprature: 1 } as never)).toThrow(/temprature/);
  expect(() => linearLogprob(h, w, int64([0, 4]))).toThrow(/target: expected tokens of 0\.\.3 .* got 4 at 1/);
  expect(() => linearLogprob(h, torch.randn([4, 2]), target)).toThrow(/weight: expected hidden's width 3/);
  expect(() => linearLogprob(h, w, target, { temperature: 0 })).toThrow(/temperature: expected a number > 0/);
});
