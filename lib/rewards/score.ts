// Runs a list of reward functions over a batch. What a reward does not apply to (null) and what it failed on (NaN) are kept
// apart from a score of zero all the way to the group statistics. A reward that throws stops the step with its name: a zero
// put in its place would train the model on the failure. One that does not answer in time has failed on the batch.

import type { RewardBatch, RewardFunc, Scores } from './types.js';
import { waited } from './waited.js';

/** A reward function threw, or returned something other than one score for every completion. */
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
  /**
   * [B][K]: a row a completion, a column a reward. NaN where the reward does not apply to the sample, and in all of the row
   * of a completion that some reward with a weight failed on: it takes no part in the statistics of its group.
   */
  rewards: number[][];
  /** [K] */
  weights: readonly number[];
  /** [B]: whether some reward that has a weight failed on the completion, which then has no part in the loss. */
  failed: boolean[];
  /** [B][K]: which rewards failed on which completion. */
  failures: boolean[][];
  /** [K]: how long each took, from its call on. */
  seconds: number[];
}

/**
 * Scores `batch` with all functions at once (asynchronous ones overlap). `weights` default to 1 each.
 * @param timeoutSeconds a reward for which the program has waited this long has failed on all completions: its signal is
 * aborted, a warning names it, and the others go on. Time in which the program computes does not count. Null: no limit
 * @throws RewardError for the first function that throws; the others' signal is aborted then
 */
export async function scoreCompletions(
  rewardFuncs: readonly RewardFunc[],
  batch: Omit<RewardBatch, 'signal'> & { signal?: AbortSignal },
  weights: readonly number[] = rewardFuncs.map(() => 1),
  timeoutSeconds: number | null = null,
): Promise<ScoredBatch> {
  if (weights.length !== rewardFuncs.length) {
    throw new RangeError(
      `rewardWeights has ${weights.length} values for ${rewardFuncs.length} reward functions; give one for each`,
    );
  }
  const others = new AbortController();
  const signal = batch.signal ? AbortSignal.any([batch.signal, others.signal]) : others.signal;
  const seconds = rewardFuncs.map(() => 0);
  const columns = await Promise.all(
    rewardFuncs.map(async (reward, k) => {
      const started = performance.now();
      try {
        return await scoresInTime(reward, { ...batch, signal }, timeoutSeconds);
      } catch (error) {
        others.abort(error);
        throw error;
      } finally {
        seconds[k] = (performance.now() - started) / 1000;
      }
    }),
  );
  const failures = batch.completions.map((_, i) => columns.map((scores) => Number.isNaN(scores[i])));
  const failed = failures.map((ofRewards) => ofRewards.some((fails, k) => fails && weights[k] !== 0));
  const rewards = failed.map((isFailed, i) =>
    columns.map((scores) => (isFailed ? Number.NaN : (scores[i] ?? Number.NaN))),
  );
  return { rewards, weights, failed, failures, seconds };
}

/** The weighted sum of the rewards of each completion, [B]; NaN where none that has a weight scored it. */
export function totalRewards({ rewards, weights }: Pick<ScoredBatch, 'rewards' | 'weights'>): number[] {
  const counts = (reward: number, k: number) => !Number.isNaN(reward) && weights[k] !== 0;
  return rewards.map((row) =>
    row.some(counts)
      ? row.reduce((sum, reward, k) => (counts(reward, k) ? sum + weights[k] * reward : sum), 0)
      : Number.NaN,
  );
}

/** The scores; NaN for all completions where they are not there in time. */
async function scoresInTime(
  reward: RewardFunc,
  batch: RewardBatch,
  timeoutSeconds: number | null,
): Promise<Scores> {
  if (timeoutSeconds === null) return scoresOf(reward, batch);
  const own = new AbortController();
  const done = new AbortController();
  const scoring = scoresOf(reward, { ...batch, signal: AbortSignal.any([batch.signal, own.signal]) });
  const late = waited(timeoutSeconds, done.signal);
  try {
    const scores = await Promise.race([scoring, late]);
    if (scores !== 'waited') return scores;
  } finally {
    done.abort();
  }
  // What it still gives, or throws, is of no interest.
  scoring.catch(() => {});
  const problem = `no scores within ${timeoutSeconds} s`;
  own.abort(new DOMException(`reward ${nameOf(reward)}: ${problem}`, 'TimeoutError'));
  process.emitWarning(
    `reward ${nameOf(reward)}: ${problem}: its ${batch.completions.length} completions are left out of the step; give it ` +
      'longer (rewardTimeoutSeconds), or a time-out of its own for each request',
  );
  return batch.completions.map(() => Number.NaN);
}

function nameOf({ name }: RewardFunc): string {
  return name || '(anonymous)';
}

async function scoresOf(reward: RewardFunc, batch: RewardBatch): Promise<Scores> {
  const { samples, completions } = batch;
  const fail = (indices: Iterable<number>, problem: string, options?: ErrorOptions) => {
    const ids = new Set(Array.from(indices, (i) => samples[i].id));
    return new RewardError(nameOf(reward), [...ids], problem, options);
  };
  let scores: unknown;
  try {
    scores = await reward(batch);
  } catch (cause) {
    throw fail(samples.keys(), `threw ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  const count = completions.length;
  if (!Array.isArray(scores) || scores.length !== count) {
    const got = Array.isArray(scores) ? `${scores.length} scores` : typeof scores;
    throw fail(samples.keys(), `returned ${got}, expected an array of ${count}, one for each completion`);
  }
  const wrong = [...scores.keys()].filter((i) => {
    const score = scores[i];
    return score !== null && !Number.isNaN(score) && !Number.isFinite(score);
  });
  if (wrong.length > 0) {
    throw fail(
      wrong,
      `returned ${String(scores[wrong[0]])}, expected a finite number, null for "does not apply" or NaN for "failed"`,
    );
  }
  const isNull = new Map<string, boolean>();
  const mixed = [...scores.keys()].filter((i) => {
    const { id } = samples[i];
    if (!isNull.has(id)) isNull.set(id, scores[i] === null);
    return isNull.get(id) !== (scores[i] === null);
  });
  if (mixed.length > 0) {
    throw fail(
      mixed,
      'returned null for some completions of a sample and scores for others; null means that the reward does not apply ' +
        'to the sample: return it for all of its completions, and NaN for those that could not be scored',
    );
  }
  return scores as Scores;
}

function listIds(ids: string[]): string {
  const shown = ids.slice(0, 8).join(', ');
  return ids.length > 8 ? `${shown} and ${ids.length - 8} more` : shown;
}
