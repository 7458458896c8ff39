/** Prompts and the completions that are given to them, in one pass of the decoder. */
import { flattenTrees, type PackedBatch, packTensors, type TokenTree } from '../batch/index.js';
import { type ModelGraph, targetStates } from '../models/index.js';
import type { EncodedMedia } from '../rollout/index.js';
import type { Tensor } from '../tensor/index.js';

/** The sequences of the batch are in the order of the trees. */
interface ForcedPass extends Pick<PackedBatch, 'cuSeqlens'> {
  /** Normalised hidden states. */
  hidden: Tensor;
  /** int64 [N]: the row of `hidden` that predicts target n. */
  rows: Tensor;
  /** int64 [N] */
  targets: Tensor;
}

/** Tokens of a pass, so that its memory has a bound. */
export function passTokens({ headWeight }: ModelGraph): number {
  return headWeight.device === 'cpu' ? 8192 : 65_536;
}

/** @param media with the tracks of the trees: its tensors may outlive the pass's */
export function forcedPass(graph: ModelGraph, trees: readonly TokenTree[], media: EncodedMedia): ForcedPass {
  const batch = flattenTrees(trees, graph.layOut);
  const { packed, targets } = packTensors(batch, graph.headWeight.device, media.tokens);
  const { hidden, rows } = targetStates(graph, packed, targets);
  return { hidden, rows, targets: targets.targets, cuSeqlens: batch.cuSeqlens };
}
