/**
 * Reads files of conversations: `messages` (Hugging Face), `conversations` of `from` and `value` (ShareGPT), or `prompt` and
 * `completion` (TRL). Messages stay as they are, so that the chat template finds every field of them.
 */
import { z } from 'zod';
import { parseJson, shown } from '../runtime/index.js';
import { type ChatRow, isChatRow } from './chat.js';
import { DataError, type Place } from './errors.js';
import { readRows } from './lines.js';
import { messageSchema } from './message.js';
import type { PromptMessage } from './preference.js';
import type { Sample } from './sample.js';
import { samplesOf } from './samples.js';
import { checkRow, list, text } from './schema.js';
import { UniqueIds } from './unique-ids.js';

/** @throws DataError for the first thing that does not fit */
export function readChats(file: string): ChatRow[] {
  const ids = new UniqueIds(file);
  return readRows(file).map(({ line, value }) => {
    const row = validateChat(value, { file, line });
    ids.add(row.id, line);
    return row;
  });
}

/** A training file in which conversations of text may stand beside samples: see `isConversation`. */
export function readTrainingRows(file: string): { samples: Sample[]; chats: ChatRow[] } {
  const ids = new UniqueIds(file);
  const samples: Sample[] = [];
  const chats: ChatRow[] = [];
  for (const { line, value } of readRows(file)) {
    const where = { file, line };
    const rows = isConversation(value) ? [validateChat(value, where)] : samplesOf(value, where);
    for (const row of rows) {
      ids.add(row.id, line);
      if (isChatRow(row)) chats.push(row);
      else samples.push(row);
    }
  }
  return { samples, chats };
}

/** Fields of rows that ask one question, or show a clip. */
const ofSamples = ['video', 'videos', 'audio', 'audios', 'images', 'options', 'answer', 'steps', 'spans'];
const ofQuestions = [...ofSamples, 'solution', 'ref_answer', 'question'];

/**
 * Whether a row is learned as a whole: TRL's `prompt` and `completion`, or turns that end with the assistant's, without a
 * clip and without fields of a single question.
 */
function isConversation(row: Record<string, unknown>): boolean {
  if ('completion' in row && 'prompt' in row) return true;
  const turns = row.messages ?? row.conversations;
  if (!Array.isArray(turns) || ofQuestions.some((name) => isFilled(row[name]))) return false;
  const last = turns.at(-1) as Turn | null | undefined;
  return ['assistant', 'gpt'].includes(String(last?.role ?? last?.from)) && !turns.some(showsClip);
}

interface Turn {
  role?: unknown;
  from?: unknown;
  content?: unknown;
  value?: unknown;
}

/** Whether a turn has a part that is no text, or a question with the tag of one. */
function showsClip(turn: Turn | null): boolean {
  const said = turn?.content ?? turn?.value;
  if (Array.isArray(said)) return said.some((part) => part?.type !== 'text');
  const isQuestion = ['user', 'human'].includes(String(turn?.role ?? turn?.from));
  return isQuestion && typeof said === 'string' && /<(video|audio|image)>/.test(said);
}

const isFilled = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : value != null);

const message = messageSchema('a clip goes with a sample');
const messages = list(message, 1, 'a list of messages|write [{ "role": ..., "content": ... }]');
const speech = z.looseObject(
  { from: text('a speaker', 'write "human" or "gpt"'), value: z.string('a text|write what was said') },
  'a turn|write { "from": ..., "value": ... }',
);
const part = (what: string) =>
  z
    .union(
      [z.string().min(1), messages],
      `a text or a list of messages|write the ${what} as text or as [{ "role": ..., "content": ... }]`,
    )
    .optional();
const noMedia = z
  .undefined('nothing: conversations are text alone|remove it, or read the file with readSamples')
  .optional();

const chatSchema = z.object({
  id: z
    .union(
      [text('a non-empty text', 'name the row'), z.int()],
      'a text or an integer|give every row its own "id", or leave it out',
    )
    .optional(),
  messages: messages.optional(),
  conversations: list(speech, 1, 'a list of turns|write [{ "from": ..., "value": ... }]').optional(),
  prompt: part('prompt'),
  completion: part('completion'),
  system: text('a non-empty text', 'write the system message, or leave "system" out').optional(),
  tools: z
    .array(
      z.looseObject({}),
      'a list of descriptions of functions|write [{ "type": "function", "function": ... }]',
    )
    .optional(),
  chat_template_kwargs: z.record(z.string(), z.unknown(), 'an object|write { "name": value }').optional(),
  video: noMedia,
  videos: noMedia,
  audio: noMedia,
  audios: noMedia,
  image: noMedia,
  images: noMedia,
  metadata: z
    .record(z.string(), z.unknown(), 'an object|write further fields of your own as { "name": value }')
    .optional(),
});

/** Checks one row. @param where names the file and the line for messages */
export function validateChat(row: Record<string, unknown>, where: Place): ChatRow {
  const { tools: written, ...others } = row;
  const tools = typeof written === 'string' ? jsonOf(written, { ...where, field: 'tools' }) : written;
  const given = Object.entries({ ...others, tools }).filter(([, value]) => value != null);
  const { fields, metadata } = checkRow(chatSchema, Object.fromEntries(given), where);
  const { id = `line-${where.line ?? 1}`, system, chat_template_kwargs: templateVariables } = fields;
  const shared = {
    id: String(id),
    ...(fields.tools && { tools: fields.tools }),
    ...(templateVariables && { templateVariables }),
    ...(metadata && { metadata }),
  };
  const { prompt, completion, conversations } = fields;
  const forms = { messages: fields.messages, conversations, prompt };
  const [form, other] = Object.entries(forms).flatMap(([name, value]) => (value ? [name] : []));
  const fail = (field: string, problem: string, fix: string) =>
    new DataError({ ...where, field }, problem, fix);
  if (form === undefined)
    throw fail(
      'messages',
      'got nothing, expected a list of messages',
      'write "messages", or "prompt" and "completion"',
    );
  if (other !== undefined) throw fail(other, `stands beside "${form}"`, 'keep one of the two');
  if (prompt !== undefined) {
    if (completion === undefined || typeof completion !== typeof prompt)
      throw fail(
        'completion',
        `got ${shown(completion)} beside ${shown(prompt)} in "prompt"`,
        'write both in the same form',
      );
    if (system !== undefined)
      throw fail('system', 'stands beside "prompt"', 'write it as the first message of the prompt');
    return { ...shared, prompt, completion } as ChatRow;
  }
  const turns = fields.messages ?? (conversations ?? []).map(spoken);
  if (system === undefined) return { ...shared, messages: turns as PromptMessage[] };
  if (turns[0].role === 'system')
    throw fail(
      'system',
      `got ${shown(system)}, and the messages start with a system message too`,
      'keep one of them',
    );
  return { ...shared, messages: [{ role: 'system', content: system }, ...turns] as PromptMessage[] };
}

const roles: Record<string, string> = { human: 'user', gpt: 'assistant' };

/** A turn of ShareGPT as a message. */
function spoken({ from, value, ...others }: z.infer<typeof speech>): z.infer<typeof message> {
  return { role: roles[from] ?? from, content: value, ...others };
}

function jsonOf(written: string, where: Place): unknown {
  try {
    return parseJson(written);
  } catch {
    throw new DataError(where, `got ${shown(written)}, expected JSON`, 'write the list of tools as JSON');
  }
}
