/** Scores of reasoning paths by their steps, as best-of-n and search by step take them. */
import type { Sample } from '../data/index.js';
import { checkOption, oneOf } from '../tensor/index.js';

/** For each path one score for each of its steps, 0 to 1: how likely the path is right up to there. Sample i is that of path i. */
export type PathScorer = (batch: { samples: Sample[]; paths: string[][] }) => Promise<number[][]>;

/** How the scores of steps make one of the path: the least, all multiplied, or that of the last step. */
export const stepReductions = ['min', 'product', 'last'] as const;
export type StepReduction = (typeof stepReductions)[number];

/**
 * A score of each path.
 * @param op names the function in messages
 * @throws RangeError where the scorer does not give a number from 0 to 1 for each step
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
    if (own?.length === steps.length && own.every(isScore)) return pathScore(own, reduction);
    throw new RangeError(
      `${op}: scorer: expected ${steps.length} numbers for a path of ${steps.length} steps of sample '${samples[i].id}', ` +
        `each from 0 to 1, got ${JSON.stringify(own)}`,
    );
  });
}

const isScore = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1;

/** 0 for a path without steps. @throws RangeError for another reduction */
export function pathScore(steps: readonly number[], reduction: StepReduction): number {
  checkOption('pathScore', 'reduction', reduction, oneOf(...stepReductions));
  if (steps.length === 0) return 0;
  if (reduction === 'last') return steps[steps.length - 1];
  if (reduction === 'min') return steps.reduce((least, score) => Math.min(least, score), 1);
  return steps.reduce((product, score) => product * score, 1);
}
