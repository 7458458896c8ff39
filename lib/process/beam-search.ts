/**
 * A tree of steps that a scorer prunes: after each of the best paths so far further steps are sampled, and of all that there is
 * then the best paths are kept.
 */
import type { Branch, ScoredBranch, SearchTask } from './search-task.js';

/** @returns the best path of each sample */
export async function beamSearch(task: SearchTask, beam: number, maxDepth: number): Promise<ScoredBranch[]> {
  let kept = task.samples.map((_, sample): ScoredBranch => ({ sample, steps: [], isWhole: false, score: 0 }));
  /** Paths after which no step came to an end: they are completed as they are. */
  const stuck = new Set<Branch>();
  for (let depth = 0; depth < maxDepth; depth += 1) {
    const open = kept.filter((branch) => !branch.isWhole && !stuck.has(branch));
    if (open.length === 0) break;
    const grown = await task.grown(open, beam);
    for (const [i, branch] of open.entries()) if (grown[i].length === 0) stuck.add(branch);
    const others = kept.filter((branch) => branch.isWhole || stuck.has(branch));
    kept = best([...others, ...(await task.scored(grown.flat()))], beam, task);
  }
  const rest = await task.completed(kept.filter(({ isWhole }) => !isWhole));
  const whole = kept.filter(({ isWhole }) => isWhole);
  return best([...whole, ...(await task.scored(rest))], 1, task);
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
