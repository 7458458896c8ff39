/** The DPO family, fused and reference: against the recorded results of TRL, against each other, and by hand. */

import {
  mixedPreferenceLoss,
  type PreferenceLossOptions,
  type PreferenceLossType,
  pairLogratios,
  preferenceLoss,
  referencePreferenceLoss,
  wpoWeights,
} from '../../lib/algorithms/index.js';
import { linearLogprob, preferenceLossTypes } from '../../lib/kernels/index.js';
import { type DType, type Tensor, torch } from '../../lib/tensor/index.js';
import { offsets } from './policy-batch.js';
import { preferenceBatch } from './preference-batch.js';
import { camelCase, expectPrinted, l1, recorded } from './recorded.js';

interface Case {
  name: string;
  options: { type: PreferenceLossType } & Record<string, unknown>;
  loss: string;
  l1?: string;
}

const { losses, mpo, sums, rewards } = recorded('preference') as {
  losses: Case[];
  mpo: { weights: Partial<Record<PreferenceLossType, number>>; loss: string; l1: string };
  sums: Record<'policy' | 'reference', string[]>;
  rewards: Record<'chosen' | 'rejected', string>;
};

/** Log-ratios of the recorded batch, and the options of a recorded case. */
function prepare({ ld, reference, wpo, lengths, ...options }: Case['options'], dtype: DType = 'float64') {
  const batch = preferenceBatch(dtype);
  const pairs = pairLogratios(batch.logp, batch.cuSeqlens, {
    refLogp: reference === false ? null : batch.refLogp,
    ...(ld !== undefined && { ldAlpha: ld as number }),
  });
  const given = camelCase(options) as PreferenceLossOptions;
  if (lengths) given.chosenLengths = pairs.chosenLengths;
  if (lengths) given.rejectedLengths = pairs.rejectedLengths;
  if (given.type === 'sft') given.chosenLogp = pairs.chosenLogp;
  if (wpo) given.weight = wpoWeights(batch.logp, batch.collision, batch.cuSeqlens);
  return { ...batch, ...pairs, options: given };
}

const ways = {
  fused: (c: Tensor, l: Tensor, options?: PreferenceLossOptions) => preferenceLoss(c, l, options).loss,
  reference: referencePreferenceLoss,
};

describe.each(['fused', 'reference'] as const)('recorded results, %s', (way) => {
  test.each(losses)('$name', (recordedCase) => {
    const { logits, chosenLogratio, rejectedLogratio, options } = prepare(recordedCase.options);
    const loss = ways[way](chosenLogratio, rejectedLogratio, options);
    loss.backward();
    expectPrinted(loss.item() as number, recordedCase.loss);
    expectPrinted(l1(logits.grad!.reshape([-1]).toArray() as number[]), recordedCase.l1);
  });
});

test.each(losses)('in float32: $name', (recordedCase) => {
  const { logits, chosenLogratio, rejectedLogratio, options } = prepare(recordedCase.options, 'float32');
  const loss = preferenceLoss(chosenLogratio, rejectedLogratio, options).loss;
  expect(loss.dtype).toBe('float32');
  loss.backward();
  expectPrinted(loss.item() as number, recordedCase.loss, true);
  expectPrinted(l1(logits.grad!.reshape([-1]).toArray() as number[]), recordedCase.l1, true);
});

