/** What the sampler, the rewards, the trainers and evaluation pass to one another: completions, and how they are drawn. */
import type { Prompt } from '../batch/index.js';
import type { Sample } from './sample.js';

/** One sampled completion; `ids` and `logprobs` (natural log, under the sampling policy) have one entry a token. */
export interface Completion {
  text: string;
  ids: number[];
  logprobs: number[];
  /** 'stop': an end token or a stop string; 'length': cut off at `maxNewTokens`; 'abort': ended by a signal. */
  finishReason: 'stop' | 'length' | 'abort';
}

/** How completions are drawn. */
export interface SamplingParams {
  maxNewTokens: number;
  /** 0: the likeliest token at each step. */
  temperature: number;
  /** 1: all tokens. */
  topP: number;
  /** 0: all tokens. */
  topK: number;
  /** Tokens less likely than this fraction of the likeliest one are left out; 0: none. */
  minP: number;
  /** The logits of tokens that occurred are divided by it where positive, else multiplied; 1: no penalty. */
  repetitionPenalty: number;
  /** Completions for each prompt. */
  numGenerations: number;
  /** Completion i depends on (seed, sample id, occurrence, stream, i) alone; stream is 0 without a prefix. */
  seed: number;
  /** Strings that end a completion. */
  stop?: readonly string[];
  /** Whether the text of a completion keeps the string that ended it. Default true. */
  includeStop?: boolean;
}

/** The completions of one prompt, and what they are worth. */
export interface Group {
  sample: Sample;
  prompt: Prompt;
  completions: Completion[];
  /** Weighted sum of the rewards of each completion; NaN where none scored it. */
  rewards: number[];
}
