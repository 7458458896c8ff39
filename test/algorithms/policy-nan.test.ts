/** A log-probability, advantage or entropy that is NaN shows in loss, gradient and metrics, and a masked one nowhere. */

import {
  type PolicyLossOptions,
  policyLoss,
  policyLossTypes,
  preferenceLoss,
  referencePolicyLoss,
  referencePreferenceLoss,
} from '../../lib/algorithms/index.js';
import { type PolicyLossType, preferenceLossTypes } from '../../lib/kernels/index.js';
import { type DType, type Tensor, torch } from '../../lib/tensor/index.js';
import { offsets } from './policy-batch.js';

// One sequence is longer than a vector; token 5 is in the first, token 30 in the second.
const LENGTHS = [7, 37, 4];
const total = 48;
const places = { float64: 5, float32: 30 } as const;

const columns = ['logp', 'oldLogp', 'refLogp', 'samplerLogp', 'entropy', 'advantages'] as const;
type Column = (typeof columns)[number];

/** Log-probabilities on both sides of every bound; an advantage a token, of either sign. */
function columnsOf(): Record<Column, number[]> {
  const each = (value: (t: number) => number) => Array.from({ length: total }, (_, t) => value(t));
  const logp = each((t) => -0.2 - 0.15 * ((3 * t) % 7));
  const oldLogp = each((t) => logp[t] - 0.12 * (((5 * t) % 7) - 3));
  return {
    logp,
    oldLogp,
    refLogp: each((t) => logp[t] + 0.1 * (((2 * t) % 5) - 2)),
    samplerLogp: each((t) => oldLogp[t] - 0.06 * (((2 * t) % 5) - 2)),
    entropy: each((t) => 0.3 + 0.1 * (t % 6)),
    advantages: each((t) => 1 - 0.5 * (t % 5)),
  };
}

interface Run {
  loss: number;
  grad: number[];
  metrics: Record<string, number>;
}

function run(
  loss: typeof policyLoss,
  values: Record<Column, number[]>,
  options: Partial<PolicyLossOptions>,
  dtype: DType,
): Run {
  const tensor = (name: Column) => torch.tensor(Float64Array.from(values[name])).to(dtype).detach();
  const { logp, ...others } = Object.fromEntries(columns.map((name) => [name, tensor(name)])) as Record<
    Column,
    Tensor
  >;
  logp.requiresGrad = true;
  const result = loss(logp, { ...others, cuSeqlens: offsets(LENGTHS), maxCompletionLength: 40, ...options });
  result.loss.backward();
  return {
    loss: result.loss.item() as number,
    grad: logp.grad!.toArray() as number[],
    metrics: Object.fromEntries(
      Object.entries(result.metrics).map(([name, value]) => [name, value.item() as number]),
    ),
  };
}

const without = (at: number) => torch.tensor(Array.from({ length: total }, (_, t) => t !== at));

function spoiled(column: Column, at: number) {
  const values = columnsOf();
  values[column][at] = NaN;
  return values;
}

