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

/** What was counted in a cluster, such as the questions of one clip. */
export interface ClusterCount {
  count: number;
  correct: number;
}

/** Two-sided 95 % point of the normal distribution. */
const z95 = 1.96;

/**
 * The fraction of right answers with Wilson's interval (JASA 22, 1927). Answers of one cluster that are right or wrong
 * together count as fewer: the number is divided by the design effect, the variance between clusters over the binomial one.
 */
export function proportionInterval(clusters: readonly ClusterCount[]): Interval {
  const sum = (value: (cluster: ClusterCount) => number): number =>
    clusters.reduce((total, cluster) => total + value(cluster), 0);
  const count = sum((it) => it.count);
  if (count === 0) throw new RangeError('proportionInterval: clusters have no answer; give at least one');
  const value = sum((it) => it.correct) / count;
  const between = sum((it) => (it.correct - value * it.count) ** 2);
  // Where all are right or all wrong nothing shows how they go together: each cluster counts once.
  const effect =
    value === 0 || value === 1 ? count / clusters.length : between / (count * value * (1 - value));
  const n = count / Math.max(1, effect);
  const scale = 1 + z95 ** 2 / n;
  const middle = (value + z95 ** 2 / (2 * n)) / scale;
  const half = (z95 / scale) * Math.sqrt((value * (1 - value)) / n + z95 ** 2 / (4 * n ** 2));
  return { value, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
