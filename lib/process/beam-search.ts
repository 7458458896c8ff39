/**
 * A tree of steps that a scorer prunes: after each of the best paths so far further steps are sampled, and of all that there is
 * then the best paths are kept.
 */
import { type Branch, hasEnded, type ScoredBranch, type SearchTask } from './search-task.js';

/** @returns the best path of each sample */
export async function beamSearch(task: SearchTask, beam: number, maxDepth: number): Promise<ScoredBranch[]> {
  let kept = task.samples.map((_, sample): ScoredBranch => ({ sample, steps: [], score: 0 }));
  /** Paths after which no step came to an end: they are completed as they are. */
  const stuck = new Set<Branch>();
  for (let depth = 0; depth < maxDepth; depth += 1) {
    const open = kept.filter((branch) => !hasEnded(branch) && !stuck.has(branch));
    if (open.length === 0) break;
    const steps = await task.nextSteps(open, beam);
    const grown = open.flatMap(({ sample, steps: before }, i) =>
      steps[i].map((step): Branch => ({ sample, steps: [...before, step] })),
    );
    for (const [i, branch] of open.entries()) if (steps[i].length === 0) stuck.add(branch);
    const scored = await task.scored(grown);
    const others = kept.filter((branch) => hasEnded(branch) || stuck.has(branch));
    kept = best([...others, ...scored], beam, task);
  }
  const ended = kept.filter(hasEnded);
  const rest = await task.scored(await task.completed(kept.filter((branch) => !hasEnded(branch))));
  return best([...ended, ...rest], 1, task);
}

/** The `most` of each sample with the highest scores; of equal ones the earlier. */
function best(branches: readonly ScoredBranch[], most: number, { samples }: SearchTask): ScoredBranch[] {
  return samples.flatMap((_, sample) =>
    branches
      .filter((branch) => branch.sample === sample)
      .sort((a, b) => b.score - a.score)
      .slice(0, most),
  );
}
