/**
 * Samples completions for many prompts at once. Media and prompt pass the decoder once, whatever the number of
 * completions; each completion is then a child node of its question over one shared KV cache.
 */
import { setImmediate as macrotask } from 'node:timers/promises';
import {
  completionTree,
  flattenTrees,
  Modality,
  type NodeEnd,
  type PackedBatch,
  type Prompt,
  packTensors,
} from '../batch/index.js';
import { type NodeRow, nodeTable } from '../kernels/index.js';
import { type KvCache, type ModelGraph, memoryBytes } from '../models/index.js';
import { functional as F } from '../nn/index.js';
import {
  allRequired,
  checkOption,
  checkOptions,
  kinds,
  listOf,
  noGrad,
  required,
  scope,
  type Tensor,
  torch,
} from '../tensor/index.js';
import { streamKey, uniformAt } from './counter-rng.js';
import { type SamplingOptions, sampleTokens, samplingKinds } from './sample-tokens.js';

export interface SamplerOptions extends SamplingOptions {
  numGenerations: number;
  maxNewTokens: number;
  seed: number;
  /** Ids that end a completion. */
  stopIds: readonly number[];
}

/** What the options are checked against. @internal */
export const samplerKinds = {
  ...samplingKinds,
  numGenerations: kinds.countFrom1,
  maxNewTokens: kinds.countFrom1,
  seed: kinds.seed,
  stopIds: listOf(kinds.count),
};
const batchKinds = allRequired(samplerKinds);

export interface SampledCompletion {
  /** With the stop token, if it was reached. */
  ids: number[];
  logprobs: number[];
  finishReason: 'stop' | 'length';
}

/** One completion while it grows. */
interface Sequence extends SampledCompletion {
  /** Of its question in the prompts' batch. */
  end: NodeEnd;
  /** First row of its own keys in the cache. */
  row: number;
  key: number;
  /** The prompt's id, and which of its completions this is. */
  id: string;
  index: number;
}

/** Samples `numGenerations` completions for each prompt; `onStep` hears how many completions still grow. */
export async function sampleBatch(
  graph: ModelGraph,
  prompts: readonly Prompt[],
  options: SamplerOptions,
  onStep?: (growing: number) => void,
): Promise<SampledCompletion[][]> {
  checkOptions('sampleBatch', options, batchKinds);
  for (const [i, prompt] of prompts.entries()) {
    const place = `prompts[${i}]`;
    checkOption('sampleBatch', place, prompt, kinds.object);
    checkOption('sampleBatch', `${place}.id`, prompt.id, required(kinds.string));
    checkOption('sampleBatch', `${place}.question`, prompt.question, required(listOf(kinds.count)));
  }
  const trees = prompts.map((prompt) => completionTree(prompt, []));
  const batch = flattenTrees(trees, graph.layOut);
  for (const [i, { children }] of trees.entries()) {
    if ((batch.ends.get(children[0]) as NodeEnd).row < 0)
      throw new RangeError(`sampleBatch: prompts[${i}]: expected at least one token`);
  }
  const promptRows = batch.ids.length;
  checkRoom(graph, prompts.length, promptRows, options);
  const sequences = prompts.flatMap(({ id, occurrence }, i) =>
    Array.from({ length: options.numGenerations }, (_, k): Sequence => {
      const end = batch.ends.get(trees[i].children[0]) as NodeEnd;
      const row = promptRows + (i * options.numGenerations + k) * options.maxNewTokens;
      const key = streamKey(options.seed, id, k, occurrence);
      const place = { end, row, key, id, index: k };
      return { ids: [], logprobs: [], finishReason: 'length', ...place };
    }),
  );
  const cache = graph.newCache(promptRows + sequences.length * options.maxNewTokens);
  try {
    await noGrad(() => scope(() => grow(graph, batch, sequences, cache, options, onStep)));
  } finally {
    cache.dispose();
  }
  return prompts.map((_, i) =>
    sequences
      .slice(i * options.numGenerations, (i + 1) * options.numGenerations)
      .map(({ ids, logprobs, finishReason }) => ({ ids, logprobs, finishReason })),
  );
}

