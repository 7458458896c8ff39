// One teacher-forced pass: trees of tokens in, log-probabilities of their targets out.

import { flattenTrees, packTensors, type TokenTree } from '../batch/index.js';
import { linearLogprob } from '../kernels/index.js';
import type { ModelGraph } from '../models/index.js';
import { checkOptions, type Tensor } from '../tensor/index.js';

export interface CompletionLogprobs {
  /** fp32 [N]: the trees' sequences end to end, see `PackedBatch`. */
  logp: Tensor;
  /** fp32 [N], when asked for. */
  entropy?: Tensor;
  /** int64 [S + 1] */
  cuSeqlens: Tensor;
  /** Tokens of the packed sequence, media and prompts included. */
  numTokens: number;
}

export function completionLogprobs(
  graph: ModelGraph,
  trees: readonly TokenTree[],
  options: { temperature?: number; entropy?: boolean } = {},
): CompletionLogprobs {
  checkOptions('completionLogprobs', options, ['temperature', 'entropy']);
  const batch = flattenTrees(trees, graph.layOut);
  const { packed, targets } = packTensors(batch, graph.headWeight.device);
  const hidden = graph.forward(packed);
  const { logp, entropy } = linearLogprob(hidden, graph.headWeight, targets.targets, {
    ...options,
    rows: targets.rows,
  });
  return { logp, entropy, cuSeqlens: targets.cuSeqlens, numTokens: batch.ids.length };
}