describe.each(['float64', 'float32'] as const)('recorded in %s', (dtype) => {
  const low = dtype === 'float32';
  const printed = (tensor: Tensor, expected: string) =>
    expectPrinted(tensor.to('float64').mean().item() as number, expected, low);

  test('MPO: several losses with weights', () => {
    const { logits, chosenLogratio, rejectedLogratio, chosenLogp, chosenLengths, rejectedLengths } = prepare(
      { type: 'sigmoid' },
      dtype,
    );
    const { loss } = mixedPreferenceLoss(chosenLogratio, rejectedLogratio, mpo.weights, {
      chosenLogp,
      chosenLengths,
      rejectedLengths,
    });
    loss.backward();
    printed(loss, mpo.loss);
    expectPrinted(l1(logits.grad!.reshape([-1]).toArray() as number[]), mpo.l1, low);
  });

  test('of several losses each reads what is its own: soft labels, the divergence, the likelihood', () => {
    const zeros = () => torch.zeros([2], { dtype, requiresGrad: true });
    const own = {
      alpha: torch.tensor([0.5, 1]),
      chosenLogp: torch.tensor([-2, -4]),
      chosenLengths: torch.tensor(BigInt64Array.of(1n, 2n)),
      rejectedLengths: torch.tensor(BigInt64Array.of(1n, 1n)),
    };
    // log-ratios of 0: log 2 whatever alpha is; 6 over 3 tokens are 2.
    const { loss } = mixedPreferenceLoss(zeros(), zeros(), { process: 1, sft: 0.5 }, own);
    expect(loss.item()).toBeCloseTo(Math.LN2 + 1, 6);
    const { alpha: _, ...given } = own;
    const js = { ...given, fDivergenceType: 'js_divergence' } as const;
    expect(mixedPreferenceLoss(zeros(), zeros(), { sigmoid: 1, sft: 1 }, js).loss.item()).toBeCloseTo(
      Math.LN2 + 2,
      6,
    );
  });

  test('sums of log-probabilities', () => {
    const { logp, refLogp, cuSeqlens } = prepare({ type: 'sigmoid' }, dtype);
    const both = { policy: logp, reference: refLogp };
    for (const [name, tokens] of Object.entries(both)) {
      const { chosenLogp, rejectedLogp } = pairLogratios(tokens.detach(), cuSeqlens);
      const found = [...(chosenLogp.toArray() as number[]), ...(rejectedLogp.toArray() as number[])];
      found.forEach((value, i) => {
        expectPrinted(value, sums[name as 'policy'][i], low);
      });
    }
    const { chosenLogp, rejectedLogp } = pairLogratios(logp.detach(), cuSeqlens);
    printed(chosenLogp, '-7.714194');
    printed(rejectedLogp, '-8.361792');
  });

  test('rewards, their margins and how often the chosen one is higher', () => {
    const { chosenLogratio, rejectedLogratio } = prepare({ type: 'sigmoid' }, dtype);
    const { chosenRewards, rejectedRewards } = preferenceLoss(chosenLogratio, rejectedLogratio);
    expect(chosenRewards.requiresGrad).toBe(false);
    printed(chosenRewards, rewards.chosen);
    printed(rejectedRewards, rewards.rejected);
    printed(chosenRewards.sub(rejectedRewards), '.069248');
    printed(chosenRewards.gt(rejectedRewards), '.5');
  });

  test('entropy of the completions: 1.42478, by the head kernel on given logits', () => {
    const { tokenLogits, targets, logp } = preferenceBatch(dtype);
    const found = linearLogprob(tokenLogits, torch.eye(5, { dtype }), targets, { entropy: true });
    printed(found.entropy as Tensor, '1.42478');
    expect(found.logp.sub(logp).abs().max().item()).toBeLessThan(1e-5);
  });

  test('margins 0, 10 and 20: .693147, .313262, .126928', () => {
    const tensor = (...values: number[]) => torch.tensor(Float64Array.from(values)).to(dtype);
    const chosen = tensor(-0.5, -10, -1).sub(tensor(-0.5, -10.1, -0.1));
    const rejected = tensor(-0.1, -30, -21).sub(tensor(-0.1, -20.1, -0.1));
    ['.693147', '.313262', '.126928'].forEach((expected, i) => {
      printed(preferenceLoss(chosen.narrow(0, i, 1), rejected.narrow(0, i, 1)).loss, expected);
    });
  });
});

describe('fused equals reference on random pairs', () => {
  const divergences = ['forward_kl', 'js_divergence', 'alpha_divergence'] as const;
  const ofDifference = ['sigmoid', 'hinge', 'ipo', 'exo_pair', 'robust', 'discopop', 'process'] as const;
  const variants: [PreferenceLossType, PreferenceLossOptions][] = [
    ...preferenceLossTypes.map((type): [PreferenceLossType, PreferenceLossOptions] => [type, {}]),
    ...ofDifference.flatMap((type) =>
      divergences.map((fDivergenceType): [PreferenceLossType, PreferenceLossOptions] => [
        type,
        { fDivergenceType, margin: 0.2, fAlphaDivergenceCoef: 0.3 },
      ]),
    ),
  ];
  test.each(variants)('%s %o', (type, more) => {
    torch.manualSeed(3);
    const normal = () => torch.randn([50], { dtype: 'float64' });
    const lengths = () => torch.randint(1, 30, [50]);
    const [c, l, chosenLogp] = [normal().mul(2), normal().mul(2), normal().sub(20)].map((tensor) =>
      tensor.detach(),
    );
    const options: PreferenceLossOptions = {
      type,
      beta: 0.3,
      labelSmoothing: 0.2,
      weight: torch.rand([50], { dtype: 'float64' }).add(0.5),
      chosenLengths: lengths(),
      rejectedLengths: lengths(),
      referenceMargin: normal(),
      numPairsInBatch: 70,
      ...(type === 'process' && { alpha: torch.rand([50], { dtype: 'float64' }) }),
      ...more,
    };
    const run = (loss: typeof referencePreferenceLoss) => {
      const leaves = [c.clone(), l.clone(), chosenLogp.clone()];
      for (const leaf of leaves) leaf.requiresGrad = true;
      const value = loss(leaves[0], leaves[1], { ...options, chosenLogp: leaves[2] });
      value.backward();
      const used = type === 'sft' ? [leaves[2]] : leaves.slice(0, 2);
      return {
        value: value.item() as number,
        grads: used.flatMap((leaf) => leaf.grad!.toArray() as number[]),
      };
    };
    const [found, expected] = [run(ways.fused), run(referencePreferenceLoss)];
    expect(Math.abs(found.value / expected.value - 1)).toBeLessThan(1e-12);
    expect(l1(expected.grads)).toBeGreaterThan(1e-3);
    found.grads.forEach((value, i) => {
      expect(Math.abs(value - expected.grads[i])).toBeLessThan(
        1e-13 * Math.max(1, Math.abs(expected.grads[i])),
      );
    });
  });
});

