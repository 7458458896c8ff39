import { groupAdvantage, groupStatistics } from '../../lib/algorithms/index.js';
import { torch } from '../../lib/tensor/index.js';

// Three groups of four. Expected values: TRL 1.13 (scale_rewards "group", "none", "batch"; eps 1e-4), and by hand:
// group 1 has mean .375 and Bessel std .4787136, so A = .625 / .4788136 = 1.30531.
const REWARDS = [1, 0, 0.5, 0, 0.2, 0.2, 0.2, 0.2, 0, 1, 1, 1];
const OFFSETS = [0, 4, 8, 12];

function advantages(rewards: number[], offsets: number[], options?: Parameters<typeof groupAdvantage>[2]) {
  const result = groupAdvantage(
    torch.tensor(Float64Array.from(rewards)),
    torch.tensor(BigInt64Array.from(offsets, BigInt)),
    options,
  );
  expect(result.dtype).toBe('float64');
  return result.toArray() as number[];
}

function expectClose(actual: number[], expected: number[]) {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], 5);
  });
}

describe('group advantages', () => {
  test('group: Bessel std, eps 1e-4', () => {
    expectClose(
      advantages(REWARDS, OFFSETS),
      [1.30531, -0.783186, 0.261062, -0.783186, 0, 0, 0, 0, -1.4997, 0.4999, 0.4999, 0.4999],
    );
  });

  test('none: only centred (Dr. GRPO)', () => {
    expectClose(
      advantages(REWARDS, OFFSETS, { mode: 'none' }),
      [0.625, -0.375, 0.125, -0.375, 0, 0, 0, 0, -0.75, 0.25, 0.25, 0.25],
    );
  });

  test('batch: centred in the group, scaled by the std of the batch (TRL, weighted pair of rewards)', () => {
    const second = [0.1, 0.9, 0.3, 0.3, 0, 1, 0, 1, 0.5, 0.5, 0.5, 0.5];
    const total = REWARDS.map((reward, i) => reward + 0.5 * second[i]);
    expectClose(
      advantages(total, OFFSETS, { mode: 'batch' }),
      [
        1.088824, -0.286533, 0.17192, -0.974211, -0.573065, 0.573065, -0.573065, 0.573065, -1.719196,
        0.573065, 0.573065, 0.573065,
      ],
    );
  });

  test('the same pair of rewards, scaled in the group', () => {
    const second = [0.1, 0.9, 0.3, 0.3];
    const total = REWARDS.slice(0, 4).map((reward, i) => reward + 0.5 * second[i]);
    expectClose(advantages(total, [0, 4]), [1.257972, -0.331045, 0.198627, -1.125554]);
  });

  test('a completion that was not scored shifts nothing and gets 0', () => {
    const scored = advantages([1, 0, 0.5], [0, 3]);
    expect(advantages([1, NaN, 0, 0.5, NaN], [0, 5])).toEqual([scored[0], 0, scored[1], scored[2], 0]);
  });

  test.each(['group', 'none', 'batch'] as const)(
    '%s: 0 for a group of one, of equal rewards, of none scored',
    (mode) => {
      expect(advantages([3, 0.1, 0.1, 0.1, NaN, NaN], [0, 1, 4, 6], { mode })).toEqual([0, 0, 0, 0, 0, 0]);
    },
  );

  test('groups may be ragged and empty', () => {
    expectClose(advantages([1, 0, 2, 4, 6], [0, 2, 2, 5], { mode: 'none' }), [0.5, -0.5, -2, 0, 2]);
  });

  test('offsets that do not cover the rewards are refused', () => {
    expect(() => advantages([1, 2, 3], [0, 2])).toThrow(
      'offsets must ascend from 0 to the 3 rewards, got [0, 2]',
    );
    expect(() => advantages([1, 2, 3], [0, 4, 3])).toThrow(RangeError);
  });
});

test('group statistics leave out what was not scored', () => {
  const [first, second, third] = groupStatistics([1, 3, NaN, 5, NaN], [0, 3, 4, 5]);
  expect(first).toEqual({ count: 2, mean: 2, std: Math.SQRT2 });
  expect(second).toEqual({ count: 1, mean: 5, std: 0 });
  expect(third).toEqual({ count: 0, mean: NaN, std: 0 });
});
