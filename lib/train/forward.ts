// One teacher-forced pass: trees of tokens in, log-probabilities of their targets out.

import {
  type EncodedTracks,
  flattenTrees,
  type PackedBatch,
  packTensors,
  type TokenTree,
} from '../batch/index.js';
import { linearLogprob } from '../kernels/index.js';
import { type ModelGraph, targetStates } from '../models/index.js';
import { checkOptions, type Tensor } from '../tensor/index.js';

/** Numbers of tracks. */
export interface TrackCounts {
  vision: number;
  audio: number;
}

export interface CompletionLogprobs {
  /** fp32 [N]: the trees' sequences end to end, see `PackedBatch`. */
  logp: Tensor;
  /** fp32 [N], when asked for. */
  entropy?: Tensor;
  /** int64 [S + 1] */
  cuSeqlens: Tensor;
  /** Tokens of the packed sequence, media and prompts included. */
  numTokens: number;
  /** Tracks that passed a tower. */
  passed: TrackCounts;
}

export interface LogprobOptions {
  temperature?: number;
  entropy?: boolean;
  /** Tokens of tracks that were encoded before: where all tracks of a kind are among them, their tower does not run. */
  encoded?: EncodedTracks;
}

export function completionLogprobs(
  graph: ModelGraph,
  trees: readonly TokenTree[],
  options: LogprobOptions = {},
): CompletionLogprobs {
  checkOptions('completionLogprobs', options, ['temperature', 'entropy', 'encoded']);
  const { encoded, ...scoring } = options;
  const batch = flattenTrees(trees, graph.layOut);
  const { packed, targets } = packTensors(batch, graph.headWeight.device, encoded);
  const { hidden, rows } = targetStates(graph, packed, targets);
  const { logp, entropy } = linearLogprob(hidden, graph.headWeight, targets.targets, { ...scoring, rows });
  const passed = {
    vision: packed.vision && !('encoded' in packed.vision) ? tracksIn(batch, 'vision') : 0,
    audio: packed.audio && !('encoded' in packed.audio) ? tracksIn(batch, 'audio') : 0,
  };
  return { logp, entropy, cuSeqlens: targets.cuSeqlens, numTokens: batch.ids.length, passed };
}

function tracksIn({ roots }: PackedBatch, kind: keyof TrackCounts): number {
  return new Set(roots.flatMap((root) => root[kind] ?? [])).size;
}