describe('process DPO', () => {
  const c = torch.tensor(Float64Array.from([1, -2, 0.5]));
  const l = torch.tensor(Float64Array.from([0.3, 1, 0.5]));
  const alpha = (value: number) => torch.full([3], value, { dtype: 'float64' });
  const process = (chosen: Tensor, rejected: Tensor, labels: Tensor, beta = 0.1) =>
    preferenceLoss(chosen, rejected, { type: 'process', alpha: labels, beta });

  test('alpha 1 is DPO, alpha 0 DPO with the sides exchanged', () => {
    const value = (loss: { loss: Tensor }) => loss.loss.item() as number;
    expect(value(process(c, l, alpha(1)))).toBe(value(preferenceLoss(c, l)));
    expect(value(process(c, l, alpha(0)))).toBeCloseTo(value(preferenceLoss(l, c)), 14);
    expect(value(process(c, l, alpha(0.3), 0.5))).toBeCloseTo(
      0.3 * value(preferenceLoss(c, l, { beta: 0.5 })) + 0.7 * value(preferenceLoss(l, c, { beta: 0.5 })),
      14,
    );
  });

  test('alpha one half holds equal steps where they are', () => {
    const same = c.clone();
    same.requiresGrad = true;
    process(same, c, alpha(0.5)).loss.backward();
    expect(same.grad!.toArray()).toEqual([0, 0, 0]);
  });

  test('a prefix that both steps share cancels', () => {
    const prefix = [-0.3, -1.2];
    const pair = (chosen: number[], rejected: number[]) =>
      pairLogratios(
        torch.tensor(Float64Array.from([...chosen, ...rejected])),
        offsets([chosen.length, rejected.length]),
      );
    const steps = pair([-1, -2], [-0.5]);
    const paths = pair([...prefix, -1, -2], [...prefix, -0.5]);
    const loss = ({ chosenLogratio, rejectedLogratio }: ReturnType<typeof pair>) =>
      process(chosenLogratio, rejectedLogratio, torch.tensor(Float64Array.from([0.8]))).loss.item() as number;
    expect(loss(paths)).toBeCloseTo(loss(steps), 14);
  });
});

test('log-ratios of long completions are as exact as those of their tokens', () => {
  const length = 512;
  const reference = Float32Array.from({ length: 2 * length }, (_, t) => -7 - Math.sin(t));
  const policy = reference.map((value, t) => Math.fround(value + 1e-3 * Math.cos(t)));
  const expected = [0, 1].map((side) => {
    const tokens = [...policy.keys()].slice(side * length, (side + 1) * length);
    return tokens.reduce((sum, t) => sum + (policy[t] - reference[t]), 0);
  });
  const { chosenLogratio, rejectedLogratio } = pairLogratios(
    torch.tensor(policy),
    offsets([length, length]),
    { refLogp: torch.tensor(reference) },
  );
  // The sums are about 3600, where float32 has steps of 2.4e-4.
  expect(Math.abs(chosenLogratio.item() - expected[0])).toBeLessThan(1e-6);
  expect(Math.abs(rejectedLogratio.item() - expected[1])).toBeLessThan(1e-6);
});

