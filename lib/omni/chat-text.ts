/** Conversations as token ids, and which of them are learned. */
import type { ChatRow, PromptCompletion, PromptMessage } from '../data/index.js';
import { type ChatTemplate, TextError, type Tokenizer } from '../text/index.js';
import { commonLength, hideControlTokens } from './message-text.js';
import { RenderedChat, type Span } from './rendered-chat.js';

/** Which tokens are learned: all, or those that are of every kind that is asked for. */
export interface ChatLoss {
  /** Those of the assistant's turns. */
  assistantOnly: boolean;
  /** Those after the prompt: of a conversation the last turn, which must be the assistant's. */
  completionOnly: boolean;
}

export interface ChatTokens {
  ids: number[];
  /** One entry a token, 1: it is learned. */
  lossMask: number[];
}

/** @throws TextError naming the row, where the template does not say where a turn begins or ends */
export function encodeChat(
  tokenizer: Tokenizer,
  template: ChatTemplate | null,
  row: ChatRow,
  loss: ChatLoss,
): ChatTokens {
  if (isText(row)) return encodeText(tokenizer, row, loss);
  if (template === null)
    throw new TextError('chat template', `sample '${row.id}' has messages, and the model has no template`);
  tokenizer.checkTools(row.tools, `sample '${row.id}': tools`);
  const [prompt, completion] = partsOf(row);
  const { value, encode } = hideControlTokens(tokenizer, [...prompt, ...completion]);
  const chat = new RenderedChat(template, tokenizer.specialTokens, row, value);
  let spans: Span[] = [[0, chat.text.length]];
  if (loss.assistantOnly) spans = chat.turns();
  if (loss.completionOnly) {
    const start = chat.completionStart(prompt.length);
    spans = spans.map(([from, to]): Span => [Math.max(from, start), to]).filter(([from, to]) => from < to);
  }
  if (spans.length === 0) throw chat.error('nothing is learned of it: it has no message of the assistant');
  return encodeSpans(chat.text, spans, encode);
}

function isText(row: ChatRow): row is PromptCompletion<string> {
  return 'prompt' in row && typeof row.prompt === 'string';
}

/** A conversation's last message is its completion. */
function partsOf(row: ChatRow): [prompt: readonly PromptMessage[], completion: readonly PromptMessage[]] {
  if ('messages' in row) return [row.messages.slice(0, -1), row.messages.slice(-1)];
  const { prompt, completion } = row as PromptCompletion<readonly PromptMessage[]>;
  return [prompt, completion];
}

/** As they stand, control tokens included; the end token follows a completion that has none. */
function encodeText(
  tokenizer: Tokenizer,
  { id, prompt, completion }: PromptCompletion<string>,
  { assistantOnly, completionOnly }: ChatLoss,
): ChatTokens {
  if (assistantOnly)
    throw new RangeError(
      `sample '${id}': assistantOnlyLoss is of messages, and the row has a prompt and a completion of text; use completionOnlyLoss`,
    );
  const end = tokenizer.specialTokens.eos_token ?? '';
  const whole = prompt + completion + (completion.endsWith(end) ? '' : end);
  const start = tokenizer.startIds;
  const ids = [...start, ...tokenizer.encode(whole)];
  const before = completionOnly ? commonLength([...start, ...tokenizer.encode(prompt)], ids) : 0;
  return { ids, lossMask: ids.map((_, i) => Number(i >= before)) };
}

/**
 * Tokens never lie across the ends of a span: what is learned is encoded as it is generated, after what stands before it.
 * Tokenizers that put a space before a text (SentencePiece's) do so at the start of the whole alone.
 */
function encodeSpans(text: string, spans: readonly Span[], encode: (part: string) => number[]): ChatTokens {
  const ends = [...spans.flat(), text.length];
  const parts = ends
    .map((end, i) => ({ start: ends[i - 1] ?? 0, end }))
    .map((part, i) => ({
      ...part,
      isLearned: i % 2 === 1,
      ids: part.start === part.end ? [] : encode(text.slice(part.start, part.end)),
    }));
  const whole = encode(text);
  const apart = parts.flatMap(({ ids }) => ids);
  const isSame = apart.length === whole.length && apart.every((id, i) => id === whole[i]);
  const tokens: ChatTokens = { ids: [], lossMask: [] };
  for (const { start, end, isLearned, ids } of parts) {
    const next = isSame || start === end ? ids : following(tokens.ids, encode(text.slice(0, end)), ids);
    for (const id of next) {
      tokens.ids.push(id);
      tokens.lossMask.push(Number(isLearned));
    }
  }
  return tokens;
}

/** What `whole` has after `before`; where that is another beginning, `apart`. */
function following(before: readonly number[], whole: readonly number[], apart: number[]): number[] {
  return before.every((id, i) => id === whole[i]) ? whole.slice(before.length) : apart;
}
