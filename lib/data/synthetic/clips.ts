/**
 * The list of a synthetic dataset's clips with their events and questions, from a seed alone: integer arithmetic, the same
 * everywhere. Nothing is drawn, synthesised or written here.
 */
import { checkOptions, type OptionKind } from '../../tensor/index.js';
import { type ClipEvents, drawTimeline, nameEvents } from './events.js';
import { type Phrased, phrase } from './phrase.js';
import { drawQuestions, FORM_PAIRS, type Form, type Kind, type Question } from './questions.js';
import { Random } from './random.js';

export const SPLITS = ['train', 'validation', 'test'] as const;
export type Split = (typeof SPLITS)[number];
const KINDS: readonly Kind[] = ['sight', 'sound', 'both'];

export interface ClipQuestion extends Phrased {
  kind: Kind;
  form: Form;
}
export interface Clip<Asked = ClipQuestion> {
  /** For example `test-00012`. */
  id: string;
  split: Split;
  index: number;
  events: ClipEvents;
  /** Two of each kind. */
  questions: Asked[];
}

/** All clips are drawn before the first is written. */
const mostClips = 2 ** 20;
export const countKind: OptionKind = {
  expected: `an integer from 0 to ${mostClips}`,
  type: 'number',
  required: true,
  fits: (value) => Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= mostClips,
};

/** @throws TypeError or RangeError naming the split */
export function checkCounts(op: string, counts: Record<Split, number>): void {
  checkOptions(op, counts, {
    train: countKind,
    validation: countKind,
    test: countKind,
  });
}

/**
 * All clips of a dataset. No two have the same events. Held-out splits are drawn first: they do not change with the
 * number of training clips.
 */
export function syntheticClips(seed: number, counts: Record<Split, number>): Record<Split, Clip[]> {
  checkCounts('syntheticClips: counts', counts);
  const taken = new Set<string>();
  const splits = Object.fromEntries(
    [...SPLITS].reverse().map((split) => {
      const letters = new Letters(seed, split);
      return [
        split,
        Array.from({ length: counts[split] }, (_, index) => drawClip(seed, split, index, letters, taken)),
      ];
    }),
  );
  return splits as Record<Split, Clip[]>;
}

function drawClip(seed: number, split: Split, index: number, letters: Letters, taken: Set<string>): Clip {
  const random = new Random(seed, split, index, 'events');
  const [sight, sound, both] = KINDS.map((kind) => random.pick(FORM_PAIRS[kind]));
  for (;;) {
    const timeline = drawTimeline(random);
    // Only these can be impossible; trying them first makes the many refused timelines cheap.
    const crossing = drawQuestions(timeline, both!, 'both', random);
    if (crossing === undefined) continue;
    const drawn = [
      ...drawQuestions(timeline, sight!, 'sight', random)!,
      ...drawQuestions(timeline, sound!, 'sound', random)!,
      ...crossing,
    ];
    const events = nameEvents(timeline, random);
    const key = JSON.stringify(events);
    if (taken.has(key)) continue;
    taken.add(key);
    const questions = drawn.map((question) => put(question, events, letters, random));
    return { id: clipId(split, index), split, index, events, questions };
  }
}

export function clipId(split: Split, index: number): string {
  return `${split}-${String(index).padStart(5, '0')}`;
}

function put(question: Question, events: ClipEvents, letters: Letters, random: Random): ClipQuestion {
  const { answer, options } = question;
  const wrong = options.filter((ref) => ref.track !== answer.track || ref.rank !== answer.rank);
  const letter = letters.next(question.kind, options.length);
  return {
    kind: question.kind,
    form: question.form,
    ...phrase(events, question, random.shuffle(wrong), letter),
  };
}

/** Deals answer letters so that within a split, kind and number of options no letter is ahead by more than one. */
export class Letters {
  private readonly random: Random;
  private readonly decks = new Map<string, number[]>();

  constructor(seed: number, split: string) {
    this.random = new Random(seed, split, 'letters');
  }

  next(kind: string, options: number): number {
    const key = `${kind}/${options}`;
    let deck = this.decks.get(key);
    if (deck === undefined || deck.length === 0) {
      deck = this.random.shuffle(Array.from({ length: options }, (_, i) => i));
      this.decks.set(key, deck);
    }
    return deck.pop() as number;
  }
}
