// Runs a list of reward functions over a batch and joins their scores. A reward that cannot score (null) is kept apart
// from a reward of zero all the way to the group statistics, and a reward that fails stops the step with its name: a
// zero put in its place would train the model on the failure.

import type { RewardBatch, RewardFunc } from './types.js';

/** A reward function failed or returned something other than one number or null for every completion. */
export class RewardError extends Error {
  override name = 'RewardError';
  readonly reward: string;
  readonly sampleIds: string[];

  constructor(reward: string, sampleIds: string[], problem: string, options?: ErrorOptions) {
    super(`reward ${reward}: ${problem} (samples ${listIds(sampleIds)})`, options);
    this.reward = reward;
    this.sampleIds = sampleIds;
  }
}

export interface ScoredBatch {
  /** One array of B scores for each reward function, in its order; NaN where the reward does not apply. */
  perReward: Float64Array[];
  /** Weighted sum of the scores that apply, length B; NaN where none does. */
  total: Float64Array;
}

/** Scores `batch` with all functions at once (asynchronous ones overlap). `weights` default to 1 each. */
export async function scoreCompletions(
  rewardFuncs: readonly RewardFunc[],
  batch: RewardBatch,
  weights: readonly number[] = rewardFuncs.map(() => 1),
): Promise<ScoredBatch> {
  if (weights.length !== rewardFuncs.length) {
    throw new RangeError(
      `rewardWeights has ${weights.length} values for ${rewardFuncs.length} reward functions; give one for each`,
    );
  }
  const perReward = await Promise.all(rewardFuncs.map((reward) => run(reward, batch)));
  const total = new Float64Array(batch.completions.length).fill(NaN);
  perReward.forEach((scores, k) => {
    scores.forEach((score, i) => {
      if (!Number.isNaN(score)) total[i] = (Number.isNaN(total[i]) ? 0 : total[i]) + weights[k] * score;
    });
  });
  return { perReward, total };
}

async function run(reward: RewardFunc, batch: RewardBatch): Promise<Float64Array> {
  const name = reward.name || '(anonymous)';
  const fail = (indices: Iterable<number>, problem: string, options?: ErrorOptions) => {
    const ids = new Set(Array.from(indices, (i) => batch.samples[i].id));
    return new RewardError(name, [...ids], problem, options);
  };
  const count = batch.completions.length;
  let scores: unknown;
  try {
    scores = await reward(batch);
  } catch (cause) {
    throw fail(batch.samples.keys(), `threw ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  if (!Array.isArray(scores) || scores.length !== count) {
    const got = Array.isArray(scores) ? `${scores.length} scores` : typeof scores;
    throw fail(
      batch.samples.keys(),
      `returned ${got}, expected an array of ${count}, one for each completion`,
    );
  }
  const wrong = [...scores.keys()].filter((i) => scores[i] !== null && !Number.isFinite(scores[i]));
  if (wrong.length > 0) {
    throw fail(
      wrong,
      `returned ${String(scores[wrong[0]])}, expected a finite number, or null for "does not apply"`,
    );
  }
  return Float64Array.from(scores, (score) => score ?? NaN);
}

function listIds(ids: string[]): string {
  const shown = ids.slice(0, 8).join(', ');
  return ids.length > 8 ? `${shown} and ${ids.length - 8} more` : shown;
}
