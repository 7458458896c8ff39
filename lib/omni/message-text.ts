/**
 * Whole conversations as token ids: what the chat template writes is encoded in one piece, as transformers does it, and
 * control tokens in what people wrote are words.
 */
import type { ChatTemplate, Message, RenderOptions, Tokenizer } from '../text/index.js';

/** Stands for a control token that people wrote, while the template is rendered: no text has this private-use character. */
const mark = '\u{F0001}';

/** In the place of a text before another: a line break hardly merges with what follows. */
export const anyText = '\n';

export function encodeMessages(
  tokenizer: Tokenizer,
  template: ChatTemplate,
  messages: readonly Message[],
  options: RenderOptions = {},
): number[] {
  const { value, encode } = hideControlTokens(tokenizer, messages);
  return encode(template.render(value, { ...tokenizer.specialTokens, ...options }));
}

/**
 * A value with a mark for each control token in its texts.
 * @returns also how to encode what a template makes of it: there the marks are words
 */
export function hideControlTokens<T>(
  tokenizer: Tokenizer,
  value: T,
): { value: T; encode: (rendered: string) => number[] } {
  const written: string[] = [];
  const number = (token: string): string => `${mark}${written.push(token) - 1}${mark}`;
  const hidden = mapTexts(value, (text) =>
    text
      .split(new RegExp(`(${mark})`, 'u'))
      .flatMap((part, i) =>
        i % 2 === 0
          ? tokenizer.splitAtControlTokens(part).map((inner, j) => (j % 2 === 0 ? inner : number(inner)))
          : number(part),
      )
      .join(''),
  );
  // Every second part is the number of a control token.
  const encode = (rendered: string): number[] =>
    rendered.split(mark).flatMap((part, i) => {
      const after = i === 0 || (i === 1 && rendered.startsWith(mark)) ? '' : anyText;
      return i % 2 === 0
        ? tokenizer.encode(part, { after })
        : tokenizer.encode(written[Number(part)], { splitSpecialTokens: true, after });
    });
  return { value: hidden, encode };
}

/** A value with all texts in it replaced. */
function mapTexts<T>(value: T, replace: (text: string) => string): T {
  const mapped = (inner: unknown): unknown => {
    if (typeof inner === 'string') return replace(inner);
    if (Array.isArray(inner)) return inner.map(mapped);
    if (typeof inner !== 'object' || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, field]) => [key, mapped(field)]));
  };
  return mapped(value) as T;
}

/** How many ids two texts have in common at their start. */
export function commonLength(a: readonly number[], b: readonly number[]): number {
  const parting = a.findIndex((id, i) => id !== b[i]);
  return parting < 0 ? a.length : parting;
}
