/**
 * Which option a text names. Options may differ in a letter's case, a superscript or a closing mark alone ("5 mW",
 * "5 MW"), so the exact text comes first, and a normalised one counts where it can mean one option only.
 */
import { shown } from '../runtime/index.js';
import type { Sample } from './sample.js';

/**
 * The form in which free answers compare: lower case, compatibility-composed, single spaces, no closing full stop or
 * exclamation mark; a number's superscript is a power (`10²` is `10^2`, not `102`). Long runs of combining marks are broken by
 * U+034F (Unicode's stream-safe form, UAX 15): composing sorts each run, which takes the square of its length.
 */
export function normaliseAnswer(text: string): string {
  return text
    .replace(/(?<=\d)[\u00b2\u00b3\u00b9\u2070-\u207f]+/g, '^$&')
    .replace(/\p{M}{30}/gu, '$&\u034f')
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/(?<![.!])[.!]+$/, '');
}

/** The options that a text names, space around both aside: the one with this very text, and the one with this capital letter. */
export function exactOptions(text: string, options: readonly string[]): number[] {
  const given = text.trim();
  const letter = /^[A-Z]$/.test(given) ? given.charCodeAt(0) - 65 : -1;
  const found = new Set([options.findIndex((option) => option.trim() === given), letter]);
  return [...found].filter((index) => index >= 0 && index < options.length);
}

/**
 * The option that a text names, or null: by its exact text or capital letter, which must not be two options; by its
 * letter in brackets or before a mark (`(B)`, `B.`); by its normalised text, if no other option has the same; by a
 * letter that more text follows (`B. a red square`).
 */
export function parseOption(text: string, options: readonly string[]): number | null {
  const given = text.trim();
  const exact = exactOptions(given, options);
  if (exact.length > 0) return only(exact);
  const [, letter, rest] = /^\(?([A-Z])[).:](.*)$/s.exec(given) ?? [];
  const labelled = letter === undefined ? -1 : letter.charCodeAt(0) - 65;
  const byLetter = labelled < options.length && labelled >= 0 ? labelled : null;
  if (rest === '' && byLetter !== null) return byLetter;
  const wanted = normaliseAnswer(given);
  const close = options.flatMap((option, index) => (normaliseAnswer(option) === wanted ? [index] : []));
  return close.length > 0 ? only(close) : byLetter;
}

const only = (indices: readonly number[]): number | null => (indices.length === 1 ? indices[0] : null);

/**
 * The index of a sample's right option.
 * @throws Error when the sample's answer names none of its options
 */
export function answerIndex({ id, answer = '', options = [] }: Sample): number {
  const index = exactOptions(answer, options)[0] ?? parseOption(answer, options);
  if (index !== null) return index;
  throw new Error(
    `sample ${id}: answer ${shown(answer)} names none of its options ${shown(options)}; ` +
      "expected an option's exact text or its capital letter",
  );
}
