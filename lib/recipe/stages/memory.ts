/** Memory of stages with a trainer, beside the weights and what their optimizer holds. */
import type { ModelGraph } from '../../models/index.js';
import { type MemoryRow, type StageUse, titleOf } from '../stage.js';

interface Size {
  tokens: number;
  /** Tokens that are learned. */
  targets: number;
}

interface MicroBatchSettings {
  maxTokensPerMicroBatch: number | null;
  gradientCheckpointing: boolean;
}

/**
 * Of the largest micro-batch.
 * @param whole where nothing limits it
 * @param item tokens of the smallest one, which may exceed the limit
 */
export function microBatchMemory(
  use: StageUse,
  graph: ModelGraph,
  whole: Size,
  item: number,
  { maxTokensPerMicroBatch, gradientCheckpointing }: MicroBatchSettings,
): MemoryRow {
  const { tokens, targets } = largestMicroBatch(whole, item, maxTokensPerMicroBatch);
  const bytes = graph.activationBytes(tokens, targets, gradientCheckpointing);
  return { name: `${titleOf(use)} micro-batch`, bytes };
}

/** See `microBatchMemory`. */
export function largestMicroBatch(whole: Size, item: number, limit: number | null): Size {
  const tokens = limit === null ? whole.tokens : Math.min(whole.tokens, Math.max(limit, item));
  return { tokens, targets: Math.min(whole.targets, tokens) };
}

/** Of a micro-batch whose items are as large as one of them. */
export function itemsMemory(
  use: StageUse,
  graph: ModelGraph,
  { tokens, targets }: Size,
  config: MicroBatchSettings & { perDeviceTrainBatchSize: number },
): MemoryRow {
  const { perDeviceTrainBatchSize: count } = config;
  return microBatchMemory(use, graph, { tokens: count * tokens, targets: count * targets }, tokens, config);
}

/** A copy of the weights; of a model with an adapter none, as it is compared with itself without the adapter. */
export function referenceMemory(use: StageUse, graph: ModelGraph, what = 'reference'): MemoryRow[] {
  if (graph.adapter) return [];
  const bytes = graph.parameters().reduce((sum, parameter) => sum + 4 * parameter.numel(), 0);
  return [{ name: `${titleOf(use)} ${what}`, bytes }];
}
