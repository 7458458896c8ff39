/** Prompts and the completions that are given to them, in one pass of the decoder. */
import { flattenTrees, type PackedBatch, packTensors, type Targets, type TokenTree } from '../batch/index.js';
import type { ModelGraph } from '../models/index.js';
import type { EncodedMedia } from '../rollout/index.js';
import type { Tensor } from '../tensor/index.js';

/** Tokens of a pass, so that its memory has a bound. */
export function passTokens({ headWeight }: ModelGraph): number {
  return headWeight.device === 'cpu' ? 8192 : 65_536;
}

/**
 * @param media with the tracks of the trees: its tensors may outlive the pass's
 * @returns normalised hidden states, one a row of the batch; its sequences are in the order of the trees
 */
export function forcedPass(
  graph: ModelGraph,
  trees: readonly TokenTree[],
  media: EncodedMedia,
): { hidden: Tensor; batch: PackedBatch; targets: Targets } {
  const batch = flattenTrees(trees, graph.layOut);
  const { packed, targets } = packTensors(batch, graph.headWeight.device, media.tokens);
  return { hidden: graph.forward(packed), batch, targets };
}
