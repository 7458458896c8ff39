/** Completions while they grow: their tokens, text and ends, wherever the tokens come from. */
import type { NodeEnd, Prompt } from '../batch/index.js';
import type { Completion, SamplingParams } from '../data/index.js';
import { CompletionText, type Decode, decodeAfter } from './completion-text.js';
import { streamKey } from './counter-rng.js';
import type { SamplerOptions } from './sampler-options.js';

/** One completion while it grows. */
export interface Sequence {
  ids: number[];
  logprobs: number[];
  /** null: it grows. */
  finishReason: Completion['finishReason'] | null;
  /** Of its prompt in the prompts' batch. */
  end: NodeEnd;
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

export function newSequence(
  { id, occurrence, root, question }: Prompt,
  { seed, stop = [], includeStop = true, repetitionPenalty }: SamplingParams,
  { streams, seeds, prefixes, decode, onText }: SamplerOptions,
  place: Pick<Sequence, 'end' | 'prompt' | 'index'>,
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
    key: streamKey(seeds?.[prompt] ?? seed, id, index, occurrence, streams?.[prompt]),
    text: stop.length > 0 || onText !== undefined ? new CompletionText(decodeIds, stop, includeStop) : null,
    seen: repetitionPenalty === 1 ? null : new Set([...root.textIds, ...question, ...(prefix ?? [])]),
  };
}

/** Appends a token, and ends the completion where it must. @param isLast no token may follow */
export function append(
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

export function end(sequence: Sequence, reason: Completion['finishReason'], options: SamplerOptions): void {
  sequence.finishReason = reason;
  if (options.onText === undefined) return;
  const { prompt, index, text } = sequence;
  const completion = finished(sequence, options);
  options.onText({ prompt, index, text: text?.finish(completion.text) ?? '', completion });
}

export function finished(sequence: Sequence, { stopIds }: SamplerOptions): Completion {
  const { ids, logprobs, finishReason, text, decode } = sequence;
  const reason = finishReason as Completion['finishReason'];
  if (text?.stopped) return { text: text.text, ids, logprobs, finishReason: reason };
  const isEnded = ids.length > 0 && stopIds.includes(ids[ids.length - 1]);
  return { text: decode(isEnded ? ids.slice(0, -1) : ids), ids, logprobs, finishReason: reason };
}