const own: readonly PolicyLossType[] = ['gspo', 'gspo_token', 'vespo', 'geo_mean', 'gpg', 'reinforce'];
const settings: [string, Partial<PolicyLossOptions>, ((type: PolicyLossType) => boolean)?][] = [
  ['alone', {}],
  ['dual clip', { dualClip: 1.25 }],
  ['on policy', { oldLogp: undefined }],
  ['on policy, k3', { oldLogp: undefined, beta: 0.1 }],
  ['k1', { beta: 0.1, klEstimator: 'k1' }],
  ['k2', { beta: 0.1, klEstimator: 'k2', useBiasCorrectionKl: false }],
  ['k3', { beta: 0.1 }],
  ['abs', { beta: 0.1, klEstimator: 'abs' }],
  ['a weight a token', { beta: 0.1, importanceCorrection: 'token_truncate', importanceCorrectionKl: true }],
  ['a weight a token, masked', { importanceCorrection: 'token_mask', importanceCorrectionMin: 0.9 }],
  ['a weight a sequence', { importanceCorrection: 'sequence_truncate' }, (type) => type !== 'vespo'],
  ['off-policy sequences', { offPolicyMaskThreshold: 0.01 }],
  ['tokens of high entropy', { topEntropyQuantile: 0.6, entropyCoef: 0.1 }],
  ['an entropy threshold', { entropyThreshold: 0.45 }],
  [
    'a ratio a sequence',
    { importanceSamplingLevel: 'sequence' },
    (type) => !own.includes(type) && !type.startsWith('dppo'),
  ],
];
const cases = policyLossTypes.flatMap((type) =>
  settings
    .filter(([, , fits]) => fits?.(type) ?? true)
    .map(([name, options]) => ({ type, name, options: { type, ...options } })),
);

