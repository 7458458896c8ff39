/**
 * Samples completions for many prompts at once. Media and prompt pass the decoder once, whatever the number of
 * completions; each completion is then a child node of its prompt over one shared KV cache.
 */
import { setImmediate as macrotask } from 'node:timers/promises';
import {
  flattenTrees,
  int64,
  type NodeEnd,
  type PackedBatch,
  type Prompt,
  packTensors,
  packText,
  type TokenNode,
  type TokenTree,
} from '../batch/index.js';
import type { Completion, SamplingParams } from '../data/index.js';
import { type NodeRow, nodeTable } from '../kernels/index.js';
import { type KvCache, type ModelGraph, memoryBytes } from '../models/index.js';
import { functional as F } from '../nn/index.js';
import { noGrad, scope, type Tensor, torch } from '../tensor/index.js';
import { CompletionText, type Decode, decodeAfter } from './completion-text.js';
import { streamKey, uniformAt } from './counter-rng.js';
import { EncodedMedia } from './encoded-media.js';
import { sampleTokens } from './sample-tokens.js';
import { checkSampling, type SamplerOptions } from './sampler-options.js';

/** One completion while it grows. */
interface Sequence {
  ids: number[];
  logprobs: number[];
  /** null: it grows. */
  finishReason: Completion['finishReason'] | null;
  /** Of its prompt in the prompts' batch. */
  end: NodeEnd;
  /** First row of its own keys in the cache. */
  row: number;
  key: number;
  /** Which prompt it is of, and which of its completions this is. */
  prompt: number;
  index: number;
  decode: Decode;
  /** Where stop strings or a listener need its text while it grows. */
  text: CompletionText | null;
  /** Ids that occurred, where there is a penalty on them. */
  seen: Set<number> | null;
}

/** What one call works with. */
interface Sampling {
  graph: ModelGraph;
  prompts: readonly Prompt[];
  params: SamplingParams;
  options: SamplerOptions;
  batch: PackedBatch;
  cache: KvCache;
}

/**
 * `numGenerations` completions for each prompt. A completion depends on the params, its prompt and prefix, and its numbers
 * on (seed, prompt id, occurrence, stream, index) alone: not on what it is sampled with.
 */
export async function sampleBatch(
  graph: ModelGraph,
  prompts: readonly Prompt[],
  params: SamplingParams,
  options: SamplerOptions,
): Promise<Completion[][]> {
  checkSampling(prompts, params, options);
  const { numGenerations, maxNewTokens } = params;
  const trees = prompts.map((prompt, i) => promptTree(prompt, options.prefixes?.[i]));
  const batch = flattenTrees(
    trees.map(({ tree }) => tree),
    graph.layOut,
  );
  const ends = trees.map(({ last }, i) => {
    const end = batch.ends.get(last) as NodeEnd;
    if (end.row < 0) throw new RangeError(`sampleBatch: prompts[${i}]: expected at least one token`);
    return end;
  });
  const promptRows = batch.ids.length;
  const rows = promptRows + prompts.length * numGenerations * maxNewTokens;
  checkRoom(graph, prompts.length, rows, params);
  const sequences = ends.flatMap((end, i) =>
    Array.from({ length: numGenerations }, (_, k) => {
      const row = promptRows + (i * numGenerations + k) * maxNewTokens;
      return newSequence(prompts[i], params, options, { end, row, prompt: i, index: k });
    }),
  );
  // Tokens that the caller keeps belong to the caller's scope.
  if (!isAborted(options)) options.media?.encode(prompts);
  const cache = graph.newCache(rows);
  try {
    const sampling = { graph, prompts, params, options, batch, cache };
    await noGrad(() => scope(() => grow(sampling, sequences)));
  } finally {
    cache.dispose();
  }
  const completions = sequences.map((sequence) => finished(sequence, options));
  return prompts.map((_, i) => completions.slice(i * numGenerations, (i + 1) * numGenerations));
}

/** A prompt, what its completions continue, and the node after which they go on. */
function promptTree(
  { root, question }: Prompt,
  prefix: readonly number[] = [],
): { tree: TokenTree; last: TokenNode } {
  const asked: TokenNode = { ids: question };
  if (prefix.length === 0) return { tree: { root, children: [asked] }, last: asked };
  const last: TokenNode = { ids: prefix };
  return { tree: { root, children: [{ ...asked, children: [last] }] }, last };
}

