// The groups of a GRPO step as its parts hand them on: what the model wrote, then with scores, then with advantages.

import type { Completion, Group, Sample, View } from '../../data/index.js';

/** What the model wrote to a sample. */
export interface GeneratedGroup {
  sample: Sample;
  /** How often the sample was answered before in this training. */
  occurrence: number;
  completions: Completion[];
  /** What the model wrote in the other views that a reward asks for. */
  otherViews: Partial<Record<View, Completion[]>>;
}

/** A group with the scores that its rewards are made of. */
export interface ScoredGroup extends GeneratedGroup, Group {
  /** Columns of `scores` and `failures`. */
  rewardNames: readonly string[];
  /** Of each completion the scores of all rewards; NaN where one does not apply, and for all of them where it failed. */
  scores: number[][];
  /** Of each completion which rewards failed on it. */
  failures: boolean[][];
  /** Of each completion whether a reward that has a weight failed on it. */
  failed: boolean[];
}

/** A group as the loss takes it. */
export interface TrainedGroup extends ScoredGroup {
  /** Of each completion; 0 for one that has no reward. */
  advantages: number[];
  /** Of each completion whether the loss is over its tokens. */
  inLoss: boolean[];
}

/** Without the prompt, whose tensors end with the step. */
export type RewardedGroup = Omit<ScoredGroup, 'prompt'>;
/** A callback may change `advantages` and `inLoss`, in place or as a whole. */
export type WeightedGroup = Omit<TrainedGroup, 'prompt'>;

export function withoutPrompt<T extends ScoredGroup>({ prompt: _, ...group }: T): Omit<T, 'prompt'> {
  return group;
}
