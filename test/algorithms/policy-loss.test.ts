/** The fused policy loss: against the reference, under accumulation, with masks, odd batches and wrong arguments. */

import {
  type PolicyLossOptions,
  policyLoss,
  policyLossTypes,
  referencePolicyLoss,
} from '../../lib/algorithms/index.js';
import { aggregations } from '../../lib/kernels/index.js';
import { type Tensor, torch } from '../../lib/tensor/index.js';
import { LENGTHS, offsets, policyBatch } from './policy-batch.js';
import { l1 } from './recorded.js';

type Options = Partial<PolicyLossOptions>;

function run(loss: typeof policyLoss, logp: Tensor, options: PolicyLossOptions) {
  const result = loss(logp, options);
  result.loss.backward();
  return {
    loss: result.loss.item() as number,
    grad: logp.grad!.toArray() as number[],
    metrics: Object.fromEntries(
      Object.entries(result.metrics).map(([name, value]) => [name, value.item() as number]),
    ),
  };
}

/** 120 completions of 0 to 700 tokens, some masked, ratios on both sides of every bound. */
function randomBatch(seed: number, perToken = false) {
  torch.manualSeed(seed);
  const lengths = Array.from({ length: 120 }, (_, i) =>
    i % 7 === 3 ? 0 : (i * i * 37) % (i % 10 === 0 ? 700 : 40),
  );
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const normal = (scale: number) => torch.randn([total], { dtype: 'float64' }).mul(scale);
  const logp = torch.rand([total], { dtype: 'float64' }).mul(-4).detach();
  const oldLogp = logp.sub(normal(0.3));
  const batch = {
    oldLogp,
    refLogp: logp.add(normal(0.4)),
    samplerLogp: oldLogp.add(normal(0.2)),
    entropy: torch.rand([total], { dtype: 'float64' }),
    mask: torch.rand([total]).gt(0.15),
    advantages: torch.randn([perToken ? total : lengths.length], { dtype: 'float64' }),
    cuSeqlens: offsets(lengths),
    maxCompletionLength: 700,
  };
  const leaf = () => {
    const copy = logp.clone();
    copy.requiresGrad = true;
    return copy;
  };
  return { leaf, batch };
}

