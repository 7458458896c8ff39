/** Scores of reasoning paths by their steps, as best-of-n and search by step take them. */
import type { Sample } from '../data/index.js';

/** For each path one score for each of its steps, 0 to 1: how likely the path is right up to there. Sample i is that of path i. */
export type PathScorer = (batch: { samples: Sample[]; paths: string[][] }) => Promise<number[][]>;

/** How the scores of steps make one of the path: the least, all multiplied, or that of the last step. */
export const stepReductions = ['min', 'product', 'last'] as const;
export type StepReduction = (typeof stepReductions)[number];

/**
 * A score of each path.
 * @param op names the function in messages
 * @throws RangeError where the scorer does not give a number for each step
 */
export async function pathScores(
  op: string,
  scorer: PathScorer,
  batch: Parameters<PathScorer>[0],
  reduction: StepReduction,
): Promise<number[]> {
  const { samples, paths } = batch;
  const scores = await scorer(batch);
  return paths.map((steps, i) => {
    const own = scores[i];
    if (own?.length === steps.length && own.every(Number.isFinite)) return pathScore(own, reduction);
    throw new RangeError(
      `${op}: scorer: expected ${steps.length} numbers for a path of ${steps.length} steps of sample '${samples[i].id}', ` +
        `got ${JSON.stringify(own)}`,
    );
  });
}

/** 0 for a path without steps. */
export function pathScore(steps: readonly number[], reduction: StepReduction): number {
  if (steps.length === 0) return 0;
  if (reduction === 'last') return steps[steps.length - 1];
  if (reduction === 'min') return steps.reduce((least, score) => Math.min(least, score), 1);
  return steps.reduce((product, score) => product * score, 1);
}
