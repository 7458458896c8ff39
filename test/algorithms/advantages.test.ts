/** Group advantages, fused and reference, against recorded results, by hand, and against each other. */

import {
  type AdvantageOptions,
  groupAdvantage,
  referenceGroupAdvantage,
  statistics,
} from '../../lib/algorithms/index.js';
import { type AdvantageMode, advantageModes } from '../../lib/kernels/index.js';
import { type DType, torch } from '../../lib/tensor/index.js';
import { expectPrinted, recorded } from './recorded.js';

type Settings = Omit<AdvantageOptions, 'lengths' | 'weights'> & { lengths?: number[]; weights?: number[] };

function fused(
  rewards: number[][],
  offsets: number[],
  options: Settings = {},
  dtype: DType = 'float64',
): number[] {
  const { lengths, ...rest } = options;
  const shape = [rewards.length, rewards[0]?.length ?? 1];
  const tensor = torch.tensor(Float64Array.from(rewards.flat())).reshape(shape).to(dtype);
  const result = groupAdvantage(tensor, torch.tensor(BigInt64Array.from(offsets, BigInt)), {
    ...rest,
    ...(lengths && { lengths: torch.tensor(BigInt64Array.from(lengths, BigInt)) }),
  });
  expect(result.dtype).toBe(dtype);
  expect(result.shape).toEqual([rewards.length]);
  return result.toArray() as number[];
}

const single = (rewards: number[]) => rewards.map((reward) => [reward]);

describe('recorded results', () => {
  const { rewards, secondReward, cases } = recorded('advantages') as {
    rewards: number[];
    secondReward: number[];
    cases: { name: string; options: Record<string, never>; advantages: string[] }[];
  };
  const names: Record<string, AdvantageMode> = {
    normalize_then_sum: 'normalizeThenSum',
    reinforce_plus_plus_baseline: 'reinforcePlusPlusBaseline',
    pass_at_k: 'passAtK',
  };
  const groups = [0, 4, 8, 12];

  const ways = { fused, reference: referenceGroupAdvantage, 'fused in float32': fused };
  describe.each(Object.entries(ways))('%s', (way, advantages) => {
    test.each(cases)('$name', ({ options, advantages: printed }) => {
      const { mode = 'group', second, twice, batch_eps, ...rest } = options;
      const settings: Settings = { ...rest, mode: names[mode] ?? mode };
      if (batch_eps !== undefined) settings.batchEps = batch_eps;
      if (second) settings.weights = [1, 0.5];
      const table = rewards.map((reward, i) => (second ? [reward, secondReward[i]] : [reward]));
      const float32 = way === 'fused in float32';
      const run = (input: number[][], given: Settings) =>
        float32 ? fused(input, groups, given, 'float32') : advantages(input, groups, given);
      let found = run(table, settings);
      if (twice) found = run(single(found), { mode: twice });
      expect(found).toHaveLength(12);
      found.forEach((value, i) => {
        expectPrinted(value, printed[i], float32);
      });
    });
  });
});

test('standardised by hand: mean .375, Bessel deviation .4787136', () => {
  const std = Math.sqrt(0.6875 / 3);
  const found = fused(single([1, 0, 0.5, 0]), [0, 4]);
  [1, 0, 0.5, 0].forEach((reward, i) => {
    expect(found[i]).toBeCloseTo((reward - 0.375) / (std + 1e-4), 14);
  });
});

