import { bootstrapInterval, proportionInterval, tInterval } from '../../lib/eval/index.js';

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test('the t interval of three values: 4.303 standard errors each way', () => {
  // Standard deviation 1, standard error 1 / sqrt(3) = 0.57735.
  const { value, low, high } = tInterval([1, 2, 3]);
  expect([value, low, high].map((it) => it.toFixed(4))).toEqual(['2.0000', '-0.4843', '4.4843']);
  expect(() => tInterval([1])).toThrow('tInterval: expected 2 to 10 values (got 1)');
});

test('the bootstrap of 400 fair bits is near 1.96 x 0.5 / 20 each way, and twice that for bits in fours', () => {
  const bits = Array.from({ length: 400 }, (_, i) => i % 2);
  const { value, low, high } = bootstrapInterval(
    bits.map((bit) => [bit]),
    mean,
  );
  expect(value).toBe(0.5);
  expect(high - low).toBeGreaterThan(0.098 * 0.9);
  expect(high - low).toBeLessThan(0.098 * 1.1);
  const fours = bootstrapInterval(
    Array.from({ length: 100 }, (_, i) => Array<number>(4).fill(i % 2)),
    mean,
  );
  expect((fours.high - fours.low) / (high - low)).toBeGreaterThan(1.8);
  expect((fours.high - fours.low) / (high - low)).toBeLessThan(2.2);
});

test('a statistic that no draw changes has no width', () => {
  expect(bootstrapInterval([[1], [1, 1]], mean, { resamples: 100 })).toEqual({ value: 1, low: 1, high: 1 });
  expect(() => bootstrapInterval([], mean)).toThrow('clusters is empty');
});

describe('proportionInterval', () => {
  const single = (correct: number, count: number) =>
    Array.from({ length: count }, (_, i) => ({ count: 1, correct: Number(i < correct) }));

  test.each([
    // Brown, Cai, DasGupta (2001): Wilson's interval, by their formula (4) with z = 1.96.
    [8, 10, 0.4902, 0.9433],
    [1, 2, 0.0945, 0.9055],
    [0, 10, 0, 0.2775],
    [10, 10, 0.7225, 1],
  ])('%d of %d', (correct, count, low, high) => {
    const interval = proportionInterval(single(correct, count));
    expect(interval.value).toBe(correct / count);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  it('takes a cluster as one answer where its answers go together, and as several where they do not', () => {
    const together = Array.from({ length: 20 }, (_, i) => ({ count: 3, correct: i < 10 ? 3 : 0 }));
    expect(proportionInterval(together)).toEqual(proportionInterval(single(10, 20)));
    const apart = Array.from({ length: 20 }, () => ({ count: 2, correct: 1 }));
    expect(proportionInterval(apart)).toEqual(proportionInterval(single(20, 40)));
    const all = Array.from({ length: 5 }, () => ({ count: 4, correct: 4 }));
    expect(proportionInterval(all)).toEqual(proportionInterval(single(5, 5)));
  });

  it('refuses no answers', () => {
    expect(() => proportionInterval([])).toThrow('clusters have no answer');
  });
});
