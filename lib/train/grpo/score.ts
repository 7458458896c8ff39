// The second part of a GRPO step: rewards of the completions.

import type { Prompt } from '../../batch/index.js';
import type { Sample } from '../../data/index.js';
import { type RewardFunc, scoreCompletions, totalRewards } from '../../rewards/index.js';
import { chunks } from '../chunks.js';
import type { GRPOConfig } from '../config.js';
import { generatedGroups, type Rollouts } from './collect.js';
import type { ScoredGroup } from './groups.js';

type ScoringConfig = Pick<GRPOConfig, 'numGenerations' | 'rewardWeights' | 'rewardTimeoutSeconds'>;

interface Scored {
  groups: ScoredGroup[];
  /** How long each reward took. */
  seconds: readonly number[];
}

/** Scores the completions of all groups with all rewards at once. @param step from 0 */
export async function score(
  rewardFuncs: readonly RewardFunc[],
  { numGenerations, rewardWeights, rewardTimeoutSeconds }: ScoringConfig,
  rollouts: Rollouts,
  step: number,
): Promise<Scored> {
  const { samples, prompts, completions } = rollouts;
  const eachCompletion = <T>(items: readonly T[]) =>
    items.flatMap((item) => Array<T>(numGenerations).fill(item));
  const all = completions.av.flat();
  const batch = {
    prompts: eachCompletion(prompts.map(({ text }) => text)),
    completions: all.map(({ text }) => text),
    completionIds: all.map(({ ids }) => ids),
    samples: eachCompletion(samples.map((sample, g) => withDuration(sample, prompts[g]))),
    rollouts: Object.fromEntries(Object.entries(completions).map(([view, groups]) => [view, groups.flat()])),
    step,
  };
  const scored = await scoreCompletions(rewardFuncs, batch, rewardWeights, rewardTimeoutSeconds);
  const scores = chunks(scored.rewards, numGenerations);
  const rewards = chunks(totalRewards(scored), numGenerations);
  const failures = chunks(scored.failures, numGenerations);
  const failed = chunks(scored.failed, numGenerations);
  const rewardNames = rewardFuncs.map(({ name }) => name);
  const groups = generatedGroups(rollouts).map((group, g) => ({
    ...group,
    prompt: prompts[g],
    rewardNames,
    scores: scores[g],
    rewards: rewards[g],
    failures: failures[g],
    failed: failed[g],
  }));
  return { groups, seconds: scored.seconds };
}

/** A sample as rewards get it: with the seconds of its clip. */
function withDuration(sample: Sample, { duration }: Prompt): Sample {
  return duration === undefined ? sample : { ...sample, duration };
}
