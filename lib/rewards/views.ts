// Scores of other views beside those of the completions that are trained on.

import type { Completion, Sample, View } from '../data/index.js';
import type { RewardBatch, Scores } from './types.js';

/** The completions of a view, one for each scored one. @throws Error where the step has none @param reward that asks */
export function rolloutsOf({ rollouts, completions }: RewardBatch, view: View, reward: string): Completion[] {
  const found = rollouts[view];
  if (found?.length !== completions.length) {
    throw new Error(
      `rollouts.${view} has ${found?.length ?? 'no'} completions, expected ${completions.length}: ` +
        `the ${reward} reward needs one completion of each of its views for every scored one`,
    );
  }
  return found;
}

/** Every score replaced by the mean over those of its prompt's completions that did not fail; a prompt is its sample's id. */
export function groupMeans(scores: Scores, samples: readonly Sample[]): Scores {
  const sums = new Map<string, { sum: number; count: number }>();
  scores.forEach((score, i) => {
    const group = sums.get(samples[i].id) ?? { sum: 0, count: 0 };
    if (score !== null && !Number.isNaN(score)) {
      group.sum += score;
      group.count += 1;
    }
    sums.set(samples[i].id, group);
  });
  return scores.map((score, i) => {
    const { sum, count } = sums.get(samples[i].id) as { sum: number; count: number };
    return score === null ? null : sum / count;
  });
}
