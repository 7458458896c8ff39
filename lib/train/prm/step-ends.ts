// Where a reward model looks: at the last token of a step, or of a whole completion. In a tree of tokens that is the row which
// predicts the token after it.

import { flattenTrees, packTensors, type TokenNode, type TokenTree } from '../../batch/index.js';
import { type ModelGraph, targetStates } from '../../models/index.js';
import type { Tensor } from '../../tensor/index.js';
import { encodeParts, type TrainableModel } from '../model.js';
import type { RewardHead } from './reward-head.js';

/** Token ids of steps, each tokenised apart. @throws RangeError for a step without tokens */
export function encodeSteps(model: TrainableModel, id: string, steps: readonly string[]): number[][] {
  return steps.map((step, i) => {
    const ids = encodeParts(model, id, [step]);
    if (ids.length > 0) return ids;
    throw new RangeError(`sample '${id}': step ${i} has no tokens; leave it out, or join it with another`);
  });
}

/** Steps as one node, each of whose ends is looked at. Its last token is one that nothing reads. */
export function stepsNode(steps: readonly (readonly number[])[]): TokenNode {
  const ids = [...steps.flat(), 0];
  const lossMask = ids.map(() => 0);
  let end = 0;
  for (const { length } of steps) {
    end += length;
    lossMask[end] = 1;
  }
  return { ids, lossMask };
}

interface StepLogits {
  /** float32 [ends, 2], in the order of the trees' sequences. */
  logits: Tensor;
  /** Tokens of the packed sequence. */
  numTokens: number;
}

/** One pass. */
export function stepLogits(
  { graph, head }: { graph: ModelGraph; head: RewardHead },
  trees: readonly TokenTree[],
): StepLogits {
  const batch = flattenTrees(trees, graph.layOut);
  const { packed, targets } = packTensors(batch, graph.headWeight.device);
  const { hidden, rows } = targetStates(graph, packed, targets);
  return { logits: head.forward(hidden.indexSelect(0, rows)), numTokens: batch.ids.length };
}
