// Group-relative advantages (GRPO, arXiv 2402.03300): each completion's reward against those of its own prompt.
//
//   group   A = (R - mean_g) / (std_g + eps)            GRPO; TRL's scale_rewards "group", eps 1e-4
//   none    A =  R - mean_g                             Dr. GRPO, arXiv 2503.20783
//   batch   A = (R - mean_g) / (std_batch + eps)        std of the raw rewards of the whole batch
//
// std has Bessel's correction (n - 1). NaN means "not scored": such a completion counts in no mean and gets A = 0, so
// that a reward that could not be computed never shifts the baseline. Groups are few numbers: plain fp64 arithmetic.

import { type Tensor, torch } from '../tensor/index.js';

export type AdvantageMode = 'group' | 'none' | 'batch';

export interface AdvantageOptions {
  mode?: AdvantageMode;
  /** Added to the standard deviation. */
  eps?: number;
}

/** Mean and standard deviation of the scored values; std is 0 for fewer than two. */
export interface Statistics {
  count: number;
  mean: number;
  std: number;
}

/**
 * @param rewards [B], NaN = not scored
 * @param offsets int64 [groups + 1]: group g owns completions offsets[g] to offsets[g + 1]
 * @returns [B] in the dtype of `rewards`; 0 for groups of one and for groups whose rewards are all equal
 */
export function groupAdvantage(
  rewards: Tensor,
  offsets: Tensor,
  { mode = 'group', eps = 1e-4 }: AdvantageOptions = {},
): Tensor {
  const values = rewards.toArray() as number[];
  const bounds = offsets.toArray() as number[];
  const ascending = bounds.every((bound, g) => g === 0 || bounds[g - 1] <= bound);
  if (bounds[0] !== 0 || bounds.at(-1) !== values.length || !ascending) {
    throw new RangeError(
      `offsets must ascend from 0 to the ${values.length} rewards, got [${bounds.join(', ')}]`,
    );
  }
  const batch = statistics(values);
  const advantages = new Float64Array(values.length);
  for (const [g, group] of groupStatistics(values, bounds).entries()) {
    if (group.std === 0) continue;
    const scale = mode === 'none' ? 1 : (mode === 'group' ? group.std : batch.std) + eps;
    for (let i = bounds[g]; i < bounds[g + 1]; i++) {
      if (!Number.isNaN(values[i])) advantages[i] = (values[i] - group.mean) / scale;
    }
  }
  return torch.tensor(advantages).to({ dtype: rewards.dtype, device: rewards.device });
}

/** Statistics of each group, NaN left out. */
export function groupStatistics(rewards: ArrayLike<number>, offsets: readonly number[]): Statistics[] {
  const values = Array.from(rewards);
  return offsets.slice(1).map((end, g) => statistics(values.slice(offsets[g], end)));
}

export function statistics(values: readonly number[]): Statistics {
  const scored = values.filter((value) => !Number.isNaN(value));
  const count = scored.length;
  const mean = scored.reduce((sum, value) => sum + value, 0) / count;
  // Equal values have a standard deviation of exactly 0, which rounding in the mean could hide.
  if (scored.every((value) => value === scored[0])) return { count, mean, std: 0 };
  const squares = scored.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { count, mean, std: Math.sqrt(squares / (count - 1)) };
}
