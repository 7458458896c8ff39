import { type PolicyLossOptions, policyLoss } from '../../lib/algorithms/index.js';
import { torch } from '../../lib/tensor/index.js';
import { LENGTHS, offsets, policyBatch } from './policy-batch.js';

type Options = Partial<PolicyLossOptions> & Pick<PolicyLossOptions, 'type'>;

function run(options: Options, rows?: number[]) {
  const { logp, refLogp, ...batch } = policyBatch(rows);
  const result = policyLoss(logp, { ...batch, ...(options.beta ? { refLogp } : {}), ...options });
  result.loss.backward();
  return {
    loss: result.loss.item() as number,
    grad: logp.grad!.toArray() as number[],
    metrics: Object.fromEntries(
      Object.entries(result.metrics).map(([name, value]) => [name, value.item() as number]),
    ),
  };
}

const l1 = (values: number[]) => values.reduce((sum, value) => sum + Math.abs(value), 0);

describe('losses and gradients of TRL 1.13 (and verl)', () => {
  const unclipped = [-0.05357, -0.09761, -0.076783, -0.0604, -0.110055, -0.086573];
  const dapoRow = [-0.05357, 0, -0.076783, -0.0604, 0, -0.086573];
  const cases: [string, Options, number, number[], number][] = [
    ['grpo', { type: 'grpo' }, -0.01509281, [-0.037945, 0, -0.054388, -0.042783, 0, -0.061322], 0.492967],
    ['bnpo', { type: 'bnpo' }, -0.26148976, dapoRow, 0.52388],
    ['dapo', { type: 'dapo' }, -0.26148976, dapoRow, 0.52388],
    [
      'dr_grpo, at most 8 tokens',
      { type: 'dr_grpo', maxCompletionLength: 8 },
      -0.13891644,
      [-0.028459, 0, -0.040791, -0.032087, 0, -0.045992],
      0.278311,
    ],
    [
      'dapo, clip higher',
      { type: 'dapo', epsilonHigh: 0.28 },
      -0.27542578,
      [-0.05357, -0.09761, -0.076783, -0.0604, 0, -0.086573],
      0.641012,
    ],
    ['dapo, two-sided', { type: 'dapo', delta: 1.3 }, -0.26763221, dapoRow, 0.457847],
    ['gspo', { type: 'gspo' }, -0.03685331, Array(6).fill(-0.055487), 0.609298],
    [
      'gspo, the clip range of its paper',
      { type: 'gspo', epsilon: 3e-4, epsilonHigh: 4e-4 },
      0.011892,
      Array(6).fill(0),
      0.207904,
    ],
    ['cispo, weight at most 5', { type: 'cispo', epsilonHigh: 5 }, 0.19199939, unclipped, 0.84146],
    [
      'cispo, weight at most 1.1',
      { type: 'cispo', epsilonHigh: 1.1 },
      0.15929304,
      [-0.05357, -0.084461, -0.076783, -0.0604, -0.084461, -0.084461],
      0.775811,
    ],
    [
      'dapo with KL',
      { type: 'dapo', beta: 0.04, useBiasCorrectionKl: false },
      -0.26108587,
      [-0.053143, 0, -0.077304, -0.060176, -0.000247, -0.086146],
      0.525619,
    ],
    [
      'dapo with bias-corrected KL',
      { type: 'dapo', beta: 0.04 },
      -0.26107552,
      [-0.053241, 0, -0.077254, -0.060214, -0.000337, -0.086042],
      0.525942,
    ],
  ];

  test.each(cases)('%s', (_, options, loss, firstRow, gradL1) => {
    const result = run(options);
    expect(result.loss).toBeCloseTo(loss, 7);
    result.grad.slice(0, 6).forEach((value, t) => {
      expect(value).toBeCloseTo(firstRow[t], 5);
    });
    expect(l1(result.grad)).toBeCloseTo(gradL1, 5);
  });

  test('gspo is grpo at sequence level', () => {
    expect(run({ type: 'grpo', importanceSamplingLevel: 'sequence' })).toEqual(run({ type: 'gspo' }));
  });

  test('KL metric: k3 over the mask', () => {
    expect(run({ type: 'dapo', beta: 0.04 }).metrics.kl).toBeCloseTo(0.01009737, 7);
  });
});

describe('clip metrics', () => {
  // Counted by hand from logp - old = 0.12 (((3i + 5t) mod 7) - 3): exp(0.24) > 1.2 and exp(-0.24) < 0.8.
  test('a token: share of all tokens clipped on each side', () => {
    const { advantages } = policyBatch();
    let low = 0;
    let high = 0;
    for (const [i, length] of LENGTHS.entries()) {
      for (let t = 0; t < length; t++) {
        const steps = ((3 * i + 5 * t) % 7) - 3;
        const advantage = advantages.index([i]).item() as number;
        if (steps <= -2 && advantage < 0) low++;
        if (steps >= 2 && advantage > 0) high++;
      }
    }
    const { metrics } = run({ type: 'dapo' });
    expect(low + high).toBeGreaterThan(0);
    expect(metrics['clip_ratio/low']).toBeCloseTo(low / 17, 12);
    expect(metrics['clip_ratio/high']).toBeCloseTo(high / 17, 12);
    expect(metrics['clip_ratio/region']).toBeCloseTo((low + high) / 17, 12);
  });

  test('a sequence counts once, however long', () => {
    // A sequence's ratio is exp(mean of logp - old); rows 0 and 2 have a positive advantage.
    const ratios = LENGTHS.map((length, i) => {
      const steps = Array.from({ length }, (_, t) => ((3 * i + 5 * t) % 7) - 3);
      return Math.exp((0.12 * steps.reduce((sum, step) => sum + step, 0)) / length);
    });
    const sign = [1, -1, 1, -1];
    const high = ratios.filter((ratio, i) => sign[i] > 0 && ratio > 1 + 4e-4).length;
    const low = ratios.filter((ratio, i) => sign[i] < 0 && ratio < 1 - 3e-4).length;
    const { metrics } = run({ type: 'gspo', epsilon: 3e-4, epsilonHigh: 4e-4 });
    expect(metrics['clip_ratio/high']).toBeCloseTo(high / 4, 12);
    expect(metrics['clip_ratio/low']).toBeCloseTo(low / 4, 12);
    expect(low + high).toBeGreaterThan(0);
  });
});

