/** One score of a path from those of its steps. */
import { pathScore } from '../../lib/process/index.js';

test.each([
  ['min', 0.2],
  ['product', 0.9 * 0.2 * 0.5],
  ['last', 0.5],
] as const)('%s', (reduction, expected) => {
  expect(pathScore([0.9, 0.2, 0.5], reduction)).toBeCloseTo(expected, 12);
  expect(pathScore([0.3], reduction)).toBe(0.3);
  expect(pathScore([], reduction)).toBe(0);
});

test('another reduction is refused by its name', () => {
  expect(() => pathScore([0.3], 'mean' as never)).toThrow(
    /pathScore: reduction: expected one of min, product, last, got 'mean'/,
  );
});
