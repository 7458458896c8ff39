/**
 * Other people's ways to write a sample, turned into the flat one (samples.ts):
 * - `messages` + `videos` + `audios` with <video> and <audio> tags in the user's text, as Hugging Face and ms-swift
 *   write it, and OmniVideo-R1's files with their further fields (arXiv 2602.05847);
 * - `conversations` of { from, value }, as LLaVA and video-SALMONN-o1 write it (arXiv 2502.11775).
 * Fields that only other tools read (scores, preference pairs) must be known ones but are not read here.
 */
import { z } from 'zod';
import { shown } from '../runtime/index.js';
import { DataError, type Place } from './errors.js';
import { letterOf } from './letters.js';
import { check, questionFields, text } from './schema.js';
import { between, countTag } from './tags.js';

const path = text('a path', 'write the path of a media file relative to this file');
const paths = z
  .array(path, 'a list of paths|write the media files as a list')
  .max(1, 'at most one file|split the sample: one video and one sound track each');
const identity = z.union(
  [z.string().min(1), z.int()],
  'a text or an integer|give every sample its own "id", or leave it out',
);

const message = z.strictObject(
  {
    role: z.enum(['system', 'user', 'assistant'], 'system, user or assistant|use one of these roles'),
    content: z.string('a text|write the content as one text with <video> and <audio> tags'),
  },
  'a message|write { "role": ..., "content": ... }',
);
const messagesSchema = z.strictObject({
  id: identity.optional(),
  messages: z.array(message, 'a list of messages|write [{ "role": "user", "content": ... }]'),
  videos: paths.optional(),
  audios: paths.optional(),
  ...questionFields,
  Type: z.string('a text|write the type as text').optional(),
  problem: z.string('a text|write the problem as text').optional(),
  solution: text('a non-empty text', 'write the reference answer').optional(),
  data_source: z.string('a text|write the source as text').optional(),
});

const turn = z.strictObject(
  {
    from: z.enum(
      ['human', 'gpt', 'reject_gpt', 'gt'],
      'human, gpt, reject_gpt or gt|use one of these speakers',
    ),
    value: z.string('a text|write the turn as one text'),
  },
  'a turn|write { "from": ..., "value": ... }',
);
const unread = z.unknown().optional();
const conversationSchema = z.strictObject({
  id: identity.optional(),
  video: path.optional(),
  audio: path.nullable().optional(),
  conversations: z.array(turn, 'a list of turns|write [{ "from": "human", "value": ... }]'),
  ref_answer: text('a non-empty text', 'write the reference answer').optional(),
  timestamps: z
    .undefined('no "timestamps" (a part of the video)|cut the clip to [start, end] and remove the field')
    .optional(),
  duration: unread,
  captions: unread,
  textonly: unread,
  prefix_steps: unread,
  process_rewards: unread,
  unfinished: unread,
  pos_score: unread,
  neg_score: unread,
  preds_pos: unread,
  preds_neg: unread,
});

/** A row in the flat layout; rows that are in it already come back as they are. */
export function flatten(row: Record<string, unknown>, where: Place): Record<string, unknown> {
  if ('messages' in row) return fromMessages(check(messagesSchema, row, where), where);
  if ('conversations' in row) return fromConversation(check(conversationSchema, row, where), where);
  return row;
}

function fromMessages(row: z.infer<typeof messagesSchema>, where: Place): Record<string, unknown> {
  const users = row.messages.filter(({ role }) => role === 'user');
  const replies = row.messages.filter(({ role }) => role === 'assistant');
  if (users.length !== 1 || replies.length > 1) {
    throw new DataError(
      { ...where, field: 'messages' },
      `got ${users.length} user and ${replies.length} assistant messages, expected one user message and at most one reply`,
      'write one question a sample',
    );
  }
  const content = users[0]!.content;
  for (const [tag, field] of [
    ['<video>', 'videos'],
    ['<audio>', 'audios'],
  ] as const) {
    const tags = countTag(content, tag);
    const files = row[field]?.length ?? 0;
    if (tags === files) continue;
    throw new DataError(
      { ...where, field },
      `got ${files} files for ${tags} ${tag} tags in the user's message, expected as many files as tags`,
      `write one ${tag} tag for each file of "${field}"`,
    );
  }
  const asked = splitOptions(content.replaceAll(/<video>|<audio>/g, '').trim());
  const reply = replies[0]?.content;
  const gold = row.solution ?? reply;
  const thinking = reply === undefined ? undefined : inside(reply, 'thinking');
  return defined({
    id: String(row.id ?? `line-${where.line}`),
    video: row.videos?.[0],
    audio: row.audios?.[0] ?? null,
    question: asked.question,
    options: row.options ?? asked.options,
    answer: row.answer ?? (gold === undefined ? undefined : (inside(gold, 'answer') ?? gold.trim())),
    steps: row.steps ?? thinking?.split(/\n+/).map((step) => step.trim()),
    spans: row.spans,
    kind: row.kind ?? row.Type,
  });
}

function fromConversation(row: z.infer<typeof conversationSchema>, where: Place): Record<string, unknown> {
  const said = (speaker: string) =>
    row.conversations.filter(({ from }) => from === speaker).map(({ value }) => value);
  const question = said('human')[0];
  if (question === undefined) {
    throw new DataError(
      { ...where, field: 'conversations' },
      `got ${shown(row.conversations)}, expected a human turn`,
      'start with { "from": "human", "value": "<image>\\n..." }',
    );
  }
  // A solution path is a turn whose steps end in a literal mark; the final answer is a turn of its own.
  const replies = said('gpt');
  const solution = replies.find((value) => value.includes(END_OF_STEP));
  const answer = row.ref_answer ?? said('gt')[0] ?? replies.findLast((value) => !value.includes(END_OF_STEP));
  const steps = solution?.split(END_OF_STEP).map((step) => step.trim());
  return defined({
    id: String(row.id ?? `line-${where.line}`),
    video: row.video,
    audio: row.audio ?? null,
    ...splitOptions(question.replaceAll('<image>', '').trim()),
    answer: answer?.trim(),
    steps: steps?.filter((step) => step !== ''),
  });
}

const END_OF_STEP = '<end_of_step>';

/**
 * Splits lettered options off the end of a question: lines `A. red`, `B) blue`, ..., or the same after "Choose
 * from:" on one line; letters count up from A. A text without them is an open question. The look-behinds let a run of
 * white space be tried from its start only: from every place of it, the time would go by the square of its length.
 */
function splitOptions(content: string): { question: string; options?: string[] } {
  const lines = content
    .replace(/(?<!\s)\s*Choose from:\s*/i, '\n')
    .replaceAll(/(?<=\S)[ \t]+(?=\(?[A-Z][.):] )/g, '\n')
    .split('\n');
  const start = lines.findIndex((line) => /^\(?A[.):] /.test(line.trim()));
  if (start < 1) return { question: content };
  const options: string[] = [];
  for (const line of lines.slice(start)) {
    const option = line.trim();
    const label = /^\(?([A-Z])[.):] /.exec(option);
    if (label?.[1] !== letterOf(options.length)) break;
    options.push(option.slice(label[0].length).trim());
  }
  if (options.length < 2) return { question: content };
  const rest = [...lines.slice(0, start), ...lines.slice(start + options.length)];
  return { question: rest.join('\n').trim(), options };
}

function inside(content: string, tag: string): string | undefined {
  return between(content, `<${tag}>`, `</${tag}>`)?.trim();
}

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
