/** What the stages of a recipe will take whose steps are not timed: what a check says beside the estimate. */
import type { OmniModel } from '../omni/index.js';
import type { Display } from './display.js';
import type { Estimate } from './estimate.js';
import type { RecipeSamples } from './samples.js';
import { type Recipe, startOf, titleOf } from './stage.js';

/** A table by the name of each stage whose inputs are there. @param model that the recipe starts from */
export async function dryRuns(
  recipe: Recipe,
  samples: RecipeSamples,
  model: OmniModel,
  display: Pick<Display, 'progress'>,
): Promise<Map<string, string>> {
  const tables = new Map<string, string>();
  const uses = recipe.stages.filter(({ stage }) => stage.dryRun !== undefined);
  if (uses.length === 0) return tables;
  const progress = display.progress('timing a few samples');
  try {
    for (const [i, use] of uses.entries()) {
      progress.update(i, uses.length, titleOf(use));
      const table = await use.stage.dryRun?.({ recipe, use, samples, model, finished: [] });
      if (table != null) tables.set(use.name, table);
    }
    return tables;
  } finally {
    progress.stop();
  }
}

/** The tables, and which stages have neither a table nor an estimate. */
export function dryRunsText(
  recipe: Recipe,
  estimate: Pick<Estimate, 'stages'>,
  tables: ReadonlyMap<string, string>,
): string {
  const estimated = new Set(estimate.stages.map(({ name }) => name));
  const texts: string[] = [];
  const unknown: string[] = [];
  for (const use of recipe.stages) {
    const table = tables.get(use.name);
    if (table === undefined) {
      if (!estimated.has(use.name)) unknown.push(titleOf(use));
      continue;
    }
    texts.push(table);
    const start = startOf(use, recipe);
    if (start !== undefined)
      texts.push(
        `${titleOf(use)}: timed with the model that the recipe starts from; ${titleOf(start)} leaves another`,
      );
  }
  if (unknown.length > 0)
    texts.push(`no estimate of ${unknown.join(', ')}: stages before make what they work on`);
  return texts.join('\n');
}
