// What the judges behind the rewards did in a step: cost, time and failures.

import type { RewardFunc } from '../../rewards/index.js';

/** `judge/<its name>/<metric>` since the last call; the second judge of a name is `<name>-2`, and so on. */
export function judgeMetrics(rewardFuncs: readonly RewardFunc[]): Record<string, number> {
  const judges = [...new Set(rewardFuncs.flatMap(({ judge }) => judge ?? []))];
  const metrics: Record<string, number> = {};
  const counts: Record<string, number> = {};
  for (const judge of judges) {
    counts[judge.name] = (counts[judge.name] ?? 0) + 1;
    const own = counts[judge.name] === 1 ? judge.name : `${judge.name}-${counts[judge.name]}`;
    for (const [name, value] of Object.entries(judge.takeMetrics?.() ?? {}))
      metrics[`judge/${own}/${name}`] = value;
  }
  return metrics;
}
