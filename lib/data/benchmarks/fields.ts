/** Fields that several benchmarks have in common. */
import { z } from 'zod';
import { shown } from '../../runtime/index.js';
import { DataError, type Place } from '../errors.js';
import { letterOf } from '../letters.js';
import { exactOptions } from '../options.js';
import { list, text } from '../schema.js';

export const question = text('a non-empty text', 'write the question');
export const category = text('a non-empty text', 'write the category as it was published');
export const clip = text("the clip's name", 'write it as it was published');
export const options = list(
  z.string('a text|write each option as text'),
  2,
  'a list of at least two options|list the options as texts',
).max(26, 'at most 26 options (letters A to Z)|shorten the list');
export const letter = z
  .string("the right option's letter|write it as a capital letter")
  .regex(/^[A-Z]$/, "the right option's letter|write it as a capital letter");

/** Options without their letters, where all have them, counting up from A: `A. red`, `A.red`, `(A) red`. */
export function withoutLetters(given: readonly string[]): string[] {
  const texts = given.map((option, index) => {
    const [, label, rest] = /^\s*\(?([A-Z])[.):]\s*(.*)$/s.exec(option) ?? [];
    return label === letterOf(index) && rest !== '' ? rest : undefined;
  });
  return texts.some((it) => it === undefined) ? [...given] : (texts as string[]).map((it) => it.trim());
}

/**
 * What a sample's `answer` says of the option with an index: its text, or its letter where another option has that text too.
 * @throws DataError when there is no such option, or when neither names it alone
 */
export function answerAt(index: number, given: readonly string[], where: Place): string {
  const last = letterOf(given.length - 1);
  if (index >= given.length) {
    const problem = `got the letter ${letterOf(index)} of ${given.length} options, expected A to ${last}`;
    throw new DataError(where, problem, "write the right option's letter");
  }
  const names = [given[index], letterOf(index)];
  const name = names.find((it) => {
    const found = exactOptions(it, given);
    return found.length === 1 && found[0] === index;
  });
  if (name !== undefined) return name;
  const problem = `got option ${letterOf(index)} of ${shown(given)}, which its text and its letter do not name alone`;
  throw new DataError(where, problem, 'rename the options so that no text is the letter of another option');
}

/** Of a letter: its index. */
export const indexOf = (capital: string): number => capital.charCodeAt(0) - 65;

/** Those that are there. */
export function present(categories: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(categories).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
