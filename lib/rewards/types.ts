// What a reward function is given and what it returns. Rewards are pure scoring of finished completions: they see text, ids
// and samples, never tensors or the model, so that each can be tested with strings alone.

import type { Completion, Sample, View } from '../data/index.js';
import type { Judge } from './judge.js';

/** The completions of one training step: B = prompts x generations, the generations of a prompt side by side. */
export interface RewardBatch {
  /** The prompt's text, length B. */
  prompts: string[];
  /** The text to score, length B. */
  completions: string[];
  completionIds: number[][];
  /** The sample that completion i answers, length B. */
  samples: Sample[];
  /**
   * All completions drawn in this step by view, each of length B: `rollouts.v?.[i]` answers the prompt of completion i
   * without its sound. A view is present when some reward function of the step asks for it in `views`.
   */
  rollouts: Partial<Record<View, Completion[]>>;
  /** Optimizer step, from 0. */
  step: number;
  /** Aborted when the scores are no longer wanted, for example because another reward threw. */
  signal: AbortSignal;
}

/** One score a completion. `null`: the reward does not apply to its sample. `NaN`: the reward failed. */
export type Scores = (number | null)[];

/**
 * Scores every completion of a batch. The function's `name` names its metrics.
 * - `null` leaves the reward out of the sum, for all completions of a sample or for none.
 * - `NaN` takes the completion out of the statistics of its group and out of the loss. A failure is never a score of 0.
 */
export interface RewardFunc {
  (batch: RewardBatch): Scores | Promise<Scores>;
  /** Further views of the same prompts that must be sampled for this reward, besides the full one. */
  views?: readonly View[];
  /** What it asks for its scores: a training logs the judge's metrics. */
  judge?: Judge;
}
