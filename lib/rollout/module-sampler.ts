/**
 * Samples through a graph's modules: for graphs without a decoder that the native loop takes, and on devices. Media and prompt
 * pass the decoder once, whatever the number of completions; each completion is a child node of its prompt over one cache.
 */
import { setImmediate as macrotask } from 'node:timers/promises';
import { flattenTrees, int64, type PackedBatch, packTensors, packText } from '../batch/index.js';
import { type NodeRow, nodeTable } from '../kernels/index.js';
import type { KvCache } from '../models/index.js';
import { functional as F } from '../nn/index.js';
import { noGrad, scope, type Tensor, torch } from '../tensor/index.js';
import { CapturedSteps, type Recorder, recorderOf } from './captured-steps.js';
import { uniformAt } from './counter-rng.js';
import { EncodedMedia } from './encoded-media.js';
import { checkRoom, type SampleTask } from './sample-task.js';
import { sampleTokens } from './sample-tokens.js';
import { append, end, type Sequence } from './sequence.js';

/** What one call works with. */
interface Sampling extends SampleTask {
  batch: PackedBatch;
  cache: KvCache;
  /** First row of each sequence's own keys in the cache. */
  rows: ReadonlyMap<Sequence, number>;
  /** Nodes of the prompts, without queries. */
  ancestors: readonly NodeRow[];
  captured: CapturedSteps;
}

/** @param recorder of steps that are replayed; null: none are */
export async function sampleByModules(
  task: SampleTask,
  recorder: Recorder | null = recorderOf(task.graph),
): Promise<Sequence[]> {
  const { graph, prompts, params, options } = task;
  const batch = flattenTrees(
    task.trees.map(({ tree }) => tree),
    graph.layOut,
  );
  const promptRows = batch.ids.length;
  const all = promptRows + prompts.length * params.numGenerations * params.maxNewTokens;
  // First: lists of sequences and the cache are as long as the options say.
  checkRoom(prompts.length, params, 'keys and values', graph.cacheBytes(all));
  const sequences = task.sequences(batch.ends);
  const rows = new Map(sequences.map((sequence, i) => [sequence, promptRows + i * params.maxNewTokens]));
  // Tokens that the caller keeps belong to the caller's scope.
  if (options.signal?.aborted !== true) options.media?.encode(prompts);
  const cache = graph.newCache(all);
  const ancestors = batch.nodes.map((node): NodeRow => ({ ...node, q: [0, 0] }));
  const captured = new CapturedSteps({ graph, cache, ancestors, rows, room: params.maxNewTokens }, recorder);
  try {
    await noGrad(() => scope(() => grow({ ...task, batch, cache, rows, ancestors, captured }, sequences)));
  } finally {
    captured.dispose();
    cache.dispose();
  }
  return sequences;
}

async function grow(sampling: Sampling, sequences: Sequence[]): Promise<void> {
  const { graph, prompts, params, options, captured } = sampling;
  let growing = sequences;
  let hidden: Tensor | null = null;
  for (let step = 0; step < params.maxNewTokens; step += 1) {
    if (!isAborted(options)) hidden ??= await scope(() => prefill(sampling, sequences));
    if (hidden === null || isAborted(options)) {
      for (const sequence of growing) end(sequence, 'abort', options);
      return;
    }
    const logits: Tensor = hidden;
    const { ids, logprobs } = scope(() =>
      sampleTokens(
        F.linear(logits, graph.headWeight),
        growing.map(({ key }) => uniformAt(key, step)),
        {
          temperature: params.temperature,
          topP: params.topP,
          topK: params.topK,
          minP: params.minP,
          repetitionPenalty: params.repetitionPenalty,
        },
        {
          name: (i) =>
            `generate: sample '${prompts[growing[i].prompt].id}', completion ${growing[i].index}, step ${step}`,
          seen: (i) => growing[i].seen ?? [],
        },
      ),
    );
    hidden.dispose();
    const isLast = step + 1 === params.maxNewTokens;
    for (const [i, sequence] of growing.entries()) append(sequence, ids[i], logprobs[i], isLast, options);
    growing = growing.filter(({ finishReason }) => finishReason === null);
    options.onStep?.(growing.length);
    if (growing.length === 0) return;
    hidden = captured.next(growing, step) ?? scope(() => decodeStep(sampling, growing, step));
    await macrotask();
  }
}

const isAborted = ({ signal }: SampleTask['options']): boolean => signal?.aborted === true;

/**
 * Runs the prompts through the decoder and fills the cache. -> hidden states that predict each sequence's first token, or null
 * when the signal comes while the towers work
 */
async function prefill(
  { graph, prompts, batch, cache, options }: Sampling,
  sequences: readonly Sequence[],
): Promise<Tensor | null> {
  const { device } = graph.headWeight;
  const media = options.media ?? new EncodedMedia(graph);
  media.encode(prompts);
  // Signals come between tasks, and both passes take long.
  await macrotask();
  if (isAborted(options)) return null;
  const { packed } = packTensors(batch, device, media.tokens);
  const rows = torch.arange(0, batch.ids.length, { device });
  const hidden = graph.forward(packed, { cache: { store: cache, rows } });
  const ends = int64(
    sequences.map(({ end }) => end.row),
    device,
  );
  const last = hidden.indexSelect(0, ends);
  await macrotask();
  return last;
}

/** Feeds the token that was sampled for each sequence at `step`. -> hidden states that predict the next ones */
function decodeStep(
  { graph, cache, rows: firstRows, ancestors }: Sampling,
  growing: readonly Sequence[],
  step: number,
): Tensor {
  const first = growing.map((sequence) => firstRows.get(sequence) as number);
  const nodes = growing.map(
    ({ end }, i): NodeRow => ({
      q: [i, i + 1],
      k: [first[i], first[i] + step + 1],
      parent: end.node,
      causal: true,
    }),
  );
  const positions = growing.map(({ end }) => end.next + step);
  const { device } = graph.headWeight;
  const rows = int64(
    first.map((row) => row + step),
    device,
  );
  const ids = growing.map((sequence) => sequence.ids[step]);
  const packed = packText(ids, positions, nodeTable([...ancestors, ...nodes]), device);
  return graph.forward(packed, { media: {}, cache: { store: cache, rows } });
}
