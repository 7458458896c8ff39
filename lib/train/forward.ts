// One teacher-forced pass: packed prompts and completions in, log-probabilities of the completion tokens out.

import { type PackItem, pack, packTensors } from '../batch/index.js';
import { linearLogprob } from '../kernels/index.js';
import type { OmniGraph } from '../models/index.js';
import { checkOptions, type Tensor } from '../tensor/index.js';

export interface CompletionLogprobs {
  /** fp32 [N]: completions end to end, in the order of the items. */
  logp: Tensor;
  /** fp32 [N], when asked for. */
  entropy?: Tensor;
  /** int64 [C + 1] */
  cuSeqlens: Tensor;
  /** Tokens of the packed sequence, media and prompts included. */
  numTokens: number;
}

export function completionLogprobs(
  graph: OmniGraph,
  items: readonly PackItem[],
  options: { temperature?: number; entropy?: boolean } = {},
): CompletionLogprobs {
  checkOptions('completionLogprobs', options, ['temperature', 'entropy']);
  const batch = pack(items, graph.layOut);
  const { packed, targets } = packTensors(batch, graph.headWeight.device);
  const hidden = graph.forward(packed);
  const { logp, entropy } = linearLogprob(hidden, graph.headWeight, targets.targets, {
    ...options,
    rows: targets.rows,
  });
  return { logp, entropy, cuSeqlens: targets.cuSeqlens, numTokens: batch.ids.length };
}
