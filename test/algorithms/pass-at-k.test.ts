import { passAtK } from '../../lib/algorithms/index.js';

/** C(n, k) by Pascal's triangle. */
function choose(n: number, k: number): number {
  if (k === 0) return 1;
  return n < k ? 0 : choose(n - 1, k - 1) + choose(n - 1, k);
}

test('is 1 - C(n - c, k) / C(n, k)', () => {
  for (const n of [1, 2, 5, 8])
    for (let c = 0; c <= n; c++)
      for (let k = 1; k <= n; k++)
        expect(passAtK(n, c, k)).toBeCloseTo(1 - choose(n - c, k) / choose(n, k), 12);
});

test('k = 1 is the fraction of right answers, one right of all is found by n tries', () => {
  expect(passAtK(8, 3, 1)).toBeCloseTo(3 / 8, 12);
  expect(passAtK(8, 1, 8)).toBe(1);
  expect(passAtK(8, 0, 8)).toBe(0);
  // The binomials of this one are beyond any number: half of them right, two tries.
  expect(passAtK(4000, 2000, 2)).toBeCloseTo(1 - (2000 * 1999) / (4000 * 3999), 12);
});

test.each([
  [4, 5, 2],
  [4, 1, 5],
  [4, 1, 0],
  [4, -1, 1],
])('n %d, c %d, k %d is refused', (n, c, k) => {
  expect(() => passAtK(n, c, k)).toThrow(`passAtK: expected 1 <= k <= n and 0 <= c <= n, got n ${n}`);
});
