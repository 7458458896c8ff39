// The rows of bench/policy: what is measured, against whom, and the targets. Plain data, so that tests can check it
// without a benchmark.

const vocabulary = 151_936;
const small = { kind: 'heads', dtype: 'float32', vocabulary, mode: 'full', entropyWeight: 0 };
const large = {
  kind: 'heads',
  dtype: 'bfloat16',
  batch: 8,
  tokens: 64,
  width: 2048,
  vocabulary,
  entropyWeight: 0,
};
const everyone = ['eager', 'trl', 'liger', 'linear_cross_entropy'];
const megabytes = 1e6;

/** Bytes of the weight's gradient: part of what a run holds where `mode` is full. */
const headGradient = ({ mode, width, dtype }) =>
  mode === 'full' ? vocabulary * width * (dtype === 'float32' ? 4 : 2) : 0;

/** Bytes of the distribution that `keepLogits` keeps from forward to backward, in bfloat16. */
const keptLogits = ({ batch, tokens }) => 2 * batch * tokens * vocabulary;

/**
 * `mode`: forward (log-probabilities only), frozen (gradient of the hidden states), full (of the weight too).
 * `keepLogits`: earsight keeps the distribution for backward. `targets`: time of the fastest alternative over ours, for
 * each instruction set. `memoryTarget`: bytes above the inputs at most, the weight's gradient included.
 */
const rows = [
  {
    id: 'H1',
    title: 'float32, B8 T64 H128, forward + backward',
    ...small,
    batch: 8,
    tokens: 64,
    width: 128,
    alternatives: everyone,
    targets: { avx512_bf16: 1.25, amx: 1.25 },
    memoryTarget: 180 * megabytes,
  },
  {
    id: 'H2',
    title: 'float32, B4 T128 H512, forward + backward',
    ...small,
    batch: 4,
    tokens: 128,
    width: 512,
    alternatives: everyone,
    targets: { avx512_bf16: 1.25, amx: 1.25 },
    memoryTarget: 180 * megabytes + headGradient({ ...small, width: 512 }),
  },
  {
    id: 'H3',
    title: 'H1 with an entropy bonus',
    ...small,
    batch: 8,
    tokens: 64,
    width: 128,
    entropyWeight: 0.01,
    alternatives: everyone,
  },
  {
    id: 'L1',
    title: 'bfloat16, N512 H2048, forward only',
    ...large,
    mode: 'forward',
    alternatives: ['eager', 'trl', 'linear_cross_entropy'],
    targets: { avx512_bf16: 1.7, amx: 2.4 },
    memoryTarget: 10 * megabytes,
  },
  {
    id: 'L2',
    title: 'the same, forward + backward, frozen head',
    ...large,
    mode: 'frozen',
    alternatives: everyone,
    targets: { avx512_bf16: 2, amx: 2.5 },
    memoryTarget: 20 * megabytes,
  },
  {
    id: 'L3',
    title: 'the same, with the weight’s gradient',
    ...large,
    mode: 'full',
    alternatives: everyone,
    targets: { avx512_bf16: 1.45, amx: 2 },
    memoryTarget: 50 * megabytes + headGradient({ ...large, mode: 'full' }),
  },
  {
    id: 'L4',
    title: 'the same, with an entropy bonus',
    ...large,
    mode: 'full',
    entropyWeight: 0.01,
    alternatives: everyone,
  },
  {
    id: 'L3K',
    title: 'L3 with the logits kept for backward',
    ...large,
    mode: 'full',
    keepLogits: true,
    alternatives: ['eager'],
    targets: { avx512_bf16: 1.9, amx: 1.9 },
    memoryTarget: 50 * megabytes + keptLogits(large) + headGradient({ ...large, mode: 'full' }),
  },
  {
    id: 'P1',
    title: 'policy loss, 0.5 M ragged tokens',
    kind: 'losses',
    tokens: 524_288,
    longest: 1024,
    full: false,
    alternatives: ['eager'],
    targets: { avx512_bf16: 8, amx: 8 },
  },
  {
    id: 'P2',
    title: 'the same, with KL penalty and correction for the sampler',
    kind: 'losses',
    tokens: 524_288,
    longest: 1024,
    full: true,
    alternatives: ['eager'],
    targets: { avx512_bf16: 8, amx: 8 },
  },
  {
    id: 'A1',
    title: 'advantages, 4,096 x 8',
    kind: 'advantages',
    groups: 4096,
    size: 8,
    alternatives: ['eager'],
    targets: { avx512_bf16: 5, amx: 5 },
  },
];

/**
 * Operations of earsight's matrix products in a bfloat16 row without an entropy bonus: scores, then the hidden states'
 * gradient, then the scores once more (unless they are kept) and the weight's gradient. Null for other rows.
 */
function productWork({ dtype, mode, entropyWeight, keepLogits, batch, tokens, width }) {
  if (dtype !== 'bfloat16' || entropyWeight !== 0) return null;
  const products = { forward: 1, frozen: 2, full: keepLogits ? 3 : 4 }[mode];
  return products * 2 * batch * tokens * width * vocabulary;
}

/** Operations of the products that nobody can do without: scores, and a gradient each. */
const leastWork = ({ mode, batch, tokens, width }) =>
  ({ forward: 1, frozen: 2, full: 3 })[mode] * 2 * batch * tokens * width * vocabulary;

/** The row as bench/policy/measure.py reads it. */
function specOf({ title: _, targets: __, memoryTarget: ___, ...spec }) {
  return spec.kind === 'heads' ? { ...spec, flops: leastWork(spec) } : spec;
}

module.exports = { productWork, rows, specOf };