describe('fused equals reference', () => {
  const variants: [string, Options][] = [
    ...policyLossTypes.map((type): [string, Options] => [type, { type }]),
    ...policyLossTypes.map((type): [string, Options] => [
      `${type} with everything`,
      {
        type,
        beta: 0.05,
        epsilon: 0.1,
        epsilonHigh: type === 'cispo' ? 1.3 : 0.15,
        importanceCorrection: 'token_mask',
        importanceCorrectionMin: 0.8,
        importanceCorrectionMax: 1.3,
        offPolicyMaskThreshold: 0.01,
        topEntropyQuantile: 0.7,
        entropyCoef: 0.1,
        numItemsInBatch: 9000,
        numSequencesInBatch: 200,
      },
    ]),
    ...(['grpo', 'bnpo', 'dr_grpo', 'dapo', 'cispo', 'sapo', 'luspo'] as const).flatMap((type) =>
      (['token', 'sequence'] as const).map((importanceSamplingLevel): [string, Options] => [
        `${type}, ${importanceSamplingLevel} level`,
        {
          type,
          importanceSamplingLevel,
          beta: 0.1,
          epsilonHigh: type === 'cispo' ? 1.02 : 0.02,
          epsilon: 0.02,
        },
      ]),
    ),
    ...aggregations.map((aggregation): [string, Options] => [aggregation, { type: 'dapo', aggregation }]),
    ...(['k1', 'k2', 'k3', 'abs'] as const).flatMap((klEstimator) =>
      [true, false].map((useBiasCorrectionKl): [string, Options] => [
        `${klEstimator}, corrected ${useBiasCorrectionKl}`,
        { type: 'dapo', beta: 0.3, klEstimator, useBiasCorrectionKl },
      ]),
    ),
    ...(['token_truncate', 'token_mask', 'sequence_truncate', 'sequence_mask'] as const).flatMap(
      (importanceCorrection) =>
        (['sum', 'mean'] as const).map((importanceCorrectionReduction): [string, Options] => [
          `${importanceCorrection} of the ${importanceCorrectionReduction}`,
          {
            type: 'dapo',
            beta: 0.1,
            importanceCorrection,
            importanceCorrectionReduction,
            importanceCorrectionMin: 0.6,
            importanceCorrectionMax: 1.4,
            importanceCorrectionKl: importanceCorrectionReduction === 'mean',
          },
        ]),
    ),
    ['delta', { type: 'dapo', delta: 1.3 }],
    ['dual clip', { type: 'dapo', dualClip: 1.25 }],
    ['relative cispo', { type: 'cispo', cispoBound: 'relative' }],
    ['sapo’s temperatures', { type: 'sapo', sapoTemperaturePos: 0.7, sapoTemperatureNeg: 2 }],
    [
      'vespo’s exponents',
      { type: 'vespo', vespoKPos: 1, vespoLambdaPos: 0.5, vespoKNeg: 2, vespoLambdaNeg: 1 },
    ],
    ['an entropy threshold', { type: 'grpo', entropyThreshold: 0.4, entropyCoef: 0.2 }],
  ];

  test.each(variants)('%s', (_, options) => {
    for (const perToken of [false, true]) {
      const { leaf, batch } = randomBatch(7, perToken);
      const [own, theirs] = [batch.entropy.clone(), batch.entropy.clone()];
      own.requiresGrad = true;
      theirs.requiresGrad = true;
      const found = run(policyLoss, leaf(), { ...batch, ...options, entropy: own });
      const expected = run(referencePolicyLoss, leaf(), { ...batch, ...options, entropy: theirs });
      const scale = l1(expected.grad) / expected.grad.filter((value) => value !== 0).length;
      expect(scale).toBeGreaterThan(0);
      expect(Math.abs(found.loss - expected.loss)).toBeLessThan(1e-11 * Math.max(1, Math.abs(expected.loss)));
      const worst = Math.max(...found.grad.map((value, t) => Math.abs(value - expected.grad[t])));
      expect(worst).toBeLessThan(1e-9 * scale);
      for (const [name, value] of Object.entries(expected.metrics)) {
        const same = name.replace('clip_ratio/region_mean', 'cispo_clip_ratio');
        const actual = found.metrics[name] ?? found.metrics[same];
        if (actual !== undefined) expect(actual).toBeCloseTo(value, 11);
      }
      if (options.entropyCoef) {
        const [gradient, wanted] = [own.grad!.toArray() as number[], theirs.grad!.toArray() as number[]];
        expect(l1(wanted)).toBeGreaterThan(0);
        expect(Math.max(...gradient.map((value, t) => Math.abs(value - wanted[t])))).toBeLessThan(1e-15);
      }
    }
  });
});

