/**
 * Questions with five options: colours or sounds, those of the clip's events and others, five of the six. Names are given to
 * events independently of their times, so without the clip every option has the same chance.
 */
import type { Letters } from './clips.js';
import { type ClipEvents, COLOURS, SOUNDS } from './events.js';
import { ask, nameOf } from './phrase.js';
import type { Form, Question, Ref } from './questions.js';
import type { Random } from './random.js';

const count = 5;

/** Forms that can be asked so, by the track that they are about. */
export const sightForms: readonly Form[] = ['first', 'last', 'next', 'second', 'colour'];
export const soundForms: readonly Form[] = ['first', 'last', 'next', 'second'];

export function fiveWay(
  { answer, options, kind }: Pick<Question, 'answer' | 'options'> & { kind: string },
  events: ClipEvents,
  letters: Letters,
  random: Random,
): { options: string[]; answer: string } {
  const name = (ref: Ref): string =>
    ref.track === 'seen' ? events.seen[ref.rank].colour : events.heard[ref.rank].sound;
  const names: readonly string[] = answer.track === 'seen' ? COLOURS : SOUNDS;
  const here = events[answer.track].map((_, rank) => name({ track: answer.track, rank }));
  const others = random.shuffle(names.filter((it) => !here.includes(it)));
  const wrong = options.map(name).filter((it) => it !== name(answer));
  const listed = random.shuffle([...wrong, ...others.slice(0, count - 1 - wrong.length)]);
  listed.splice(letters.next(kind, count), 0, name(answer));
  return { options: listed, answer: name(answer) };
}

/** Questions about sounds have the words of the training data, those about colours ask for a colour alone. */
export function wordsOf(question: Question, events: ClipEvents): string {
  const words = ask(events, question);
  if (question.answer.track === 'heard' || question.form === 'colour') return words;
  const { form, asked } = question;
  if (form === 'next') return `Which colour appeared right after the ${nameOf(events, asked as Ref)}?`;
  return words.replace(/^What (appeared|was)/, 'Which colour $1');
}
