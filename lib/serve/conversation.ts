/** The messages of a request as a question with what stands before it. */
import type { Processor } from '../omni/index.js';
import { wrongField } from './api-error.js';
import type { ChatMessage, ContentPart } from './chat-request.js';

/** Where a clip comes from, as the request has it. */
export interface ClipSource {
  kind: 'video' | 'audio';
  /** Names it in messages: `messages[0].content[1]`. */
  param: string;
  /** A URL, or base64. */
  url?: string;
  base64?: string;
}

/** What the model's prompts can hold. */
type Takes = Processor['takes'];

export interface Conversation {
  system?: string;
  history: { question: string; answer: string }[];
  question: string;
  clips: ClipSource[];
}

/**
 * An optional system message, then turns of user and assistant, of which the user has the last. A clip stands in the first one.
 * @throws ApiError for messages that the model's prompt cannot hold
 */
export function readConversation(messages: readonly ChatMessage[], takes: Takes): Conversation {
  const start = messages[0].role === 'system' || messages[0].role === 'developer' ? 1 : 0;
  const turns = messages.slice(start);
  const wrong = turns.findIndex(({ role }, i) => role !== (i % 2 === 0 ? 'user' : 'assistant'));
  if (wrong >= 0 || turns.length % 2 === 0) {
    const at = wrong >= 0 ? start + wrong : messages.length - 1;
    const expected =
      'expected at most one system message, then user and assistant in turns, the user first and last';
    throw wrongField(`messages[${at}].role`, `${expected}, got ${messages[at].role}`);
  }
  if (turns.length > 1 && !takes.history)
    throw wrongField(
      `messages[${start + 1}]`,
      "the model's chat template takes one question only; send the last user message alone",
    );
  const texts = turns.map(({ content }) => textOf(content));
  const clips = turns.flatMap(({ content }, i) => clipsIn(content, start + i, i === 0, takes));
  const history = Array.from({ length: (texts.length - 1) / 2 }, (_, i) => {
    return { question: texts[2 * i], answer: texts[2 * i + 1] };
  });
  return {
    ...(start === 1 && { system: textOf(messages[0].content) }),
    history,
    question: texts[texts.length - 1],
    clips,
  };
}

function textOf(parts: readonly ContentPart[]): string {
  return parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

function clipsIn(
  parts: readonly ContentPart[],
  message: number,
  isFirst: boolean,
  takes: Takes,
): ClipSource[] {
  const clips: ClipSource[] = [];
  for (const [i, part] of parts.entries()) {
    if (part.type === 'text') continue;
    const clip = clipOf(part, `messages[${message}].content[${i}]`);
    if (!takes[clip.kind]) throw wrongField(clip.param, `the model takes no ${clip.kind}`);
    if (!isFirst || clips.some(({ kind }) => kind === clip.kind))
      throw wrongField(clip.param, `expected at most one ${clip.kind}, in the first user message`);
    clips.push(clip);
  }
  return clips;
}

function clipOf(part: Exclude<ContentPart, { type: 'text' }>, param: string): ClipSource {
  switch (part.type) {
    case 'video_url':
      return { kind: 'video', param, url: part.video_url.url };
    case 'audio_url':
      return { kind: 'audio', param, url: part.audio_url.url };
    case 'input_video':
      return { kind: 'video', param, base64: part.input_video.data };
    case 'input_audio':
      return { kind: 'audio', param, base64: part.input_audio.data };
  }
}