describe('metrics', () => {
  // Counted by hand from logp - old = 0.12 (((3i + 5t) mod 7) - 3): exp(0.24) > 1.2 and exp(-0.24) < 0.8.
  test('clip ratios over tokens, and the extremes over sequences', () => {
    const positive = [true, false, true, false];
    const counts = LENGTHS.map((length, i) => {
      const steps = Array.from({ length }, (_, t) => ((3 * i + 5 * t) % 7) - 3);
      return {
        low: positive[i] ? 0 : steps.filter((step) => step <= -2).length,
        high: positive[i] ? steps.filter((step) => step >= 2).length : 0,
        length,
      };
    });
    const sum = (field: 'low' | 'high') => counts.reduce((total, count) => total + count[field], 0);
    const { logp, ...batch } = policyBatch();
    const { metrics } = run(policyLoss, logp, { ...batch, type: 'dapo' });
    expect(sum('low') * sum('high')).toBeGreaterThan(0);
    expect(metrics['clip_ratio/low_mean']).toBeCloseTo(sum('low') / 17, 12);
    expect(metrics['clip_ratio/high_mean']).toBeCloseTo(sum('high') / 17, 12);
    expect(metrics['clip_ratio/region_mean']).toBeCloseTo((sum('low') + sum('high')) / 17, 12);
    expect(metrics['clip_ratio/low_min']).toBe(0);
    expect(metrics['clip_ratio/high_max']).toBeCloseTo(
      Math.max(...counts.map(({ high, length }) => high / length)),
      12,
    );
  });

  test('a sequence with one ratio counts once, however long', () => {
    const ratios = LENGTHS.map((length, i) => {
      const steps = Array.from({ length }, (_, t) => ((3 * i + 5 * t) % 7) - 3);
      return Math.exp((0.12 * steps.reduce((sum, step) => sum + step, 0)) / length);
    });
    const sign = [1, -1, 1, -1];
    const high = ratios.filter((ratio, i) => sign[i] > 0 && ratio > 1 + 4e-4).length;
    const low = ratios.filter((ratio, i) => sign[i] < 0 && ratio < 1 - 3e-4).length;
    const { logp, ...batch } = policyBatch();
    const { metrics } = run(policyLoss, logp, { ...batch, type: 'gspo', epsilon: 3e-4, epsilonHigh: 4e-4 });
    expect(metrics['clip_ratio/high_mean']).toBeCloseTo(high / 4, 12);
    expect(metrics['clip_ratio/low_mean']).toBeCloseTo(low / 4, 12);
    expect(low + high).toBeGreaterThan(0);
  });

  test('the distance to the sampler leaves out tokens without a probability', () => {
    const { logp, ...batch } = policyBatch([0]);
    const samplerLogp = torch.tensor(Float64Array.from([-0.1, NaN, -1, -0.5, NaN, -0.5]));
    const oldLogp = torch.tensor(Float64Array.from([-0.2, -1, -1, -0.8, -3, -0.5]));
    const { metrics } = run(policyLoss, logp, { ...batch, samplerLogp, oldLogp });
    expect(metrics['sampling/sampling_logp_difference/mean']).toBeCloseTo((0.1 + 0.3) / 4, 12);
    expect(metrics['sampling/sampling_logp_difference/max']).toBeCloseTo(0.3, 12);
  });

  test('names follow what was given', () => {
    const { logp, advantages, cuSeqlens, refLogp, samplerLogp, entropy } = policyBatch();
    const names = (options: Options) =>
      Object.keys(policyLoss(logp, { advantages, cuSeqlens, ...options }).metrics).sort();
    expect(names({ type: 'sapo' })).toEqual([]);
    expect(names({ type: 'cispo', refLogp, entropy })).toEqual(['cispo_clip_ratio', 'entropy', 'kl']);
    expect(names({ type: 'vespo', samplerLogp })).toEqual([
      'sampling/sampling_logp_difference/max',
      'sampling/sampling_logp_difference/mean',
      'vespo/phi_seq_mean',
    ]);
  });

  test('vespo’s mean weight: .867196, 1.19423, .716235, .507851', () => {
    const { logp, ...batch } = policyBatch();
    const { metrics } = run(policyLoss, logp, { ...batch, type: 'vespo' });
    expect(metrics['vespo/phi_seq_mean']).toBeCloseTo((0.867196 + 1.19423 + 0.716235 + 0.507851) / 4, 6);
  });
});

describe('micro-batches', () => {
  // Eight sequences: the four rows twice, in one call or in eight calls with the counts of the whole.
  const rows = [0, 1, 2, 3, 3, 2, 1, 0];
  const counts = {
    numItemsInBatch: rows.reduce((sum, i) => sum + LENGTHS[i], 0),
    numSequencesInBatch: rows.length,
  };
  const runRows = (options: Options, which: number[]) => {
    const { logp, ...batch } = policyBatch(which);
    return run(policyLoss, logp, { ...batch, ...options });
  };

  test.each(policyLossTypes.filter((type) => type !== 'bnpo'))(
    '%s: the gradient of one batch of 8 is that of 8 micro-batches of 1',
    (type) => {
      const options: Options = {
        type,
        maxCompletionLength: 8,
        beta: 0.04,
        entropyCoef: 0.01,
        epsilonHigh: type === 'cispo' ? 5 : 0.28,
      };
      const whole = runRows(options, rows);
      const parts = rows.map((row) => runRows({ ...options, ...counts }, [row]));
      expect(parts.reduce((sum, part) => sum + part.loss, 0)).toBeCloseTo(whole.loss, 12);
      parts
        .flatMap((part) => part.grad)
        .forEach((value, t) => {
          expect(value).toBeCloseTo(whole.grad[t], 12);
        });
      expect(l1(whole.grad)).toBeGreaterThan(0.1);
    },
  );

  test('bnpo is the mean of the calls’ own means', () => {
    const alone = rows.map((row) => runRows({ type: 'bnpo' }, [row]));
    const parts = rows.map((row) => runRows({ type: 'bnpo', ...counts }, [row]));
    parts.forEach((part, i) => {
      expect(part.loss).toBeCloseTo(alone[i].loss / 8, 14);
    });
    expect(runRows({ type: 'bnpo' }, rows).loss).toBe(runRows({ type: 'dapo' }, rows).loss);
  });
});

