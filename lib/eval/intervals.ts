/** 95 % intervals of what was measured several times, or once on samples that come in clusters. */
import { checkOptions, kinds, scope, torch } from '../tensor/index.js';

export interface Interval {
  value: number;
  low: number;
  high: number;
}

/** Two-sided 95 % points of Student's t with 1, 2, ... degrees of freedom. */
const t95 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

/** The mean of values that were drawn independently, as by several seeds: 2 to 10 of them. */
export function tInterval(values: readonly number[]): Interval {
  const count = values.length;
  const point = t95[count - 2];
  if (point === undefined) throw new RangeError(`tInterval: expected 2 to 10 values (got ${count})`);
  const value = values.reduce((sum, it) => sum + it, 0) / count;
  const squares = values.reduce((sum, it) => sum + (it - value) ** 2, 0);
  const half = point * Math.sqrt(squares / (count - 1) / count);
  return { value, low: value - half, high: value + half };
}

/**
 * A statistic of all items, and the percentiles that it has over clusters drawn with replacement, as many as there are:
 * questions of one clip are drawn together.
 */
export function bootstrapInterval<T>(
  clusters: readonly (readonly T[])[],
  statistic: (items: readonly T[]) => number,
  options: { resamples?: number; seed?: number } = {},
): Interval {
  checkOptions('bootstrapInterval', options, { resamples: kinds.countFrom1, seed: kinds.seed });
  const { resamples = 2000, seed = 0 } = options;
  const count = clusters.length;
  if (count === 0) throw new RangeError('bootstrapInterval: clusters is empty; give at least one');
  const drawn = scope(() => {
    const generator = new torch.Generator().manualSeed(seed);
    return torch.randint(0, count, [resamples, count], { generator }).toArray() as number[][];
  });
  const values = drawn.map((row) => statistic(row.flatMap((index) => clusters[index]))).sort((a, b) => a - b);
  const percentile = (fraction: number): number => values[Math.round(fraction * (resamples - 1))];
  return { value: statistic(clusters.flat()), low: percentile(0.025), high: percentile(0.975) };
}
