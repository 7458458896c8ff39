/**
 * Words for questions, options and reasoning: a small closed vocabulary with one phrase for each thing, so that
 * a small model learns to perceive and not to paraphrase.
 */
import { type ClipEvents, type HeardEvent, type SeenEvent, SLOT } from './events.js';
import type { Question, Ref } from './questions.js';

const ORDINALS = ['first', 'second', 'third', 'fourth'];

export interface Phrased {
  question: string;
  options: string[];
  answer: string;
  /** One caption for each span, then the conclusion. */
  steps: string[];
  /** Seconds. */
  spans: [number, number][];
}

/** @param letter index of the option that the answer becomes; `others` orders the wrong ones. */
export function phrase(events: ClipEvents, question: Question, others: Ref[], letter: number): Phrased {
  const textOf = (ref: Ref): string => option(events, question, ref);
  const options = others.map(textOf);
  const answer = textOf(question.answer);
  options.splice(letter, 0, answer);
  return {
    question: ask(events, question),
    options,
    answer,
    steps: [
      ...question.evidence.map(({ event }) => nameOf(events, event)),
      conclude(events, question, answer),
    ],
    spans: question.evidence.map((item) => [item.start * SLOT, item.end * SLOT]),
  };
}

/** "red square", "rising chirp". */
export function nameOf(events: ClipEvents, ref: Ref): string {
  if (ref.track === 'heard') return (events.heard[ref.rank] as HeardEvent).sound;
  const { colour, shape } = events.seen[ref.rank] as SeenEvent;
  return `${colour} ${shape}`;
}

function option(events: ClipEvents, question: Question, ref: Ref): string {
  if (question.form === 'colour') return (events.seen[ref.rank] as SeenEvent).colour;
  if (question.form === 'shape') return (events.seen[ref.rank] as SeenEvent).shape;
  return nameOf(events, ref);
}

export function ask(events: ClipEvents, question: Question): string {
  const { form, kind, asked } = question;
  const named = asked === undefined ? '' : nameOf(events, asked);
  const heard = kind === 'sound';
  switch (form) {
    case 'first':
    case 'last':
      return heard ? `Which sound came ${form}?` : `What appeared ${form}?`;
    case 'next':
      return heard ? `Which sound came right after the ${named}?` : `What appeared right after the ${named}?`;
    case 'second': {
      const which = ORDINALS[question.second as number];
      return heard ? `What was heard in the ${which} second?` : `What was on screen in the ${which} second?`;
    }
    case 'colour':
      return `Which colour was the ${(events.seen[(asked as Ref).rank] as SeenEvent).shape}?`;
    case 'shape':
      return `Which shape was ${(events.seen[(asked as Ref).rank] as SeenEvent).colour}?`;
    case 'when':
      return `What was on screen when the ${named} sounded?`;
    case 'while':
      return `What was heard while the ${named} was there?`;
    case 'order': {
      const [seen, sound] = question.options.map((ref) => nameOf(events, ref));
      return `Which came first, the ${seen} or the ${sound}?`;
    }
  }
}

function conclude(events: ClipEvents, question: Question, answer: string): string {
  switch (question.form) {
    case 'first':
    case 'last':
    case 'next':
      return `${question.form} is ${answer}`;
    case 'order':
      return `first is ${answer}`;
    case 'colour':
      return `${(events.seen[question.answer.rank] as SeenEvent).shape} is ${answer}`;
    default:
      return `it is ${answer}`;
  }
}
