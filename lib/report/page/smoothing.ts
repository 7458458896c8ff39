/**
 * The exponential moving average that TensorBoard draws, without the bias of its start: s_t = w s_(t-1) + (1 - w) v_t with
 * s_0 = 0, divided by 1 - w^t. Its first value is the first of `values`. Gaps (null) stay gaps and count for nothing.
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  let sum = 0;
  let rest = 1;
  return values.map((value) => {
    if (value === null || weight === 0) return value;
    sum = weight * sum + (1 - weight) * value;
    rest *= weight;
    return sum / (1 - rest);
  });
}
