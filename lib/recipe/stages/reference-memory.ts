/** Memory of the model that a stage compares its own with. */
import type { ModelGraph } from '../../models/index.js';
import { type MemoryRow, type StageUse, titleOf } from '../stage.js';

/** A copy of the weights; of a model with an adapter none, as it is compared with itself without the adapter. */
export function referenceMemory(use: StageUse, graph: ModelGraph, what = 'reference'): MemoryRow[] {
  if (graph.adapter) return [];
  const bytes = graph.parameters().reduce((sum, parameter) => sum + 4 * parameter.numel(), 0);
  return [{ name: `${titleOf(use)} ${what}`, bytes }];
}