describe('what was not scored', () => {
  test.each(advantageModes)('%s: shifts nothing and gets 0', (mode) => {
    const scored = fused(single([1, 0, 0.5]), [0, 3], { mode, lengths: [3, 4, 5] });
    const found = fused(single([1, NaN, 0, 0.5, NaN]), [0, 5], { mode, lengths: [3, 9, 4, 5, 9] });
    expect(found).toEqual([scored[0], 0, scored[1], scored[2], 0]);
    expect(Math.max(...found.map(Math.abs))).toBeGreaterThan(0.1);
  });

  test.each(advantageModes)('%s: a completion that no reward scored leaves an equal group equal', (mode) => {
    // The second group differs, and lengths that differ keep the batch's mean away from 0.
    const rows = [[0.1, NaN], [0.1, NaN], [NaN, NaN], [0.1, NaN], ...[1, 0, 0].map((reward) => [reward, 2])];
    const found = fused(rows, [0, 4, 7], { mode, lengths: [3, 4, 5, 6, 7, 2, 9], weights: [1, 0.5] });
    expect(found.slice(0, 4)).toEqual([0, 0, 0, 0]);
    expect(Math.abs(found[4])).toBeGreaterThan(0.1);
  });

  test('normalizeThenSum: a completion whose own rewards are equal to others’ stands at z = 0', () => {
    const rows = [
      [1, NaN],
      [0, NaN],
      [NaN, 5],
    ];
    const found = fused(rows, [0, 3], { mode: 'normalizeThenSum', lengths: [1, 3, 2] });
    // z = a, -a, 0 counted 1, 3 and 2 times: mean -a / 3, variance (16 + 3 * 4 + 2 * 1) a^2 / 9 / 5 = 2 a^2 / 3.
    const a = 0.5 / (Math.SQRT1_2 + 1e-4);
    const deviation = a * Math.sqrt(2 / 3) + 1e-4;
    [(4 / 3) * a, (-2 / 3) * a, a / 3].forEach((distance, i) => {
      expect(found[i]).toBeCloseTo(distance / deviation, 14);
    });
  });

  test.each(advantageModes)('%s: a reward of weight 0 changes nothing', (mode) => {
    const lengths = [3, 4, 5, 6, 7, 2];
    const rewards = [0.3, 0.3, 0.3, 1, 0, 0.5];
    const alone = fused(single(rewards), [0, 3, 6], { mode, lengths });
    const beside = rewards.map((reward, i) => [reward, i]);
    expect(fused(beside, [0, 3, 6], { mode, lengths, weights: [1, 0] })).toEqual(alone);
  });

  test.each(advantageModes)('%s: what a reward of weight 0 alone has scored is not scored', (mode) => {
    const lengths = [3, 4, 5, 9, 6, 7, 2];
    const rewards = [1, 0, 0.5, NaN, 2, NaN, 1];
    const alone = fused(single(rewards), [0, 4, 7], { mode, lengths });
    const beside = rewards.map((reward, i) => [i, reward]);
    const options = { mode, lengths, weights: [0, 1] };
    expect(fused(beside, [0, 4, 7], options)).toEqual(alone);
    expect(referenceGroupAdvantage(beside, [0, 4, 7], options)).toEqual(
      referenceGroupAdvantage(single(rewards), [0, 4, 7], { mode, lengths }),
    );
    expect([alone[3], alone[5]]).toEqual([0, 0]);
    expect(Math.abs(alone[0])).toBeGreaterThan(0.1);
    for (const advantages of [fused, referenceGroupAdvantage])
      expect(advantages(beside, [0, 4, 7], { ...options, weights: [0, 0] })).toEqual(Array(7).fill(0));
  });

  test('one reward of several may be missing', () => {
    // Totals 1.5, 0 and 1: the second completion's missing reward counts for nothing.
    const rewards = [
      [1, 1],
      [0, NaN],
      [NaN, 2],
      [NaN, NaN],
    ];
    const found = fused(rewards, [0, 4], { mode: 'none', weights: [1, 0.5] });
    const mean = 2.5 / 3;
    [1.5 - mean, -mean, 1 - mean, 0].forEach((value, i) => {
      expect(found[i]).toBeCloseTo(value, 14);
    });
  });
});

