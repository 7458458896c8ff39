/**
 * Contrastive depth-first search (the release of video-SALMONN-o1, arXiv 2502.11775): from the likeliest path on, at one step
 * after the other, other steps are proposed and completed by the likeliest continuation; the best of these paths and the one so
 * far is gone on with.
 */
import { endOfStep } from '../data/index.js';
import type { Perturbation } from './perturb.js';
import type { Branch, ScoredBranch, SearchTask } from './search-task.js';
import { largest } from './select-steps.js';
import { stepDivergences } from './step-divergence.js';

interface ContrastiveSettings {
  /** Paths that are compared at a step, the one so far among them. */
  beam: number;
  maxDepth: number;
  /** Left out: other steps are proposed everywhere. */
  perturb?: Perturbation;
  /** Steps at which others are proposed, where `perturb` selects them. */
  top: number;
}

interface Walk {
  path: ScoredBranch;
  /** The first step that may be replaced. */
  next: number;
  /** Steps at which others were proposed. */
  visited: number;
}

/** @returns the best path of each sample */
export async function contrastiveSearch(
  task: SearchTask,
  settings: ContrastiveSettings,
): Promise<ScoredBranch[]> {
  const starts = task.samples.map((_, sample): Branch => ({ sample, steps: [], isWhole: false }));
  const greedy = await task.scored(await task.completed(starts));
  const walks = greedy.map((path): Walk => ({ path, next: 0, visited: 0 }));
  for (;;) {
    const places = await nextPlaces(task, walks, settings);
    const active = walks.filter((walk) => places.has(walk));
    if (active.length === 0) return walks.map(({ path }) => path);
    const prefixes = active.map((walk) => before(walk.path, places.get(walk) as number));
    const grown = await task.grown(prefixes, settings.beam - 1);
    const others = active.flatMap(({ path }, i) => {
      const place = prefixes[i].steps.length;
      return grown[i].filter(({ steps }) => steps[place] !== path.steps[place]);
    });
    const paths = await task.scored(await task.completed(others));
    for (const walk of active) {
      const own = paths.filter(({ sample }) => sample === walk.path.sample);
      walk.path = own.reduce((best, path) => (path.score > best.score ? path : best), walk.path);
      walk.next = (places.get(walk) as number) + 1;
      walk.visited += 1;
    }
  }
}

function before({ sample, steps }: Branch, end: number): Branch {
  return { sample, steps: steps.slice(0, end), isWhole: false };
}

/** The next step of each walk that is replaced; none: its path is done. */
async function nextPlaces(
  task: SearchTask,
  walks: readonly Walk[],
  { maxDepth, perturb, top }: ContrastiveSettings,
): Promise<Map<Walk, number>> {
  const closed = ({ path: { steps }, next }: Walk): number[] =>
    [...steps.keys()].filter((step) => step >= next && step < maxDepth && steps[step].endsWith(endOfStep));
  const open = walks.filter((walk) => closed(walk).length > 0);
  if (perturb === undefined) return new Map(open.map((walk) => [walk, closed(walk)[0]]));
  const left = open.filter(({ visited }) => visited < top);
  const { model, sampling, signal } = task.settings;
  const divergences = await stepDivergences(
    { graph: model.graph, encodePart: (step) => model.encodePart(step) },
    left.map(({ path: { sample, steps } }) => ({ prompt: task.prompts[sample], paths: [steps] })),
    { perturb, seed: sampling.seed, media: task.media, signal },
  );
  return new Map(
    left.map((walk, i) => {
      const { path, next, visited } = walk;
      const selected = largest(path.steps, divergences[i][0], top - visited, next, maxDepth);
      return [walk, selected.sort((a, b) => a - b)[0]];
    }),
  );
}
