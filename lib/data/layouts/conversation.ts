/**
 * Conversations, as other tools write samples, turned into the flat layout: `messages` or `conversations` with media beside
 * them or inside, as Hugging Face, ms-swift, LLaMA-Factory and LLaVA write them, with the further fields of OmniVideo-R1
 * (arXiv 2602.05847) and video-SALMONN-o1 (arXiv 2502.11775). A row of several questions becomes a sample for each, with the
 * exchanges before it as its history.
 */
import { z } from 'zod';
import { shown } from '../../runtime/index.js';
import { type Exchange, readConversation } from '../conversation/exchanges.js';
import { isPath, nameOption, readReply, splitOptions, withoutThoughts } from '../conversation/replies.js';
import { readTurns, type Turn } from '../conversation/turns.js';
import { DataError, type Place } from '../errors.js';
import { checkRow, questionFields, text } from '../schema.js';
import { sampleOf } from './flat.js';
import { withGrades } from './grades.js';
import type { SampleLayout } from './layout.js';

const path = text('a path', 'write the path of a media file relative to this file');
const paths = z
  .array(path, 'a list of paths|write the media files as a list')
  .max(1, 'at most one file|split the sample: one video and one sound track each');
const turns = z.array(z.unknown(), 'a list of turns|write [{ "role": "user", "content": ... }]');
const noHistory = 'no earlier exchanges beside the turns|write them as turns, before the question';
const noImages = 'no images|remove them: samples have a video, a sound track or both';

const conversationSchema = z.object({
  id: z
    .union(
      [z.string().min(1), z.int()],
      'a text or an integer|give every sample its own "id", or leave it out',
    )
    .optional(),
  messages: turns.optional(),
  conversations: turns.optional(),
  video: path.optional(),
  videos: paths.optional(),
  audio: path.nullable().optional(),
  audios: paths.optional(),
  image: z.undefined(noImages).optional(),
  images: z.array(z.unknown(), noImages).max(0, noImages).optional(),
  system: z.string('a text|write the system message as text').optional(),
  history: z.array(z.unknown(), noHistory).max(0, noHistory).nullable().optional(),
  ...questionFields,
  solution: text('a non-empty text', 'write the reference answer').optional(),
  ref_answer: text('a non-empty text', 'write the reference answer').optional(),
  timestamps: z
    .undefined('no "timestamps" (a part of the video)|cut the clip to [start, end] and remove the field')
    .optional(),
});
type Row = z.infer<typeof conversationSchema>;

export const conversationLayout: SampleLayout = {
  name: 'conversation',
  detects: (row) => 'messages' in row || 'conversations' in row,
  read: (row, where) => flatten(row, where).map((flat) => sampleOf(flat, where)),
};

/** Rows in the flat layout, one a question. */
function flatten(row: Record<string, unknown>, where: Place): Record<string, unknown>[] {
  const { fields, metadata: given } = checkRow(conversationSchema, row, where);
  const metadata = withGrades(given);
  exclusive(fields, ['messages', 'conversations'], where);
  const field = fields.messages === undefined ? 'conversations' : 'messages';
  const spoken = readTurns(fields[field] ?? [], field, where);
  const conversation = readConversation(spoken, field, where);
  const exchanges = joinPath(conversation.exchanges);
  requireOneQuestion(fields, exchanges, field, where);
  const system = fields.system || undefined;
  if (system !== undefined && conversation.system !== undefined) {
    const problem = `got ${shown(system)}, and ${field} start with a system message too`;
    throw new DataError({ ...where, field: 'system' }, problem, 'keep one of them');
  }
  const shared = {
    ...mediaOf(
      fields,
      exchanges.map(({ question }) => question),
      where,
    ),
    system: system ?? conversation.system,
    spans: fields.spans,
    kind: fields.kind ?? (typeof metadata?.Type === 'string' ? metadata.Type : undefined),
    metadata,
  };
  const id = String(fields.id ?? `line-${where.line}`);
  return exchanges.map((exchange, i) =>
    defined({
      id: exchanges.length === 1 ? id : `${id}-${i + 1}`,
      ...shared,
      ...asked(exchange, fields),
      history:
        i === 0
          ? undefined
          : exchanges.slice(0, i).map(({ question, reply = '' }) => ({
              question: question.text,
              answer: withoutThoughts(reply),
            })),
    }),
  );
}

