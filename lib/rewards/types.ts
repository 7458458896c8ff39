// What a reward function is given and what it gives back. Rewards are pure scoring of finished completions: they see
// text, ids and samples, never tensors or the model, so that each can be tested with strings alone.

import type { Completion, Sample, View } from '../data/index.js';

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
}

export type Scores = (number | null)[];

/**
 * Scores every completion of a batch; `null` means "does not apply to this sample": the completion is then left out of
 * its group's mean and standard deviation (unless another reward scores it). The function's `name` names its metrics.
 */
export interface RewardFunc {
  (batch: RewardBatch): Scores | Promise<Scores>;
  /** Further views of the same prompts that must be sampled for this reward, besides the full one. */
  views?: readonly View[];
}
