// Statistics of rewards, NaN (not scored) left out.

export interface Statistics {
  /** Of the scored values. */
  count: number;
  mean: number;
  /** Standard deviation; 0 for fewer than two. */
  std: number;
}

/** @param unbiased Bessel's correction: the deviation divides by count - 1 */
export function statistics(values: readonly number[], unbiased = true): Statistics {
  const scored = values.filter((value) => !Number.isNaN(value));
  const count = scored.length;
  const mean = scored.reduce((sum, value) => sum + value, 0) / count;
  // Equal values have a standard deviation of exactly 0, which rounding in the mean could hide.
  if (scored.every((value) => value === scored[0])) return { count, mean, std: 0 };
  const squares = scored.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { count, mean, std: Math.sqrt(squares / (unbiased ? count - 1 : count)) };
}