/** A solution path and the exchange that asks for the answer after it are one question (video-SALMONN-o1). */
function joinPath(exchanges: Exchange[]): Exchange[] {
  const [first, second, ...more] = exchanges;
  if (second === undefined || more.length > 0) return exchanges;
  if (!isPath(first.reply ?? '') || isPath(second.reply ?? '')) return exchanges;
  const answer = second.reference ?? first.reference ?? second.reply;
  return [{ ...first, reference: answer }];
}

function asked({ question, reply, reference }: Exchange, row: Row): Record<string, unknown> {
  const read = reply === undefined ? {} : readReply(reply);
  const given = row.ref_answer ?? row.solution ?? reference;
  const answer = given === undefined ? read.answer : readReply(given).answer;
  const split = splitOptions(question.text);
  const options = row.options ?? split.options;
  const named = answer !== undefined && options !== undefined ? nameOption(answer, options) : answer;
  return { question: split.question, options, answer: row.answer ?? named, steps: row.steps ?? read.steps };
}

/** A field about a question cannot name which of several it is about. */
function requireOneQuestion(
  row: Row,
  exchanges: readonly Exchange[],
  turnsField: string,
  where: Place,
): void {
  if (exchanges.length === 1) return;
  const names = ['answer', 'options', 'steps', 'spans', 'solution', 'ref_answer'] as const;
  const field = names.find((name) => row[name] !== undefined);
  if (field === undefined) return;
  throw new DataError(
    { ...where, field },
    `got ${shown(row[field])} for the ${exchanges.length} questions of ${turnsField}, expected it with one question only`,
    'write one question a row, or leave the answers to the replies',
  );
}

/** The row's files, each where its conversation places it: in the first question. */
function mediaOf(
  row: Row,
  [first, ...later]: readonly Turn[],
  where: Place,
): { video?: string; audio: string | null } {
  const late = later.some(({ files, placeholders }) =>
    [...Object.values(placeholders), files.video.length, files.audio.length].some((count) => count > 0),
  );
  if (late) {
    throw new DataError(
      where,
      'got media in a later question, expected them in the first one',
      'split the row where the media come in',
    );
  }
  exclusive(row, ['video', 'videos'], where);
  exclusive(row, ['audio', 'audios'], where);
  const files = (['video', 'audio'] as const).map((kind) => {
    const single = row[kind];
    const listed = single == null ? (row[`${kind}s`] ?? []) : [single];
    const tags = first.placeholders[kind] + (kind === 'video' ? first.placeholders.image : 0);
    // One file needs no tag, and a clip's own track may have one.
    const isLoose =
      single != null || (kind === 'audio' && row.video !== undefined && row.audios === undefined);
    if (isLoose ? tags > 1 : tags !== listed.length) {
      const tag = kind === 'video' && first.placeholders.image > 0 ? '<image>' : `<${kind}>`;
      throw new DataError(
        { ...where, field: single == null ? `${kind}s` : kind },
        `got ${listed.length} files for ${tags} ${tag} tags in the user's message, expected as many files as tags`,
        `write one ${tag} tag for each file; a tag that is meant as text stands in a part { "type": "text" }`,
      );
    }
    const all = [...first.files[kind], ...listed];
    if (all.length > 1) {
      const problem = `got ${shown(all)}, expected at most one file`;
      throw new DataError(
        { ...where, field: kind },
        problem,
        'split the sample: one video and one sound track each',
      );
    }
    return all[0];
  });
  return { video: files[0], audio: files[1] ?? null };
}

/** Of these fields a row has one. */
function exclusive(row: Row, names: readonly (keyof Row)[], where: Place): void {
  const isGiven = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : value != null);
  const [name, other] = names.filter((key) => isGiven(row[key]));
  if (other === undefined) return;
  throw new DataError({ ...where, field: other }, `stands beside "${name}"`, 'keep one of the two');
}

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
