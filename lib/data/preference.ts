/** Pairs of completions of one prompt, one of which is preferred: what DPO learns from. */
import type { Message } from '../text/index.js';
import type { Sample } from './sample.js';

/** A question, with a clip or without, and two answers to it. */
export interface QuestionPreference extends Sample {
  chosen: string;
  rejected: string;
}

/** A message as the chat template reads it, fields like `tool_calls` included. */
export type PromptMessage = Message & { readonly [field: string]: unknown };

/** A prompt in the forms of TRL: text as the model reads it, without the chat template, or messages that it writes. */
export interface PromptPreference<
  Part extends string | readonly PromptMessage[] = string | readonly PromptMessage[],
> {
  id: string;
  prompt: Part;
  /** Of the same form as the prompt, which it continues. */
  chosen: Part;
  rejected: Part;
  /** Descriptions of functions for the chat template. */
  tools?: readonly object[];
  /** Further variables of the chat template, such as `enable_thinking`. */
  templateVariables?: Record<string, unknown>;
  /** Fields of the row that mean nothing here, as they were. */
  metadata?: Record<string, unknown>;
}

export type Preference = QuestionPreference | PromptPreference;

/** Whether a row has a prompt in one of TRL's forms. */
export function hasPrompt(row: Preference): row is PromptPreference {
  return 'prompt' in row;
}
