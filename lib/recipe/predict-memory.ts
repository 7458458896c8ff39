/**
 * Memory that a recipe will need, from the sizes of its model and the tokens of its samples. Estimates: what is kept for
 * the backward pass is counted by tensor, what operators use for a moment is not.
 */
import type { OmniModel } from '../omni/index.js';
import type { RecipeSamples } from './samples.js';
import type { MemoryRow, Recipe } from './stage.js';

/** The last row is what is needed at most at once. */
export async function predictMemory(
  recipe: Recipe,
  samples: RecipeSamples,
  model: OmniModel,
): Promise<MemoryRow[]> {
  const parameters = model.graph.parameters();
  const weights = parameters.reduce((sum, parameter) => sum + 4 * parameter.numel(), 0);
  const state = [
    { name: 'parameters', bytes: weights },
    { name: 'gradients', bytes: weights },
    { name: 'optimizer (two moments)', bytes: 2 * weights },
  ];
  const stages: MemoryRow[][] = [];
  for (const use of recipe.stages)
    stages.push(await use.stage.predictMemory({ recipe, use, samples, model, finished: [] }));
  // Stages run one after the other.
  const most = sum(state) + stages.map(sum).reduce((a, b) => Math.max(a, b), 0);
  return [...state, ...stages.flat(), { name: 'at most together', bytes: most }];
}

function sum(rows: readonly MemoryRow[]): number {
  return rows.reduce((total, { bytes }) => total + bytes, 0);
}