test('8 micro-batches of one pair give the gradient of one batch of 8', () => {
  torch.manualSeed(5);
  const [c, l] = [torch.randn([8], { dtype: 'float64' }), torch.randn([8], { dtype: 'float64' })];
  for (const type of preferenceLossTypes) {
    // Sorting is over the batch, and sft's denominator its tokens.
    if (type.startsWith('aot') || type === 'sft') continue;
    const options = (n: number): PreferenceLossOptions => ({
      type,
      labelSmoothing: type === 'exo_pair' ? 1e-3 : 0,
      chosenLengths: torch.full([n], 3, { dtype: 'int64' }),
      rejectedLengths: torch.full([n], 4, { dtype: 'int64' }),
      ...(type === 'process' && { alpha: torch.full([n], 0.7) }),
    });
    const gradient = (from: number, n: number, numPairsInBatch?: number) => {
      const leaf = c.narrow(0, from, n).clone().detach();
      leaf.requiresGrad = true;
      preferenceLoss(leaf, l.narrow(0, from, n), { ...options(n), numPairsInBatch }).loss.backward();
      return leaf.grad!.toArray() as number[];
    };
    const whole = gradient(0, 8);
    whole.forEach((value, i) => {
      expect(gradient(i, 1, 8)[0]).toBeCloseTo(value, 14);
    });
  }
});

describe('errors', () => {
  const two = torch.zeros([2]);
  test.each<[string, PreferenceLossOptions]>([
    ["label_smoothing: type 'exo_pair' expects 0 < value < 1", { type: 'exo_pair' }],
    [
      "label_smoothing: type 'robust' expects 0 <= value < 0.5, got 0.5",
      { type: 'robust', labelSmoothing: 0.5 },
    ],
    ['beta: expected a number > 0, got 0', { beta: 0 }],
    ["chosen_lengths, rejected_lengths: missing; type 'sigmoid_norm'", { type: 'sigmoid_norm' }],
    ["chosen_logp, chosen_lengths: missing; type 'sft'", { type: 'sft' }],
    ["alpha: missing; type 'process'", { type: 'process' }],
    ["alpha: only type 'process' has soft labels", { alpha: two }],
    ['weight: expected one for each of 2 pairs, got [3]', { weight: torch.zeros([3]) }],
    [
      "f_divergence_type: type 'nca_pair' has none but reverse_kl",
      { type: 'nca_pair', fDivergenceType: 'forward_kl' },
    ],
    [
      'alpha: expected probabilities from 0 to 1, got 1.5 at 1',
      { type: 'process', alpha: torch.tensor([0, 1.5]) },
    ],
    [
      'alpha: expected probabilities from 0 to 1, got -0.25 at 0',
      { type: 'process', alpha: torch.tensor([-0.25, 1]) },
    ],
    [
      'alpha: expected probabilities from 0 to 1, got nan at 1',
      { type: 'process', alpha: torch.tensor([1, NaN]) },
    ],
    ['weight: expected finite numbers, got nan at 0', { weight: torch.tensor([NaN, 1]) }],
    ['weight: expected finite numbers, got inf at 1', { type: 'aot', weight: torch.tensor([1, Infinity]) }],
    [
      'weight: expected finite numbers, got inf at 1',
      { type: 'sft', chosenLogp: two, chosenLengths: two, weight: torch.tensor([1, Infinity]) },
    ],
    [
      'chosen_lengths: expected finite numbers from 0 up, got -1 at 0',
      { type: 'ipo', chosenLengths: torch.tensor([-1, 2]), rejectedLengths: two },
    ],
    [
      'rejected_lengths: expected finite numbers from 0 up, got -3 at 1',
      { type: 'sigmoid_norm', chosenLengths: two, rejectedLengths: torch.tensor([2, -3]) },
    ],
    [
      'chosen_lengths: expected finite numbers from 0 up, got -4 at 1',
      { type: 'sft', chosenLogp: two, chosenLengths: torch.tensor([2, -4]) },
    ],
    ['type: expected one of sigmoid', { type: 'dpo' as 'aot' }],
    ["no argument named 'lossType'", { lossType: 'ipo' } as PreferenceLossOptions],
  ])('%s', (message, options) => {
    expect(() => preferenceLoss(two, two, options)).toThrow(message);
  });

  test('log-ratios of other shapes', () => {
    expect(() => preferenceLoss(two, torch.zeros([3]))).toThrow(
      "rejected_logratio: expected chosen_logratio's shape [pairs], got [3] and [2]",
    );
    expect(() => pairLogratios(torch.zeros([3]), offsets([1, 1, 1]))).toThrow(
      'expected pairs of completions, got 3',
    );
    expect(() => pairLogratios(torch.zeros([2]), offsets([1, 1]), { ldAlpha: 2 })).toThrow(
      'ldAlpha: expected a number from 0 to 1',
    );
  });
});