function newSequence(
  { id, occurrence, root, question }: Prompt,
  { seed, stop = [], includeStop = true, repetitionPenalty }: SamplingParams,
  { streams, prefixes, decode, onText }: SamplerOptions,
  place: Pick<Sequence, 'end' | 'row' | 'prompt' | 'index'>,
): Sequence {
  const { prompt, index } = place;
  const prefix = prefixes?.[prompt];
  const decodeIds = decodeAfter(decode, prefix);
  return {
    ...place,
    decode: decodeIds,
    ids: [],
    logprobs: [],
    finishReason: null,
    key: streamKey(seed, id, index, occurrence, streams?.[prompt]),
    text: stop.length > 0 || onText !== undefined ? new CompletionText(decodeIds, stop, includeStop) : null,
    seen: repetitionPenalty === 1 ? null : new Set([...root.textIds, ...question, ...(prefix ?? [])]),
  };
}

/** Checked first: lists of sequences and the cache are as long as the options say. */
function checkRoom(graph: ModelGraph, prompts: number, rows: number, params: SamplingParams): void {
  const bytes = graph.cacheBytes(rows);
  if (bytes <= memoryBytes()) return;
  throw new RangeError(
    `generate: ${prompts} prompts with numGenerations ${params.numGenerations} and maxNewTokens ${params.maxNewTokens} ` +
      `need keys and values of ${(bytes / 2 ** 30).toFixed(1)} GiB, more than this machine has`,
  );
}

async function grow(sampling: Sampling, sequences: Sequence[]): Promise<void> {
  const { graph, prompts, batch, params, options } = sampling;
  const ancestors = batch.nodes.map((node): NodeRow => ({ ...node, q: [0, 0] }));
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
    hidden = scope(() => decodeStep(sampling, growing, ancestors, step));
    await macrotask();
  }
}

/** Appends a token, and ends the completion where it must. */
function append(
  sequence: Sequence,
  id: number,
  logprob: number,
  isLast: boolean,
  options: SamplerOptions,
): void {
  const { text, prompt, index } = sequence;
  sequence.ids.push(id);
  sequence.logprobs.push(logprob);
  sequence.seen?.add(id);
  const isEnd = options.stopIds.includes(id);
  if (!isEnd) text?.push(id);
  if (isEnd || text?.stopped) end(sequence, 'stop', options);
  else if (isLast) end(sequence, 'length', options);
  else if (options.onText !== undefined) {
    const piece = (text as CompletionText).take();
    if (piece !== '') options.onText({ prompt, index, text: piece });
  }
}

function end(sequence: Sequence, reason: Completion['finishReason'], options: SamplerOptions): void {
  sequence.finishReason = reason;
  if (options.onText === undefined) return;
  const { prompt, index, text } = sequence;
  const completion = finished(sequence, options);
  options.onText({ prompt, index, text: text?.finish(completion.text) ?? '', completion });
}

function finished(sequence: Sequence, { stopIds }: SamplerOptions): Completion {
  const { ids, logprobs, finishReason, text, decode } = sequence;
  const reason = finishReason as Completion['finishReason'];
  if (text?.stopped) return { text: text.text, ids, logprobs, finishReason: reason };
  const isEnded = ids.length > 0 && stopIds.includes(ids[ids.length - 1]);
  return { text: decode(isEnded ? ids.slice(0, -1) : ids), ids, logprobs, finishReason: reason };
}

const isAborted = ({ signal }: SamplerOptions): boolean => signal?.aborted === true;

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
  { graph, cache }: Sampling,
  growing: readonly Sequence[],
  ancestors: NodeRow[],
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
  const { device } = graph.headWeight;
  const rows = int64(
    growing.map(({ row }) => row + step),
    device,
  );
  const ids = growing.map((sequence) => sequence.ids[step]);
  const packed = packText(ids, positions, nodeTable([...ancestors, ...nodes]), device);
  return graph.forward(packed, { media: {}, cache: { store: cache, rows } });
}
