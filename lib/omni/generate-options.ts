/** What `generate` and its like are asked for, and the defaults of what is left out. */
import { allViews, type Completion, type SamplingParams, type View } from '../data/index.js';
import { type ProtocolOption, protocolOf } from '../rewards/index.js';
import { type EncodedMedia, encodedMediaKind, paramKinds, type SampledText } from '../rollout/index.js';
import { checkOption, checkOptions, kinds, listOf, type OptionKind, oneOf } from '../tensor/index.js';

/** Text that a completion continues; parts are tokenised one by one, ids are taken as they are. */
export type CompletionPrefix = string | readonly string[] | readonly number[];

/**
 * Defaults: those of generation_config.json where the model's folder has one (without `do_sample` the likeliest tokens), else
 * 256 new tokens, temperature 1, all tokens, no penalty, one completion, seed 0, no stop strings.
 */
export interface GenerateOptions extends Partial<SamplingParams> {
  /** Which tracks the prompt shows. Default 'av'. */
  view?: View;
  /**
   * How answers are asked for and given. Under 'twoTurn' a second turn asks for the final answer, which stands in an answer
   * block at the end of each text; ids and logprobs are those of the first turn. Default: as the sample asks.
   */
  protocol?: ProtocolOption;
  /** What the completions continue; their text and ids hold the continuation only. */
  prefix?: CompletionPrefix;
  /** Whether the result has the log-probabilities of the prompt's tokens. */
  promptLogprobs?: boolean;
  /** Ends the completions: what there is of them is the result, with finishReason 'abort'. */
  signal?: AbortSignal;
}

export interface GenerateBatchOptions extends Omit<GenerateOptions, 'promptLogprobs'> {
  /** For each sample, how often the training has sampled it before: each time other completions. Default 0 each. */
  occurrences?: readonly number[];
}

export interface SamplePromptsOptions {
  /** Tokens of media that passed the towers before; those of the other prompts are added. */
  media?: EncodedMedia;
  /** For each prompt, what its completions continue. */
  prefixes?: readonly CompletionPrefix[];
  /** For each prompt, which try this is at continuing its prefix: each time other completions. Default 0 each. */
  tries?: readonly number[];
  /** For each prompt, its seed. Default: that of the params. */
  seeds?: readonly number[];
  signal?: AbortSignal;
  /** Hears the text as it grows. */
  onText?: (piece: SampledText) => void;
  /** Hears once of each prompt how likely its tokens are, as `promptLogprobs` of `generate`. */
  onPromptLogprobs?: (prompt: number, logprobs: (number | null)[]) => void;
}

export interface Generation {
  completions: Completion[];
  promptTokens: { text: number; audio: number; video: number };
  /**
   * When asked for: one entry a token of the prompt, media and prefix included, log-softmax at the temperature (0 counts as
   * 1); null for the first token and for tokens of media. None where the signal ended the completions.
   */
  promptLogprobs?: (number | null)[];
}

/** A piece of text as it comes. */
export interface TextPiece {
  text: string;
  /** Which of the completions it belongs to. */
  index: number;
  /** The whole completion, with its last piece. */
  completion?: Completion;
}

export const prefixKind: OptionKind = {
  expected: 'a text, a list of texts or a list of token ids',
  type: 'object',
  fits: (value) =>
    typeof value === 'string' ||
    (Array.isArray(value) &&
      (value.every((part) => typeof part === 'string') || value.every(kinds.count.fits))),
};

const samplePromptsKinds = {
  media: encodedMediaKind,
  prefixes: listOf(prefixKind),
  tries: listOf(kinds.count),
  seeds: listOf(kinds.seed),
  signal: kinds.abortSignal,
  onText: kinds.function,
  onPromptLogprobs: kinds.function,
};

const generateKinds = {
  ...paramKinds,
  view: oneOf(...allViews),
  protocol: kinds.passedOn,
  prefix: prefixKind,
  promptLogprobs: kinds.boolean,
  signal: kinds.abortSignal,
};

const { promptLogprobs: _, ...batchKinds } = generateKinds;

const defaultParams: SamplingParams = {
  maxNewTokens: 256,
  temperature: 1,
  topP: 1,
  topK: 0,
  minP: 0,
  repetitionPenalty: 1,
  numGenerations: 1,
  seed: 0,
};

/** All params: what is left out, or undefined, at its default. @param defaults a model's own */
export function completeParams(
  op: string,
  given: Partial<SamplingParams>,
  defaults: Partial<SamplingParams> = {},
): SamplingParams {
  checkOptions(op, given, paramKinds);
  const defined = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaultParams, ...defaults, ...Object.fromEntries(defined) };
}

/** Completions of a prompt that a signal ended before it was made. */
export function abortedCompletions(
  prompt: number,
  { numGenerations }: SamplingParams,
  onText?: SamplePromptsOptions['onText'],
): Completion[] {
  return Array.from({ length: numGenerations }, (_, index) => {
    const completion: Completion = { text: '', ids: [], logprobs: [], finishReason: 'abort' };
    onText?.({ prompt, index, text: '', completion });
    return completion;
  });
}

/** @throws TypeError and RangeError naming the option at fault */
export function checkGenerate(options: GenerateOptions): void {
  checkOptions('generate', options, generateKinds);
}

/** The same of a text that is shown as it grows. */
export function checkStream(options: GenerateOptions): void {
  checkGenerate(options);
  if (options.protocol !== undefined && protocolOf(options.protocol).name === 'twoTurn')
    throw new TypeError(
      "stream: protocol: 'twoTurn' is not implemented: its answer comes in a second turn; use generate",
    );
}

/** The same of many samples: each would have log-probabilities of its own prompt. */
export function checkGenerateBatch(options: Omit<GenerateBatchOptions, 'occurrences'>): void {
  checkOptions('generateBatch', options, batchKinds);
}

/** @throws TypeError and RangeError naming the option at fault */
export function checkSamplePrompts(count: number, options: SamplePromptsOptions): void {
  checkOptions('samplePrompts', options, samplePromptsKinds);
  for (const name of ['prefixes', 'tries', 'seeds'] as const) {
    const list: OptionKind = {
      expected: `a list of ${count} values, one a prompt`,
      type: 'object',
      fits: (value) => (value as readonly unknown[]).length === count,
    };
    checkOption('samplePrompts', name, options[name], list);
  }
}