describe('micro-batches', () => {
  // Eight sequences: the four rows twice, in one call or in eight calls with the counts of the whole.
  test.each(['grpo', 'bnpo', 'dr_grpo', 'dapo', 'gspo', 'cispo'] as const)(
    '%s: the gradient of one batch of 8 is that of 8 micro-batches of 1',
    (type) => {
      const rows = [0, 1, 2, 3, 3, 2, 1, 0];
      const options: Options = {
        type,
        maxCompletionLength: 8,
        beta: 0.04,
        epsilonHigh: type === 'cispo' ? 5 : 0.28,
      };
      const whole = run(options, rows);
      const counts = {
        numItemsInBatch: rows.reduce((sum, i) => sum + LENGTHS[i], 0),
        numSequencesInBatch: rows.length,
      };
      const parts = rows.map((row) => run({ ...options, ...counts }, [row]));
      expect(parts.reduce((sum, part) => sum + part.loss, 0)).toBeCloseTo(whole.loss, 12);
      parts
        .flatMap((part) => part.grad)
        .forEach((value, t) => {
          expect(value).toBeCloseTo(whole.grad[t], 12);
        });
      expect(l1(whole.grad)).toBeGreaterThan(0.1);
    },
  );
});

describe('masks and odd batches', () => {
  test('a masked token changes neither loss nor gradient, whatever it holds', () => {
    const mask = torch.tensor(
      Float64Array.from(LENGTHS.flatMap((length, i) => Array(length).fill(i === 1 ? 0 : 1))),
    );
    const { logp, refLogp, ...batch } = policyBatch();
    const clean = policyLoss(logp, { ...batch, refLogp, mask, type: 'dapo', beta: 0.04 });
    const bad = policyBatch();
    const poison = (tensor: typeof logp) => tensor.maskedFill(mask.eq(0), -Infinity);
    const poisoned = policyLoss(poison(bad.logp), {
      ...batch,
      oldLogp: poison(batch.oldLogp),
      refLogp: poison(refLogp),
      mask,
      type: 'dapo',
      beta: 0.04,
    });
    clean.loss.backward();
    poisoned.loss.backward();
    expect(poisoned.loss.item()).toBe(clean.loss.item());
    expect(bad.logp.grad!.toArray()).toEqual(logp.grad!.toArray());
    expect((logp.grad!.toArray() as number[]).slice(6, 10)).toEqual([0, 0, 0, 0]);
  });

  test('an overflowing ratio leaves a finite gradient', () => {
    const { logp, ...batch } = policyBatch();
    const { loss } = policyLoss(logp, { ...batch, oldLogp: batch.oldLogp.sub(1000), type: 'grpo' });
    loss.backward();
    expect(Number.isFinite(loss.item())).toBe(true);
    expect((logp.grad!.toArray() as number[]).every(Number.isFinite)).toBe(true);
  });

  test('an empty completion and one that is all masked count as sequences with loss 0', () => {
    const logp = torch.tensor(Float64Array.from([-1, -2, -3]), { requiresGrad: true });
    const { loss } = policyLoss(logp, {
      type: 'grpo',
      advantages: torch.tensor(Float64Array.from([1, 1, 1])),
      cuSeqlens: offsets([2, 0, 1]),
      mask: torch.tensor(Float64Array.from([1, 1, 0])),
    });
    // One sequence of three with ratio 1 and advantage 1: -1/3.
    expect(loss.item()).toBeCloseTo(-1 / 3, 12);
    loss.backward();
    expect(logp.grad!.toArray()).toEqual([-1 / 6, -1 / 6, 0]);
  });

  test('advantages may be given a token', () => {
    const { logp, ...batch } = policyBatch();
    const perSequence = policyLoss(logp, { ...batch, type: 'dapo' });
    const advantages = batch.advantages.repeatInterleave(torch.tensor(BigInt64Array.from(LENGTHS, BigInt)));
    expect(policyLoss(logp, { ...batch, advantages, type: 'dapo' }).loss.item()).toBe(
      perSequence.loss.item(),
    );
  });

  test.each<[string, Partial<PolicyLossOptions>]>([
    ['beta is 0.1 but there is no refLogp', { beta: 0.1 }],
    ['oldLogp has 3 values, expected the 17 of logp', { oldLogp: torch.zeros([3]) }],
    [
      'advantages has 3 values, expected one for each of 4 sequences or 17 tokens',
      { advantages: torch.zeros([3]) },
    ],
    [
      'cuSeqlens ends at 5, expected the 17 tokens',
      { cuSeqlens: torch.tensor(BigInt64Array.from([0n, 5n])) },
    ],
    ["type 'dr_grpo' divides by maxCompletionLength", { type: 'dr_grpo' }],
    ['delta must be greater than 1 + epsilonHigh (1.2), got 1.1', { delta: 1.1 }],
  ])('%s', (message, options) => {
    const { logp, refLogp: _, ...batch } = policyBatch();
    expect(() => policyLoss(logp, { ...batch, type: 'dapo', ...options })).toThrow(message);
  });
});
