/** What the sampler is given, and how it is checked. */
import type { Prompt } from '../batch/index.js';
import type { Completion, SamplingParams } from '../data/index.js';
import {
  allRequired,
  checkOption,
  checkOptions,
  instanceOf,
  kinds,
  listOf,
  type OptionKind,
  required,
} from '../tensor/index.js';
import type { Decode } from './completion-text.js';
import { EncodedMedia } from './encoded-media.js';
import { samplingKinds } from './sample-tokens.js';

export interface SamplerOptions {
  /** Ids that end a completion. */
  stopIds: readonly number[];
  decode: Decode;
  /** For each prompt, ids that its completions continue. They hold the continuation only. */
  prefixes?: readonly (readonly number[])[];
  /** For each prompt, the stream of its random numbers, see `prefixStream`. Default 0 each. */
  streams?: readonly number[];
  /** For each prompt, the seed of its random numbers. Default: that of the params. */
  seeds?: readonly number[];
  /** Tokens of media that passed the towers before; it takes those of the others. Its tensors belong to the caller's scope. */
  media?: EncodedMedia;
  /** Ends all completions as they are, with finishReason 'abort'. */
  signal?: AbortSignal;
  /** Hears after each step how many completions still grow. */
  onStep?: (growing: number) => void;
  /** Hears the text as it grows. */
  onText?: (piece: SampledText) => void;
  /** Hears once of each prompt how likely its tokens and those of its prefix are, see `promptLogprobs`. */
  onPromptLogprobs?: (prompt: number, logprobs: (number | null)[]) => void;
}

/** A piece of a completion's text. */
export interface SampledText {
  /** Index of the prompt, and of the completion among the prompt's. */
  prompt: number;
  index: number;
  text: string;
  /** With the last piece. */
  completion?: Completion;
}

const stopStrings: OptionKind = {
  expected: 'a list of texts, none of them empty',
  type: 'object',
  fits: (value) => Array.isArray(value) && value.every((text) => typeof text === 'string' && text !== ''),
};

const neededParams = {
  ...samplingKinds,
  numGenerations: kinds.countFrom1,
  maxNewTokens: kinds.countFrom1,
  seed: kinds.seed,
};
const optionalParams = { stop: stopStrings, includeStop: kinds.boolean };
/** What params are checked against where defaults fill in what is left out. */
export const paramKinds = { ...neededParams, ...optionalParams };
const completeParams = { ...allRequired(neededParams), ...optionalParams };

const ids = listOf(kinds.count);
export const encodedMediaKind = instanceOf(EncodedMedia, 'an EncodedMedia');
const optionKinds = {
  stopIds: required(ids),
  decode: required(kinds.function),
  prefixes: { ...listOf(ids), expected: 'a list of lists of token ids, one a prompt' },
  streams: listOf(kinds.count),
  seeds: listOf(kinds.seed),
  media: encodedMediaKind,
  signal: kinds.abortSignal,
  onStep: kinds.function,
  onText: kinds.function,
  onPromptLogprobs: kinds.function,
};

/** @throws TypeError and RangeError naming what is not as its type says */
export function checkSampling(
  prompts: readonly Prompt[],
  params: SamplingParams,
  options: SamplerOptions,
): void {
  checkOption('sampleBatch', 'prompts', prompts, required(kinds.list));
  for (const [i, prompt] of prompts.entries()) {
    const place = `prompts[${i}]`;
    checkOption('sampleBatch', place, prompt, kinds.object);
    checkOption('sampleBatch', `${place}.id`, prompt.id, required(kinds.string));
    checkOption('sampleBatch', `${place}.question`, prompt.question, required(ids));
  }
  checkOptions('sampleBatch: params', params, completeParams);
  checkOptions('sampleBatch', options, optionKinds);
  for (const name of ['prefixes', 'streams', 'seeds'] as const) {
    const list = options[name];
    if (list !== undefined && list.length !== prompts.length)
      throw new RangeError(
        `sampleBatch: ${name}: expected ${prompts.length} values, one a prompt, got ${list.length}`,
      );
  }
}