/** Checked first: lists of sequences and the cache are as long as the options say. */
function checkRoom(graph: ModelGraph, prompts: number, promptRows: number, options: SamplerOptions): void {
  const { numGenerations, maxNewTokens } = options;
  const rows = promptRows + prompts * numGenerations * maxNewTokens;
  const bytes = graph.cacheBytes(rows);
  if (bytes <= memoryBytes()) return;
  throw new RangeError(
    `generate: ${prompts} prompts with numGenerations ${numGenerations} and maxNewTokens ${maxNewTokens} ` +
      `need keys and values of ${(bytes / 2 ** 30).toFixed(1)} GiB, more than this machine has`,
  );
}

async function grow(
  graph: ModelGraph,
  batch: PackedBatch,
  sequences: Sequence[],
  cache: KvCache,
  options: SamplerOptions,
  onStep?: (growing: number) => void,
): Promise<void> {
  const { temperature, topP, topK } = options;
  let hidden = scope(() => prefill(graph, batch, sequences, cache));
  const ancestors = batch.nodes.map((node): NodeRow => ({ ...node, q: [0, 0] }));
  let growing = sequences;
  for (let step = 0; step < options.maxNewTokens; step += 1) {
    const { ids, logprobs } = scope(() =>
      sampleTokens(
        F.linear(hidden, graph.headWeight),
        growing.map(({ key }) => uniformAt(key, step)),
        { temperature, topP, topK },
        (i) => `generate: sample '${growing[i].id}', completion ${growing[i].index}, step ${step}`,
      ),
    );
    hidden.dispose();
    growing.forEach((sequence, i) => {
      sequence.ids.push(ids[i]);
      sequence.logprobs.push(logprobs[i]);
      if (options.stopIds.includes(ids[i])) sequence.finishReason = 'stop';
    });
    growing = growing.filter(({ finishReason }) => finishReason === 'length');
    onStep?.(growing.length);
    if (growing.length === 0 || step + 1 === options.maxNewTokens) return;
    hidden = scope(() => decodeStep(graph, growing, ancestors, cache, step));
    await macrotask();
  }
}

/** Runs the prompts through the decoder and fills the cache. -> hidden states that predict each sequence's first token */
function prefill(graph: ModelGraph, batch: PackedBatch, sequences: Sequence[], cache: KvCache): Tensor {
  const { packed } = packTensors(batch, graph.headWeight.device);
  const rows = torch.arange(0, batch.ids.length, { device: graph.headWeight.device });
  const hidden = graph.forward(packed, { cache: { store: cache, rows } });
  return hidden.indexSelect(
    0,
    int64(
      sequences.map(({ end }) => end.row),
      graph,
    ),
  );
}

/** Feeds the token that was sampled for each sequence at `step`. -> hidden states that predict the next ones */
function decodeStep(
  graph: ModelGraph,
  growing: readonly Sequence[],
  ancestors: NodeRow[],
  cache: KvCache,
  step: number,
): Tensor {
  const nodes = growing.map(
    ({ end, row }, i): NodeRow => ({
      q: [i, i + 1],
      k: [row, row + step + 1],
      parent: end.node,
      causal: true,
    }),
  );
  const positions = growing.map(({ end }) => end.next + step);
  const device = graph.headWeight.device;
  return graph.forward(
    {
      inputIds: int64(
        growing.map(({ ids }) => ids[step]),
        graph,
      ),
      positions: torch
        .tensor(Float32Array.from([...positions, ...positions, ...positions]), { device })
        .reshape([3, growing.length]),
      modality: torch.full([growing.length], Modality.text, { dtype: 'uint8', device }),
      nodes: nodeTable([...ancestors, ...nodes]),
    },
    {
      media: {},
      cache: {
        store: cache,
        rows: int64(
          growing.map(({ row }) => row + step),
          graph,
        ),
      },
    },
  );
}

function int64(values: readonly number[], graph: ModelGraph): Tensor {
  return torch.tensor(BigInt64Array.from(values, BigInt), { device: graph.headWeight.device });
}
