/**
 * The fields of a sample on disk. Each schema's message is what the field expects and, after a bar, the fix: check()
 * turns them into one error of the house's form.
 */
import { z } from 'zod';
import { knownKeys } from '../models/index.js';
import { nearest, shown } from '../runtime/index.js';
import { DataError, type Place } from './errors.js';

export const text = (what: string, fix: string) => z.string(`${what}|${fix}`).regex(/\S/, `${what}|${fix}`);

const list = <T extends z.ZodType>(item: T, least: number, message: string) =>
  z.array(item, message).min(least, message);

const second = z
  .number('a time in seconds|write seconds as numbers, for example [0.5, 2]')
  .nonnegative('a time of at least 0|count seconds from the start of the clip');

/** Fields about the question, shared by the flat and the messages layout. */
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
};

export const sampleSchema = z.strictObject({
  id: text('a non-empty text', 'give every sample its own "id" in quotes'),
  video: text('a path', 'write the path of a video file relative to this file').optional(),
  audio: text('a path or null', "write the path of a sound file, or null for the video's own track")
    .nullable()
    .optional(),
  question: text('a non-empty text', 'write the question'),
  ...questionFields,
});

/** Parses a row, or throws a DataError about the first field that does not fit. */
export function check<T extends z.ZodObject>(schema: T, value: unknown, where: Place): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const field = fieldName(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    const known = knownKeys(schema, issue.path);
    const close = nearest(key, known);
    throw new DataError(
      { ...where, field: field === '' ? key : `${field}.${key}` },
      `unknown field with value ${shown(at(value, [...issue.path, key]))}, expected one of ${known.join(', ')}`,
      close === undefined ? 'remove it' : `did you mean "${close}"? Otherwise remove it`,
    );
  }
  const [expected, fix] = issue.message.split('|');
  throw new DataError({ ...where, field }, `got ${shown(at(value, issue.path))}, expected ${expected}`, fix!);
}

function at(value: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
}

function fieldName(path: PropertyKey[]): string {
  return path.reduce<string>(
    (name, key) =>
      typeof key === 'number' ? `${name}[${key}]` : name === '' ? String(key) : `${name}.${String(key)}`,
    '',
  );
}
