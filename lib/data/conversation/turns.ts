/**
 * The turns of a conversation as other tools write them: { role, content } (Hugging Face, ms-swift) or { from, value }
 * (LLaVA, ShareGPT, LLaMA-Factory), with content as one text or as Hugging Face's list of parts.
 */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { shown } from '../../runtime/index.js';
import { DataError, type Place } from '../errors.js';
import { check } from '../schema.js';

type Speaker = 'system' | 'user' | 'assistant' | 'reference' | 'rejected';

export interface Turn {
  speaker: Speaker;
  /** Without its placeholders, where it is a user's. */
  text: string;
  /** Placeholders of media that other fields of the row name: tags of a text, parts without a source. */
  placeholders: Record<Placeholder, number>;
  /** Files that parts name. */
  files: Record<'video' | 'audio', string[]>;
}

/** `image` is what LLaVA writes for any picture, a clip's too. */
type Placeholder = 'video' | 'audio' | 'image';

const speakers: Record<string, Speaker> = {
  system: 'system',
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
  gt: 'reference',
  reject_gpt: 'rejected',
};

const speaker = (expected: string) =>
  z.string(expected).refine((name) => Object.hasOwn(speakers, name), expected);
const source = z.string('a path|write the path of a media file').optional();
const partTypes = ['text', 'video', 'audio'] as const;
const typed = z.looseObject(
  { type: z.enum(partTypes, 'text, video or audio|other parts of a message are not read') },
  'a part|write { "type": "text", "text": ... }',
);
const type = z.enum(partTypes);
const parts = {
  text: z.strictObject({ type, text: z.string('a text|write the words of the part') }),
  video: z.strictObject({ type, video: source, path: source, url: source }),
  audio: z.strictObject({ type, audio: source, path: source, url: source }),
};
type Sources = Partial<Record<'video' | 'audio' | 'path' | 'url', string>>;
const content = z.union(
  [z.string(), z.array(z.unknown())],
  'a text or a list of parts|write the content as one text with <video> and <audio> tags, or as parts',
);
const roleTurn = z.strictObject({
  role: speaker('system, user or assistant|use one of these roles'),
  content,
});
const fromTurn = z.strictObject({
  from: speaker('human, gpt, system, reject_gpt or gt|use one of these speakers'),
  value: content,
});

/** @param field the row's field that holds the turns */
export function readTurns(turns: readonly unknown[], field: string, where: Place): Turn[] {
  return turns.map((turn, i) => readTurn(turn, `${field}[${i}]`, where));
}

function readTurn(turn: unknown, field: string, where: Place): Turn {
  const isFrom = typeof turn === 'object' && turn !== null && ('from' in turn || 'value' in turn);
  const [name, content] = isFrom
    ? valuesOf(check(fromTurn, turn, where, field), 'from', 'value')
    : valuesOf(check(roleTurn, turn, where, field), 'role', 'content');
  const speaker = speakers[name];
  const files = { video: [] as string[], audio: [] as string[] };
  const placeholders = { video: 0, audio: 0, image: 0 };
  if (typeof content === 'string') {
    if (speaker !== 'user') return { speaker, text: content.trim(), placeholders, files };
    const text = content.replace(/<(video|audio|image)>/g, (_, kind: Placeholder) => {
      placeholders[kind] += 1;
      return '';
    });
    return { speaker, text: text.trim(), placeholders, files };
  }
  const texts = content.map((given, i) => {
    const place = { ...where, field: `${field}.${isFrom ? 'value' : 'content'}[${i}]` };
    const { type } = check(typed, given, where, place.field);
    if (type === 'text') return check(parts.text, given, where, place.field).text;
    if (speaker !== 'user') {
      const problem = `got ${type} of ${name}, expected media in a user's message`;
      throw new DataError(place, problem, 'move the part');
    }
    const { video, audio, path, url }: Sources = check(parts[type], given, where, place.field);
    const file = video ?? audio ?? path ?? url;
    if (file === undefined) placeholders[type] += 1;
    else files[type].push(pathOf(file, place));
    return '';
  });
  return { speaker, text: texts.join('').trim(), placeholders, files };
}

function pathOf(source: string, place: Place): string {
  if (!source.startsWith('file://')) return source;
  try {
    return fileURLToPath(source);
  } catch {
    throw new DataError(place, `got ${shown(source)}, expected the URL of a local file`, 'write its path');
  }
}

function valuesOf<N extends string, V extends string, C>(
  turn: Record<N, string> & Record<V, C>,
  name: N,
  value: V,
): [string, C] {
  return [turn[name], turn[value]];
}
