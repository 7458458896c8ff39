/** How likely a model finds the text of a prompt. */
import { flattenTrees, int64, Modality, type Prompt, packTensors } from '../batch/index.js';
import { linearLogprob } from '../kernels/index.js';
import type { ModelGraph } from '../models/index.js';
import { noGrad, scope } from '../tensor/index.js';
import type { EncodedMedia } from './encoded-media.js';

/**
 * Log-softmax at the temperature (0 counts as 1) of each token of the prompt and of what follows it, given those before;
 * null for the first token and for tokens of media.
 */
export function promptLogprobs(
  graph: ModelGraph,
  { root, question }: Prompt,
  {
    prefix = [],
    temperature,
    media,
  }: { prefix?: readonly number[]; temperature: number; media: EncodedMedia },
): (number | null)[] {
  media.encode([{ root }]);
  const tree = { root, children: [{ ids: question, children: [{ ids: prefix }] }] };
  const { ids, modality, ...batch } = flattenTrees([tree], graph.layOut);
  const { device } = graph.headWeight;
  // A tree of one path: its rows are in the order of the path.
  const scored = [...ids.keys()].filter((row) => row > 0 && modality[row] === Modality.text);
  if (scored.length === 0) return ids.map(() => null);
  const logp = scope(() =>
    noGrad(() => {
      const { packed } = packTensors({ ids, modality, ...batch }, device, media.tokens);
      const hidden = graph.forward(packed);
      const options = {
        rows: int64(
          scored.map((row) => row - 1),
          device,
        ),
        temperature: temperature || 1,
      };
      const targets = int64(
        scored.map((row) => ids[row]),
        device,
      );
      return linearLogprob(hidden, graph.headWeight, targets, options).logp.toArray() as number[];
    }),
  );
  const byRow = new Map(scored.map((row, i) => [row, logp[i]]));
  return ids.map((_, row) => byRow.get(row) ?? null);
}