test.each(advantageModes)('%s: 0 for a group of one, of equal rewards, of none scored', (mode) => {
  const rewards = single([3, 0.1, 0.1, 0.1, NaN, NaN, 1, 0]);
  const found = fused(rewards, [0, 1, 4, 6, 8], { mode, lengths: [5, 1, 2, 3, 4, 5, 6, 7] });
  expect(found.slice(0, 6)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(Math.abs(found[6])).toBeGreaterThan(0.1);
});

test('groups may be ragged and empty', () => {
  expect(fused(single([1, 0, 2, 4, 6]), [0, 2, 2, 5], { mode: 'none' })).toEqual([0.5, -0.5, -2, 0, 2]);
  expect(fused([], [0])).toEqual([]);
});

test('the population deviation instead of Bessel’s', () => {
  const found = fused(single([1, 0]), [0, 2], { unbiased: false, eps: 0 });
  expect(found).toEqual([1, -1]);
});

describe('fused equals reference', () => {
  // A fixed sequence of pseudo-random numbers: x -> 16807 x mod (2^31 - 1).
  let state = 42;
  const random = () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
  /** 60 groups of 0 to 5 completions; of each three rewards, one of the columns is left out for a whole group. */
  const draw = (missing: number, failed: number) => {
    const offsets = [0];
    const rewards: number[][] = [];
    for (let g = 0; g < 60; g++) {
      const leftOut = random() < 0.3 ? Math.floor(random() * 3) : -1;
      for (let count = Math.floor(random() * 6); count > 0; count--) {
        const fails = random() < failed;
        const reward = (_: unknown, k: number) =>
          fails || k === leftOut || random() < missing
            ? NaN
            : random() < 0.6
              ? Math.round(random())
              : random();
        rewards.push(Array.from({ length: 3 }, reward));
      }
      offsets.push(rewards.length);
    }
    return { offsets, rewards, lengths: rewards.map(() => Math.floor(random() * 9)) };
  };

  const batches = {
    'a few rewards missing': [0.1, 0],
    'failed completions': [0, 0.3],
    'most missing': [0.5, 0.3],
  };
  const variants = advantageModes.flatMap((mode) =>
    Object.entries(batches).flatMap(([name, [missing, failed]]) =>
      [true, false].map((unbiased) => ({ mode, name, missing, failed, unbiased })),
    ),
  );
  test.each(variants)('$mode, $name, unbiased $unbiased', ({ mode, missing, failed, unbiased }) => {
    const { offsets, rewards, lengths } = draw(missing, failed);
    for (const given of [lengths, lengths.map(() => 1)]) {
      const options = { mode, unbiased, lengths: given, weights: [1, 0.5, -2] };
      const found = fused(rewards, offsets, options);
      const expected = referenceGroupAdvantage(rewards, offsets, options);
      expect(l1Norm(expected)).toBeGreaterThan(1);
      found.forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i], 11);
        expect(value === 0).toBe(expected[i] === 0);
      });
    }
  });
});

const l1Norm = (values: number[]) => values.reduce((sum, value) => sum + Math.abs(value), 0);

describe('errors', () => {
  const rewards = torch.tensor([1, 2, 3]);
  const offsets = (...bounds: number[]) => torch.tensor(BigInt64Array.from(bounds, BigInt));
  test.each<[string, () => unknown]>([
    [
      'offsets: expected to ascend from 0 to the 3 completions, got [0, 2]',
      () => groupAdvantage(rewards, offsets(0, 2)),
    ],
    ['offsets: expected to ascend', () => groupAdvantage(rewards, offsets(0, 4, 3))],
    ['offsets: expected dtype int64', () => groupAdvantage(rewards, torch.tensor([0, 3]))],
    ['lengths: missing; mode opo', () => groupAdvantage(rewards, offsets(0, 3), { mode: 'opo' })],
    [
      'weights: expected one for each of 1 rewards',
      () => groupAdvantage(rewards, offsets(0, 3), { weights: [1, 2] }),
    ],
    [
      'weights: expected finite numbers, got nan at 0',
      () => groupAdvantage(rewards, offsets(0, 3), { weights: torch.tensor([NaN]) }),
    ],
    [
      'weights: expected finite numbers, got -inf at 0',
      () => groupAdvantage(rewards, offsets(0, 3), { weights: torch.tensor([-Infinity]) }),
    ],
    [
      'lengths: expected counts from 0 up, got -2 at 1',
      () => groupAdvantage(rewards, offsets(0, 3), { mode: 'opo', lengths: offsets(1, -2, 3) }),
    ],
    ['rewards: expected a floating dtype', () => groupAdvantage(offsets(1, 2, 3), offsets(0, 3))],
    ['eps: expected a number >= 0', () => groupAdvantage(rewards, offsets(0, 3), { eps: -1 })],
    [
      'mode: expected one of group, none',
      () => groupAdvantage(rewards, offsets(0, 3), { mode: 'std' as 'none' }),
    ],
    [
      "no argument named 'epsilon'",
      () => groupAdvantage(rewards, offsets(0, 3), { epsilon: 1 } as AdvantageOptions),
    ],
  ])('%s', (message, call) => {
    expect(call).toThrow(message);
  });
});

test('statistics leave out what was not scored', () => {
  const [first, second, third] = [[1, 3, NaN], [5], [NaN]].map((values) => statistics(values));
  expect(first).toEqual({ count: 2, mean: 2, std: Math.SQRT2 });
  expect(second).toEqual({ count: 1, mean: 5, std: 0 });
  expect(third).toEqual({ count: 0, mean: NaN, std: 0 });
});
