/** Which steps of a file of paths are rolled out. */
import { endOfStep, type PathRecord } from '../data/index.js';
import { groupBy } from '../runtime/index.js';

export interface ExpandedStep {
  prefix: readonly string[];
  step: string;
  /** Of the first path that has it. */
  seed: number;
}

/** The wrong paths of each sample that has one. */
export function wrongPaths(paths: readonly PathRecord[]): Map<string, PathRecord[]> {
  return groupBy(
    paths.filter(({ correct }) => !correct),
    ({ sampleId }) => sampleId,
  );
}

/** The selected steps of paths of one sample, or all closed ones of those paths that have no selection; each once. */
export function expandedSteps(paths: readonly PathRecord[]): ExpandedStep[] {
  const steps = new Map<string, ExpandedStep>();
  for (const { sampleId, path, seed, selected = closedSteps(path) } of paths)
    for (const index of selected) {
      if (path[index] === undefined)
        throw new RangeError(
          `rolloutSteps: paths: a path of sample '${sampleId}' selects step ${index}; expected one of its ${path.length} steps, from 0`,
        );
      const key = JSON.stringify(path.slice(0, index + 1));
      if (!steps.has(key)) steps.set(key, { prefix: path.slice(0, index), step: path[index], seed });
    }
  return [...steps.values()];
}

function closedSteps(path: readonly string[]): number[] {
  return [...path.keys()].filter((index) => path[index].endsWith(endOfStep));
}
