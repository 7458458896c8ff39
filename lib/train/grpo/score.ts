// The second part of a GRPO step: rewards of the completions, and the advantages that follow from them.

import type { Prompt } from '../../batch/index.js';
import type { Completion, Group, Sample, View } from '../../data/index.js';
import { groupAdvantage } from '../../kernels/index.js';
import { type RewardFunc, scoreCompletions, totalRewards } from '../../rewards/index.js';
import { type Tensor, torch } from '../../tensor/index.js';
import { chunks } from '../chunks.js';
import type { GRPOConfig } from '../config.js';
import type { Rollouts } from './collect.js';

/** A group with the scores that its rewards are made of. */
export interface ScoredGroup extends Group {
  /** Of each completion the scores of all rewards; NaN where one does not apply, and for all of them where it failed. */
  scores: number[][];
  /** Of each completion which rewards failed on it. */
  failures: boolean[][];
  /** Of each completion whether a reward that has a weight failed on it. */
  failed: boolean[];
  /** How often its sample was answered before in this training. */
  occurrence: number;
  /** What the model wrote in the other views that a reward asks for. */
  otherViews: Partial<Record<View, Completion[]>>;
}

/** A group as the loss takes it. */
export interface TrainedGroup extends ScoredGroup {
  /** Of each completion. */
  advantages: number[];
  /** Of each completion whether the loss is over its tokens. */
  inLoss: boolean[];
}

/** A group without the prompt, whose tensors end with their scope. */
export type ScoredResult = Omit<ScoredGroup, 'prompt'>;

/** Scores the completions of all groups with all rewards at once. @param step from 0 */
export async function score(
  rewardFuncs: readonly RewardFunc[],
  { numGenerations, rewardWeights }: GRPOConfig,
  { samples, occurrences, prompts, completions }: Rollouts,
  step: number,
): Promise<ScoredGroup[]> {
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
  const scored = await scoreCompletions(rewardFuncs, batch, rewardWeights);
  const scores = chunks(scored.rewards, numGenerations);
  const rewards = chunks(totalRewards(scored), numGenerations);
  const failures = chunks(scored.failures, numGenerations);
  const failed = chunks(scored.failed, numGenerations);
  const { av: _, ...others } = completions;
  return samples.map((sample, g) => ({
    sample,
    prompt: prompts[g],
    completions: completions.av[g],
    scores: scores[g],
    rewards: rewards[g],
    failures: failures[g],
    failed: failed[g],
    occurrence: occurrences[g],
    otherViews: Object.fromEntries(Object.entries(others).map(([view, groups]) => [view, groups[g]])),
  }));
}

/** A sample as rewards get it: with the seconds of its clip. */
function withDuration(sample: Sample, { duration }: Prompt): Sample {
  return duration === undefined ? sample : { ...sample, duration };
}

/** Adds advantages, 0 for a completion that has no reward, and which completions are in the loss. */
export function withAdvantages(groups: readonly ScoredGroup[], config: GRPOConfig): TrainedGroup[] {
  const advantages = advantagesOf(groups, config);
  return groups.map((group, g) => ({
    ...group,
    advantages: advantages[g],
    inLoss: group.completions.map(
      ({ finishReason }, i) =>
        !(config.maskTruncatedCompletions && finishReason === 'length') && !group.failed[i],
    ),
  }));
}

function advantagesOf(groups: readonly ScoredGroup[], config: GRPOConfig): number[][] {
  if (groups.length === 0) return [];
  const { numGenerations, scaleRewards: mode, rewardWeights: weights } = config;
  const rewards = Float64Array.from(groups.flatMap(({ scores }) => scores.flat()));
  const offsets = BigInt64Array.from({ length: groups.length + 1 }, (_, g) => BigInt(g * numGenerations));
  const completions = groups.length * numGenerations;
  const advantages = groupAdvantage(
    torch.tensor(rewards).reshape([completions, rewards.length / completions]),
    torch.tensor(offsets),
    { mode, weights, lengths: mode === 'opo' ? lengthsOf(groups) : null },
  );
  return chunks(advantages.toArray() as number[], numGenerations);
}

/** int64 [completions] */
function lengthsOf(groups: readonly ScoredGroup[]): Tensor {
  const lengths = groups.flatMap(({ completions }) => completions.map(({ ids }) => BigInt(ids.length)));
  return torch.tensor(BigInt64Array.from(lengths));
}
