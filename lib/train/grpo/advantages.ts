// The third part of a GRPO step: advantages of the completions, and which of them are in the loss.

import { groupAdvantage } from '../../kernels/index.js';
import { type Tensor, torch } from '../../tensor/index.js';
import { chunks } from '../chunks.js';
import type { GRPOConfig } from '../config.js';
import { type ScoredGroup, type TrainedGroup, type WeightedGroup, withoutPrompt } from './groups.js';

/**
 * The groups with their advantages.
 * @param edit may change advantages and what is in the loss
 * @throws TypeError where it leaves others than a finite number and a boolean for each completion
 */
export async function weigh(
  groups: readonly ScoredGroup[],
  config: GRPOConfig,
  edit: (groups: readonly WeightedGroup[]) => Promise<void>,
): Promise<TrainedGroup[]> {
  const advantages = advantagesOf(groups, config);
  const edited = groups.map(
    (group, g): WeightedGroup => ({
      ...withoutPrompt(group),
      advantages: advantages[g],
      inLoss: group.completions.map(
        ({ finishReason }, i) =>
          !(config.maskTruncatedCompletions && finishReason === 'length') && !group.failed[i],
      ),
    }),
  );
  await edit(edited);
  return groups.map((group, g) => {
    const { advantages, inLoss } = edited[g];
    checkEdited(group, 'advantages', advantages, Number.isFinite, 'finite number');
    checkEdited(group, 'inLoss', inLoss, (value) => typeof value === 'boolean', 'boolean');
    return { ...group, advantages, inLoss };
  });
}

function checkEdited(
  { sample, completions: { length } }: ScoredGroup,
  field: string,
  values: readonly unknown[],
  fits: (value: unknown) => boolean,
  expected: string,
): void {
  if (Array.isArray(values) && values.length === length && values.every(fits)) return;
  throw new TypeError(
    `callbacks: onAdvantage left ${field} ${JSON.stringify(values)} for sample '${sample.id}', ` +
      `expected a ${expected} for each of its ${length} completions`,
  );
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
