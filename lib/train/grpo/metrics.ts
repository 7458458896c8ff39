// What a GRPO step reports, under TRL's names: lengths of the completions, rewards and their spread, and how far the
// update moved.

import { statistics } from '../../algorithms/index.js';
import type { RewardFunc } from '../../rewards/index.js';
import { Tensor } from '../../tensor/index.js';
import type { GeneratedGroup, RewardedGroup } from './groups.js';
import { judgeMetrics } from './judge-metrics.js';
import { rewardsDiffer } from './reward-spread.js';

/** Lengths in tokens; "terminated" completions ended by themselves, the others were cut off. */
export function completionMetrics(groups: readonly GeneratedGroup[]): Record<string, number> {
  const completions = groups.flatMap((group) => group.completions);
  const lengths = completions.map(({ ids }) => ids.length);
  const terminated = completions
    .filter(({ finishReason }) => finishReason === 'stop')
    .map(({ ids }) => ids.length);
  return {
    'completions/mean_length': mean(lengths),
    'completions/min_length': lengths.reduce((a, b) => Math.min(a, b)),
    'completions/max_length': lengths.reduce((a, b) => Math.max(a, b)),
    'completions/mean_terminated_length': terminated.length > 0 ? mean(terminated) : 0,
    'completions/clipped_ratio': 1 - terminated.length / lengths.length,
  };
}

/**
 * Means and spread of the rewards; what was not scored counts nowhere. NaN where nothing was. `rewards/<name>/failed`: how
 * many completions the reward failed on. `judge/...`: what its judge did.
 */
export function rewardMetrics(
  rewardFuncs: readonly RewardFunc[],
  groups: readonly RewardedGroup[],
): Record<string, number> {
  const metrics = judgeMetrics(rewardFuncs);
  for (const [k, { name }] of rewardFuncs.entries()) {
    const { count, mean, std } = statistics(groups.flatMap(({ scores }) => scores.map((score) => score[k])));
    metrics[`rewards/${name}/mean`] = mean;
    metrics[`rewards/${name}/std`] = count === 0 ? Number.NaN : std;
    const failures = groups.flatMap((group) => group.failures);
    metrics[`rewards/${name}/failed`] = failures.filter((ofRewards) => ofRewards[k]).length;
  }
  const spreads = groups.map(({ rewards }) => statistics(rewards));
  metrics.reward = statistics(groups.flatMap(({ rewards }) => rewards)).mean;
  metrics.reward_std = mean(spreads.filter(({ count }) => count > 0).map(({ std }) => std));
  // There is nothing to learn from a group without a score, either.
  metrics.frac_reward_zero_std =
    groups.filter(({ rewards }) => !rewardsDiffer(rewards)).length / groups.length;
  return metrics;
}

/** `rewards/<name>/seconds`: how long the reward took in the step; rewards that wait do so at the same time. */
export function rewardTimes(
  rewardFuncs: readonly RewardFunc[],
  seconds: readonly number[],
): Record<string, number> {
  return Object.fromEntries(rewardFuncs.map(({ name }, k) => [`rewards/${name}/seconds`, seconds[k]]));
}

/** Joins the metrics of micro-batches: least and greatest by name, weighted means of the others. */
export class UpdateMetrics {
  readonly #values: Record<string, { value: number; weight: number }[]> = {};

  add(metrics: Record<string, Tensor | number>, weight = 1): void {
    for (const [name, value] of Object.entries(metrics)) {
      this.#values[name] ??= [];
      this.#values[name].push({ value: value instanceof Tensor ? value.item() : value, weight });
    }
  }

  summary(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.#values).map(([name, added]) => {
        const values = added.map(({ value }) => value);
        if (/[_/]min$/.test(name)) return [name, values.reduce((a, b) => Math.min(a, b))];
        if (/[_/]max$/.test(name)) return [name, values.reduce((a, b) => Math.max(a, b))];
        const weights = added.reduce((sum, { weight }) => sum + weight, 0);
        return [name, added.reduce((sum, { value, weight }) => sum + weight * value, 0) / weights];
      }),
    );
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