describe('masks and odd batches', () => {
  const every = policyLossTypes.map((type) => ({ type, maxCompletionLength: 8 }));

  test.each(every)('$type: a masked token changes nothing, whatever it holds', (settings) => {
    const mask = torch.tensor(
      LENGTHS.flatMap((length, i) => Array(length).fill(i !== 1 && i + length !== 6)),
    );
    for (const poison of [NaN, -Infinity, Infinity]) {
      const options = { ...settings, mask, beta: 0.04, importanceCorrection: 'token_truncate' as const };
      const { logp, ...batch } = policyBatch();
      const clean = run(policyLoss, logp, { ...batch, ...options });
      const { logp: source, advantages, cuSeqlens, ...others } = policyBatch();
      const spoil = (tensor: Tensor) => tensor.maskedFill(mask.logicalNot(), poison).detach();
      const spoiled = spoil(source);
      spoiled.requiresGrad = true;
      const poisoned = Object.fromEntries(
        Object.entries(others).map(([name, tensor]) => [name, spoil(tensor)]),
      );
      const found = run(policyLoss, spoiled, { advantages, cuSeqlens, ...poisoned, ...options });
      expect(found).toEqual(clean);
      expect(found.grad.slice(6, 10)).toEqual([0, 0, 0, 0]);
    }
  });

  test.each(every)('$type: finite where a ratio overflows, and where a probability is 0', (settings) => {
    const { logp, refLogp, ...batch } = policyBatch(undefined, 'float32');
    const extremes: Options[] = [
      { oldLogp: batch.oldLogp.sub(1000) },
      { oldLogp: batch.oldLogp.add(1000), refLogp: refLogp.sub(1000), beta: 0.1 },
      { oldLogp: torch.full([17], -Infinity), refLogp: torch.full([17], -Infinity), beta: 0.1 },
      { samplerLogp: torch.full([17], -Infinity), importanceCorrection: 'token_truncate' },
    ];
    for (const options of extremes) {
      logp.grad?.zero_();
      const { loss, grad } = run(policyLoss, logp, { ...batch, ...settings, ...options });
      expect(Number.isFinite(loss)).toBe(true);
      expect(grad.every(Number.isFinite)).toBe(true);
    }
    const impossible = torch.full([17], -Infinity, { requiresGrad: true });
    const { loss, grad } = run(policyLoss, impossible, { ...batch, refLogp, beta: 0.1, ...settings });
    expect(Number.isFinite(loss)).toBe(true);
    expect(grad.every(Number.isFinite)).toBe(true);
  });

  test('a log-ratio counts up to 20 either way, and beyond has no gradient', () => {
    for (const [distance, ratio] of [
      [19, Math.exp(19)],
      [1000, Math.exp(20)],
      [-1000, 0.8],
    ]) {
      const logp = torch.tensor(Float64Array.from([-1]), { requiresGrad: true });
      const { loss, grad } = run(policyLoss, logp, {
        type: 'dapo',
        advantages: torch.tensor(Float64Array.from([-1])),
        cuSeqlens: offsets([1]),
        oldLogp: logp.detach().sub(distance),
      });
      // Advantage -1: the larger of ratio and ratio clipped to 0.8 .. 1.2.
      expect(loss / ratio).toBeCloseTo(1, 12);
      expect(grad[0] / ratio).toBeCloseTo(distance === 19 ? 1 : 0, 12);
    }
  });

  test.each(every)('$type: no advantage, no gradient', (settings) => {
    const { logp, ...batch } = policyBatch();
    const { loss, grad } = run(policyLoss, logp, { ...batch, ...settings, advantages: torch.zeros([4]) });
    expect(Math.abs(loss)).toBe(0);
    expect(grad.every((value) => Math.abs(value) === 0)).toBe(true);
  });

  test.each(every)('$type: no tokens, no sequences', (settings) => {
    for (const lengths of [[], [0, 0]]) {
      const logp = torch.zeros([0], { requiresGrad: true });
      const { loss } = policyLoss(logp, {
        ...settings,
        advantages: torch.ones([lengths.length]),
        cuSeqlens: offsets(lengths),
      });
      expect(loss.item()).toBe(0);
      loss.backward();
      expect(logp.grad!.shape).toEqual([0]);
    }
  });

  test('an empty completion and one that is all masked count as sequences with loss 0', () => {
    const logp = torch.tensor(Float64Array.from([-1, -2, -3]), { requiresGrad: true });
    const { loss } = policyLoss(logp, {
      type: 'grpo',
      advantages: torch.tensor(Float64Array.from([1, 1, 1])),
      cuSeqlens: offsets([2, 0, 1]),
      mask: torch.tensor([true, true, false]),
    });
    // One sequence of three with ratio 1 and advantage 1: -1/3.
    expect(loss.item()).toBeCloseTo(-1 / 3, 12);
    loss.backward();
    expect(logp.grad!.toArray()).toEqual([-1 / 6, -1 / 6, 0]);
  });

  test('advantages may be given a token', () => {
    const { logp, ...batch } = policyBatch();
    const advantages = batch.advantages.repeatInterleave(torch.tensor(BigInt64Array.from(LENGTHS, BigInt)));
    expect(policyLoss(logp, { ...batch, advantages }).loss.item()).toBe(policyLoss(logp, batch).loss.item());
  });

  test('a sampler that gave no probability leaves the token as it is', () => {
    const { logp, samplerLogp, ...batch } = policyBatch();
    const without = policyLoss(logp, batch).loss.item();
    const unknown = torch.full([17], NaN, { dtype: 'float64' });
    const options = { importanceCorrection: 'token_mask' as const, samplerLogp: unknown };
    expect(policyLoss(logp, { ...batch, ...options }).loss.item()).toBe(without);
  });

  test('differentiable once, and says so', () => {
    const { logp, ...batch } = policyBatch();
    const { loss } = policyLoss(logp, batch);
    expect(() => torch.autograd.grad([loss], [logp], { createGraph: true })).toThrow('differentiable once');
  });
});

