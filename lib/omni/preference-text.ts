/** A prompt and its two completions as token ids, as TRL divides them. */
import type { PromptMessage, PromptPreference } from '../data/index.js';
import { type ChatTemplate, TextError, type Tokenizer } from '../text/index.js';
import { commonLength, encodeMessages } from './message-text.js';

export interface PreferenceTokens {
  prompt: number[];
  chosen: number[];
  rejected: number[];
}

/**
 * Messages are written by the chat template; the prompt ends with the header of the answer. A text is read as it stands,
 * control tokens included, and the end token follows completions that do not end with it. Completions begin where prompt
 * with completion and prompt alone part.
 * @throws RangeError when nothing is left of a completion, TextError for messages without a chat template
 */
export function encodePreference(
  tokenizer: Tokenizer,
  template: ChatTemplate | null,
  row: PromptPreference,
): PreferenceTokens {
  const [prompt, chosen, rejected] =
    typeof row.prompt === 'string'
      ? textIds(tokenizer, row as PromptPreference<string>)
      : messageIds(tokenizer, template, row as PromptPreference<readonly PromptMessage[]>);
  const length = Math.min(commonLength(prompt, chosen), commonLength(prompt, rejected));
  const tokens = {
    prompt: prompt.slice(0, length),
    chosen: chosen.slice(length),
    rejected: rejected.slice(length),
  };
  if (tokens.prompt.length > 0 && tokens.chosen.length > 0 && tokens.rejected.length > 0) return tokens;
  throw new RangeError(
    `sample '${row.id}': the chat template writes nothing for the prompt or for a completion; give each at least one message that it writes`,
  );
}

function textIds(tokenizer: Tokenizer, { prompt, chosen, rejected }: PromptPreference<string>): number[][] {
  const { startIds, specialTokens } = tokenizer;
  const end = specialTokens.eos_token ?? '';
  const ended = [chosen, rejected].map((text) => (text.endsWith(end) ? text : text + end));
  return ['', ...ended].map((completion) => [...startIds, ...tokenizer.encode(prompt + completion)]);
}

function messageIds(
  tokenizer: Tokenizer,
  template: ChatTemplate | null,
  { id, prompt, chosen, rejected, tools, templateVariables }: PromptPreference<readonly PromptMessage[]>,
): number[][] {
  if (template === null)
    throw new TextError(
      'chat template',
      `the model has none, which the messages of sample '${id}' need. Fix: put a chat_template.jinja into its folder, or ` +
        'write prompt and completions as texts',
    );
  tokenizer.checkTools(tools, `sample '${id}': tools`);
  const encode = (messages: readonly PromptMessage[], addGenerationPrompt = false) =>
    encodeMessages(tokenizer, template, messages, { ...templateVariables, addGenerationPrompt, tools });
  return [encode(prompt, true), encode([...prompt, ...chosen]), encode([...prompt, ...rejected])];
}