const same = (a: number, b: number, within: number) =>
  (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= within * Math.max(1, Math.abs(b));

describe.each(['float64', 'float32'] as const)('%s', (dtype) => {
  const within = dtype === 'float64' ? 1e-10 : 2e-5;
  const at = places[dtype];

  test.each(cases)('$type, $name: NaN is NaN where the reference’s is', ({ options }) => {
    for (const column of columns) {
      const found = run(policyLoss, spoiled(column, at), options, dtype);
      const expected = run(referencePolicyLoss, spoiled(column, at), options, dtype);
      expect(same(found.loss, expected.loss, within)).toBe(true);
      // The gradient of a choice or a bound is 0 in the reference where its other operand is NaN.
      found.grad.forEach((value, t) => {
        expect(Number.isNaN(value) || same(value, expected.grad[t], within)).toBe(true);
        expect(Number.isNaN(value) && !Number.isNaN(found.loss)).toBe(false);
      });
      for (const [name, value] of Object.entries(expected.metrics)) {
        // CISPO reports one clip ratio, of the weight.
        const one = found.metrics[name.replace('clip_ratio/region_mean', 'cispo_clip_ratio')];
        const reported = found.metrics[name] ?? one;
        if (reported !== undefined) expect(same(reported, value, within)).toBe(true);
      }
    }
  });

  test.each(cases)('$type, $name: a masked NaN changes nothing', ({ options }) => {
    const mask = without(at);
    const clean = run(policyLoss, columnsOf(), { ...options, mask }, dtype);
    expect(Number.isFinite(clean.loss) && clean.grad.every(Number.isFinite)).toBe(true);
    for (const column of columns) {
      expect(run(policyLoss, spoiled(column, at), { ...options, mask }, dtype)).toEqual(clean);
    }
  });
});

test.each(policyLossTypes)('%s: a masked NaN changes nothing in the reference', (type) => {
  const options = { type, beta: 0.1, topEntropyQuantile: 0.6, entropyCoef: 0.1, mask: without(5) };
  const clean = run(referencePolicyLoss, columnsOf(), options, 'float64');
  for (const column of columns) {
    expect(run(referencePolicyLoss, spoiled(column, 5), options, 'float64')).toEqual(clean);
  }
});

// By the formulas in the table of losses: which of them hold the column at all.
test.each(policyLossTypes)('%s: the loss is NaN by each column that its formula has', (type) => {
  const ratioFree = ['gpg', 'reinforce'].includes(type);
  const finite = (column: Column, options: Partial<PolicyLossOptions> = {}) =>
    Number.isFinite(run(policyLoss, spoiled(column, places.float32), { type, ...options }, 'float32').loss);
  expect(finite('logp')).toBe(false);
  expect(finite('logp', { oldLogp: undefined })).toBe(false);
  expect(finite('advantages')).toBe(false);
  expect(finite('oldLogp')).toBe(ratioFree);
  expect(finite('refLogp')).toBe(true);
  expect(finite('refLogp', { beta: 0.1 })).toBe(false);
  // NaN stands for a token that the sampler did not score.
  expect(finite('samplerLogp', { importanceCorrection: 'token_truncate' })).toBe(true);
  expect(finite('entropy')).toBe(true);
  expect(finite('entropy', { entropyCoef: 0.1 })).toBe(false);
  expect(finite('entropy', { entropyThreshold: 0.4 })).toBe(false);
});

test.each(['float32', 'float64'] as const)(
  '%s: without oldLogp a token that is NaN has a gradient that is',
  (dtype) => {
    const at = places[dtype];
    const { grad } = run(policyLoss, spoiled('logp', at), { oldLogp: undefined, type: 'dapo' }, dtype);
    expect(grad.map((value, t) => (Number.isNaN(value) ? t : -1)).filter((t) => t >= 0)).toEqual([at]);
  },
);

test('minima and maxima over tokens are NaN where a token is', () => {
  const { metrics } = run(
    policyLoss,
    spoiled('oldLogp', places.float64),
    { importanceCorrection: 'token_truncate', beta: 0.1 },
    'float64',
  );
  const ofSampler = Object.keys(metrics).filter((name) => name.startsWith('sampling/'));
  expect(ofSampler).toHaveLength(5);
  for (const name of ofSampler) expect(metrics[name]).toBeNaN();
  expect(metrics.kl).toBeGreaterThan(0);
  expect(run(policyLoss, spoiled('logp', 5), { beta: 0.1 }, 'float64').metrics.kl).toBeNaN();
});

test('vespo: the weight for the sampler multiplies the penalty where it is asked to', () => {
  // One token, ratio 1, weight exp(0.5), advantage 0: what is left is weight beta k3, k3 = exp(x) - x - 1.
  const values = Float64Array.from([-1]);
  const { loss } = policyLoss(torch.tensor(values), {
    type: 'vespo',
    advantages: torch.zeros([1], { dtype: 'float64' }),
    cuSeqlens: offsets([1]),
    refLogp: torch.tensor(values).sub(0.3),
    samplerLogp: torch.tensor(values).sub(0.5),
    beta: 0.2,
    importanceCorrection: 'token_truncate',
    importanceCorrectionKl: true,
  });
  expect(loss.item()).toBeCloseTo(Math.exp(0.5) * 0.2 * (Math.exp(-0.3) + 0.3 - 1), 12);
});

describe.each(['fused', 'reference'] as const)('preference losses, %s', (way) => {
  const lossOf =
    way === 'fused'
      ? (...args: Parameters<typeof preferenceLoss>) => preferenceLoss(...args).loss
      : referencePreferenceLoss;
  const x = (...values: number[]) => torch.tensor(Float64Array.from(values));
  const needs = {
    chosenLengths: x(3, 4, 5),
    rejectedLengths: x(2, 6, 7),
  };

  test.each(preferenceLossTypes.filter((type) => type !== 'sft'))('%s: a log-ratio that is NaN', (type) => {
    const options = {
      type,
      ...(type === 'exo_pair' && { labelSmoothing: 0.1 }),
      ...(type === 'process' && { alpha: x(1, 0.5, 0) }),
      ...(['ipo', 'sigmoid_norm'].includes(type) && needs),
    };
    expect(Number.isFinite(lossOf(x(1, -2, 0.5), x(0.2, 3, -1), options).item())).toBe(true);
    expect(lossOf(x(1, NaN, 0.5), x(0.2, 3, -1), options).item()).toBeNaN();
    expect(lossOf(x(1, -2, 0.5), x(0.2, NaN, -1), options).item()).toBeNaN();
  });

  test.each(['forward_kl', 'js_divergence', 'alpha_divergence'] as const)('under %s', (fDivergenceType) => {
    expect(lossOf(x(1, NaN), x(0.2, 3), { fDivergenceType }).item()).toBeNaN();
  });
});
