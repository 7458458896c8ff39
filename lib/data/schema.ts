/**
 * The fields of a sample on disk. Each schema's message is what the field expects and, after a bar, the fix: check()
 * turns them into one error.
 */
import { z } from 'zod';
import { knownKeys } from '../models/index.js';
import { nearest, shown } from '../runtime/index.js';
import { DataError, type Place } from './errors.js';

export const text = (what: string, fix: string) => z.string(`${what}|${fix}`).regex(/\S/, `${what}|${fix}`);

export const list = <T extends z.ZodType>(item: T, least: number, message: string) =>
  z.array(item, message).min(least, message);

const second = z
  .number('a time in seconds|write seconds as numbers, for example [0.5, 2]')
  .nonnegative('a time of at least 0|count seconds from the start of the clip');

/** Fields of a question, in every layout. */
export const questionFields = {
  options: list(
    text('a non-empty text', 'write each option as text'),
    2,
    'a list of at least two options|list the options as texts, or leave "options" out for an open question',
  )
    .max(26, 'at most 26 options (letters A to Z)|shorten the list')
    .refine(
      (options) => new Set(options.map((option) => option.trim())).size === options.length,
      'options that differ in more than the space around them|remove the repeated one',
    )
    .optional(),
  answer: text(
    'a non-empty text',
    'write the exact text of the right option or its capital letter',
  ).optional(),
  steps: list(
    text('a non-empty text', 'write one sentence a step'),
    1,
    'a list of texts|write one sentence a step, or leave "steps" out',
  ).optional(),
  spans: list(
    z
      .tuple([second, second], 'a pair [start, end]|write each span as two numbers of seconds')
      .refine(([start, end]) => start < end, 'a start before the end|swap the two or remove the span'),
    1,
    'a list of [start, end] pairs|for example [[0.5, 2.0]], or leave "spans" out',
  ).optional(),
  kind: text(
    'a non-empty text',
    'write a short name for the kind of question, or leave "kind" out',
  ).optional(),
  metadata: z
    .record(z.string(), z.unknown(), 'an object|write further fields of your own as { "name": value }')
    .optional(),
};

/**
 * A row's known fields, checked, and the others as metadata. One that is a letter away from a known field is taken for a
 * misspelt one and refused.
 */
export function checkRow<T extends z.ZodObject>(
  schema: T,
  row: Record<string, unknown>,
  where: Place,
): { fields: z.infer<T>; metadata?: Record<string, unknown> } {
  const known = Object.keys(schema.shape);
  const others = Object.entries(row).filter(([name]) => !known.includes(name));
  for (const [name, value] of others) {
    const close = known.find((field) => isMisspelt(name.toLowerCase(), field.toLowerCase()));
    if (close === undefined) continue;
    throw new DataError(
      { ...where, field: name },
      `unknown field with value ${shown(value)}, expected one of ${known.join(', ')}`,
      `did you mean "${close}"? Otherwise move it into "metadata"`,
    );
  }
  const { metadata, ...fields } = check(schema, row, where) as z.infer<T> & { metadata?: object };
  const kept = { ...metadata, ...Object.fromEntries(others) };
  return { fields: fields as z.infer<T>, metadata: Object.keys(kept).length > 0 ? kept : undefined };
}

/** Whether a name is a field's with one letter added, left out, changed, or swapped with the next. */
function isMisspelt(name: string, field: string): boolean {
  // Of short names many are a letter away: `uid` is no `id`.
  if (field.length < 4 || Math.abs(name.length - field.length) > 1) return false;
  let start = 0;
  while (start < name.length && name[start] === field[start]) start += 1;
  const [a, b] = [name.slice(start), field.slice(start)];
  return (
    a.slice(1) === b.slice(1) ||
    a === b.slice(1) ||
    a.slice(1) === b ||
    (a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2))
  );
}

/**
 * Parses a value, or throws a DataError about the first field that does not fit.
 * @param inside the field of the row that holds the value; default: the row itself
 */
export function check<T extends z.ZodObject>(
  schema: T,
  value: unknown,
  where: Place,
  inside = '',
): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { field, problem, fix } = misfit(schema, value, result.error.issues[0]!, inside);
  throw new DataError({ ...where, field }, problem, fix);
}

/**
 * The same of a list that a program gives.
 * @param name of the function and its argument
 * @throws TypeError naming the item and its field
 */
export function checkItems(schema: z.ZodObject, items: readonly unknown[], name: string): void {
  for (const [i, item] of items.entries()) {
    if (typeof item !== 'object' || item === null || Array.isArray(item))
      throw new TypeError(`${name}[${i}]: got ${shown(item)}, expected an object`);
    const issue = schema.safeParse(item).error?.issues[0];
    if (issue === undefined) continue;
    const { field, problem, fix } = misfit(schema, item, issue, '');
    throw new TypeError(`${name}[${i}]: "${field}": ${problem}. Fix: ${fix}.`);
  }
}

function misfit(schema: z.ZodObject, value: unknown, issue: z.core.$ZodIssue, inside: string) {
  const field = fieldName(issue.path, inside);
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    const known = knownKeys(schema, issue.path);
    const close = nearest(key, known);
    return {
      field: field === '' ? key : `${field}.${key}`,
      problem: `unknown field with value ${shown(at(value, [...issue.path, key]))}, expected one of ${known.join(', ')}`,
      fix: close === undefined ? 'remove it' : `did you mean "${close}"? Otherwise remove it`,
    };
  }
  const [expected, fix] = issue.message.split('|');
  return { field, problem: `got ${shown(at(value, issue.path))}, expected ${expected}`, fix: fix! };
}

function at(value: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
}

function fieldName(path: PropertyKey[], inside: string): string {
  return path.reduce<string>(
    (name, key) =>
      typeof key === 'number' ? `${name}[${key}]` : name === '' ? String(key) : `${name}.${String(key)}`,
    inside,
  );
}
