/**
 * Reads files of pairs: rows of a question (any layout of samples) with `chosen` and `rejected`, or rows in TRL's forms, with
 * an explicit prompt or with one that both completions begin with, as texts or as lists of messages.
 */
import { z } from 'zod';
import { parseJson, shown } from '../runtime/index.js';
import { DataError, type Place } from './errors.js';
import { readRows } from './lines.js';
import { messageSchema } from './message.js';
import type { Preference, PromptMessage, PromptPreference } from './preference.js';
import type { Sample } from './sample.js';
import { samplesOf } from './samples.js';
import { check, checkRow, text } from './schema.js';
import { UniqueIds } from './unique-ids.js';

/** @throws DataError for the first thing that does not fit */
export function readPreferences(file: string): Preference[] {
  const ids = new UniqueIds(file);
  return readRows(file).map(({ line, value }) => {
    const row = validatePreference(value, { file, line });
    ids.add(row.id, line);
    return row;
  });
}

/**
 * Checks one row.
 * @param where names the file, to which paths are relative, and the line for messages.
 */
export function validatePreference(row: Record<string, unknown>, where: Place): Preference {
  const isQuestion = ['question', 'messages', 'conversations'].some((name) => name in row);
  if (!isQuestion || 'prompt' in row) return promptRow(row, where);
  const { chosen, rejected, ...sample } = row;
  const answers = checkRow(answersSchema, { chosen, rejected }, where).fields;
  differ(answers, where);
  // The last question of a conversation; what was said before is its history.
  const asked = samplesOf(sample, where).at(-1) as Sample;
  return { ...asked, ...(row.id === undefined ? {} : { id: String(row.id) }), ...answers };
}

const answer = text('a non-empty text', 'write the completion as text');
const answersSchema = z.object({ chosen: answer, rejected: answer });

const message = messageSchema('a clip goes with a "question" row');
const part = (what: string) =>
  z.union(
    [z.string().min(1), z.array(z.unknown()).min(1)],
    `a text or a list of messages|write the ${what} as text or as [{ "role": ..., "content": ... }]`,
  );
const promptSchema = z.object({
  id: z
    .union(
      [text('a non-empty text', 'name the row'), z.int()],
      'a text or an integer|give every row its own "id", or leave it out',
    )
    .optional(),
  prompt: part('prompt').optional(),
  chosen: part('preferred completion'),
  rejected: part('other completion'),
  tools: z
    .array(
      z.looseObject({}),
      'a list of descriptions of functions|write [{ "type": "function", "function": ... }]',
    )
    .optional(),
  chat_template_kwargs: z
    .record(
      z.string(),
      z.unknown(),
      'an object|write the variables of the chat template as { "name": value }',
    )
    .optional(),
  metadata: z
    .record(z.string(), z.unknown(), 'an object|write further fields of your own as { "name": value }')
    .optional(),
});

/** What else samples have: none of it is left out without a word. */
const besidePrompts = [
  ...['video', 'videos', 'audio', 'audios', 'image', 'images'],
  ...['question', 'options', 'system', 'history', 'messages', 'conversations'],
];

type Part = string | PromptMessage[];

function promptRow(row: Record<string, unknown>, where: Place): PromptPreference {
  for (const name of besidePrompts) {
    const value = row[name];
    if (value == null || (Array.isArray(value) && value.length === 0)) continue;
    throw new DataError(
      { ...where, field: name },
      `got ${shown(value)} in a row with a prompt, which is text or messages alone`,
      'write a clip with a "question", and a system message as the first message of the prompt',
    );
  }
  const { tools: written, ...others } = row;
  const tools = typeof written === 'string' ? jsonOf(written, { ...where, field: 'tools' }) : written;
  const { fields, metadata } = checkRow(
    promptSchema,
    { ...others, ...(tools == null ? {} : { tools }) },
    where,
  );
  const { id = `line-${where.line}`, tools: functions, chat_template_kwargs: templateVariables } = fields;
  const checked = (name: 'prompt' | 'chosen' | 'rejected') => partOf(fields[name], { ...where, field: name });
  const prompt = fields.prompt === undefined ? undefined : checked('prompt');
  const [chosen, rejected] = [checked('chosen'), checked('rejected')];
  if (typeof chosen !== typeof rejected)
    throw new DataError(
      { ...where, field: 'rejected' },
      `got ${formOf(rejected)} beside ${formOf(chosen)} in "chosen"`,
      'write both in the same form',
    );
  differ({ chosen, rejected }, where);
  // Some datasets name the prompt beside conversations that hold it.
  const parts =
    prompt !== undefined && typeof prompt === typeof chosen
      ? { prompt, chosen, rejected }
      : implicitPrompt(chosen, rejected, where);
  return {
    id: String(id),
    ...parts,
    ...(functions && { tools: functions }),
    ...(templateVariables && { templateVariables }),
    ...(metadata && { metadata }),
  };
}

function partOf(part: unknown, where: Place): Part {
  if (typeof part === 'string') return part;
  return (part as unknown[]).map(
    (turn, i) => check(message, turn, where, `${where.field}[${i}]`) as PromptMessage,
  );
}

/** What both completions begin with, as TRL finds it: a space before they part belongs to them. */
function implicitPrompt(
  chosen: Part,
  rejected: Part,
  where: Place,
): { prompt: Part; chosen: Part; rejected: Part } {
  const shorter = Math.min(chosen.length, rejected.length);
  let length = 0;
  while (length < shorter && same(chosen[length], rejected[length])) length += 1;
  if (typeof chosen === 'string' && length > 0 && chosen[length - 1] === ' ') length -= 1;
  const field = length === 0 ? 'prompt' : chosen.length <= rejected.length ? 'chosen' : 'rejected';
  if (length === 0)
    throw new DataError(
      { ...where, field },
      'got none, and "chosen" and "rejected" begin differently',
      'write the prompt, or begin both with it',
    );
  if (length === shorter)
    throw new DataError(
      { ...where, field },
      'nothing follows what both completions begin with',
      'write two different completions of the prompt',
    );
  const split = <T extends Part>(part: T): [T, T] => [part.slice(0, length) as T, part.slice(length) as T];
  return { prompt: split(chosen)[0], chosen: split(chosen)[1], rejected: split(rejected)[1] };
}

function differ({ chosen, rejected }: { chosen: unknown; rejected: unknown }, where: Place): void {
  if (same(chosen, rejected))
    throw new DataError(
      { ...where, field: 'rejected' },
      `got the same as in "chosen" (${shown(chosen)})`,
      'write another completion, or remove the row',
    );
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function formOf(part: Part): string {
  return typeof part === 'string' ? 'a text' : 'messages';
}

function jsonOf(written: string, where: Place): unknown {
  try {
    return parseJson(written);
  } catch {
    throw new DataError(where, `got ${shown(written)}, expected JSON`, 'write the list of tools as JSON');
  }
}
