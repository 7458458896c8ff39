/** Conversations of text, as a chat template writes them: what SFT learns whole, several turns and tools included. */
import type { PromptMessage } from './preference.js';

interface ChatFields {
  id: string;
  /** Descriptions of functions, for the chat template. */
  tools?: readonly object[];
  /** Further variables of the chat template, such as `enable_thinking`. */
  templateVariables?: Record<string, unknown>;
  /** Fields of the row that mean nothing here, as they were. */
  metadata?: Record<string, unknown>;
}

/** A conversation. */
export interface Chat extends ChatFields {
  messages: readonly PromptMessage[];
}

/** A prompt and what is learned of it: messages, or text as the model reads it, without the chat template. */
export interface PromptCompletion<
  Part extends string | readonly PromptMessage[] = string | readonly PromptMessage[],
> extends ChatFields {
  prompt: Part;
  /** Of the same form as the prompt, which it continues. */
  completion: Part;
}

export type ChatRow = Chat | PromptCompletion;

/** Whether a row is a conversation or a prompt with its completion, and no sample. */
export function isChatRow(row: object): row is ChatRow {
  return 'messages' in row || 'completion' in row;
}