describe('errors', () => {
  test.each<[string, Options]>([
    ['ref_logp: missing; beta is 0.1', { beta: 0.1, refLogp: null }],
    ['old_logp: expected the 17 tokens of logp, got [3]', { oldLogp: torch.zeros([3]) }],
    ['mask: expected the 17 tokens of logp, got [4]', { mask: torch.zeros([4]) }],
    [
      'advantages: expected one for each of 4 sequences or 17 tokens, got [3]',
      { advantages: torch.zeros([3]) },
    ],
    ['cu_seqlens: expected to end at the 17 tokens of logp, got 5', { cuSeqlens: offsets([5]) }],
    ['cu_seqlens: expected dtype int64', { cuSeqlens: torch.tensor([0, 17]) }],
    ["max_completion_length: type 'dr_grpo' divides by it", { type: 'dr_grpo' }],
    ['delta: expected more than 1 + epsilon_high (1.2), got 1.1', { delta: 1.1 }],
    ['dualClip: expected a number > 1, or null, got 0.5', { dualClip: 0.5 }],
    ['epsilon: expected a number >= 0, got -1', { epsilon: -1 }],
    [`type: expected one of ${policyLossTypes.join(', ')}, got 'ppo'`, { type: 'ppo' as 'grpo' }],
    [
      "importance_sampling_level: type 'gspo' has its own level",
      { type: 'gspo', importanceSamplingLevel: 'token' },
    ],
    ["klEstimator: expected one of k1, k2, k3, abs, got 'k4'", { klEstimator: 'k4' as 'k1' }],
    [
      'sampler_logp: missing; importance_correction is token_mask',
      { importanceCorrection: 'token_mask', samplerLogp: null },
    ],
    [
      "importance_correction: type 'vespo' takes token_truncate or token_mask, got sequence_mask",
      { type: 'vespo', importanceCorrection: 'sequence_mask' },
    ],
    [
      'importance_correction_min: expected at most importance_correction_max (3), got 4',
      { importanceCorrection: 'token_mask', importanceCorrectionMin: 4 },
    ],
    ['entropy: missing', { topEntropyQuantile: 0.5, entropy: null }],
    ['topEntropyQuantile: expected a number from 0 to 1, got 2', { topEntropyQuantile: 2 }],
    ["no argument named 'epsilonLow'", { epsilonLow: 0.1 } as Options],
  ])('%s', (message, options) => {
    const { logp, ...batch } = policyBatch();
    expect(() => policyLoss(logp, { ...batch, ...options })).toThrow(message);
  });
});
