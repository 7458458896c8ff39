/**
 * Memory that a recipe will need, from the sizes of its model and the tokens of its samples. Estimates: what is kept for
 * the backward pass is counted by tensor, what operators use for a moment is not.
 */
import type { OmniModel } from '../omni/index.js';
import type { Tensor } from '../tensor/index.js';
import { type GraphPart, trainedParameters } from '../train/index.js';
import type { RecipeSamples } from './samples.js';
import type { MemoryRow, Recipe, StageUse } from './stage.js';
import { beginAdapter } from './stage-adapter.js';

/** The last row is what is needed at most at once. */
export async function predictMemory(
  recipe: Recipe,
  samples: RecipeSamples,
  model: OmniModel,
): Promise<MemoryRow[]> {
  const stages: MemoryRow[][] = [];
  let [weights, trained] = [bytesOf(model.graph.parameters()), 0];
  for (const use of recipe.stages) {
    if (use.stage.outputs.includes('model')) beginAdapter(model, use, recipe);
    weights = Math.max(weights, bytesOf(model.graph.parameters()));
    trained = Math.max(trained, bytesOf(trainedParameters(model.graph, frozenParts(use, recipe))));
    stages.push(await use.stage.predictMemory({ recipe, use, samples, model, finished: [] }));
  }
  const state = [
    { name: 'parameters', bytes: weights },
    { name: 'gradients', bytes: trained },
    { name: 'optimizer (two moments)', bytes: 2 * trained },
  ];
  // Stages run one after the other.
  const most = sum(state) + stages.map(sum).reduce((a, b) => Math.max(a, b), 0);
  return [...state, ...stages.flat(), { name: 'at most together', bytes: most }];
}

function frozenParts(use: StageUse, recipe: Recipe): GraphPart[] {
  const settings = [use, use.stage.learnsLike?.(use, recipe)].map((it) => it?.settings.freeze as GraphPart[]);
  return settings.find((towers) => towers !== undefined) ?? [];
}

function bytesOf(parameters: readonly Tensor[]): number {
  return parameters.reduce((sum, parameter) => sum + 4 * parameter.numel(), 0);
}

function sum(rows: readonly MemoryRow[]): number {
  return rows.reduce((total, { bytes }) => total + bytes, 0);
}
