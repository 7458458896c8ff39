/**
 * Which questions a timeline allows, in terms of events' ranks in time; no words yet (phrase.ts), so that the
 * generator and the Bayes-optimal bound use one definition. Three kinds: `sight` and `sound` need one track, `both` needs
 * the two together.
 *
 * The conditions on `both` questions keep one track from determining the answer (bayes-optimal.ts has the figures):
 * - when, while: the two events overlap and do not both fill their second. An event of any length then has the
 *   same chance (2/3) of being asked about, so a long one is no better guess than a short one.
 * - order: the two start exactly one slot apart, and each of the 7 x 2 placements is equally likely: where one event
 *   lies gives little information on the other except at the clip's two ends. On a finite clip no rule leaves nothing, since
 *   the earliest possible start always comes first.
 */
import { EVENTS, type Span, secondOf, type Timeline, type Track } from './events.js';
import type { Random } from './random.js';

/** Pairs of a seen and a heard event in a clip. */
const PAIRS = EVENTS ** 2;

export type Kind = 'sight' | 'sound' | 'both';
export type Form = 'first' | 'last' | 'next' | 'second' | 'colour' | 'shape' | 'when' | 'while' | 'order';

/** One event of a clip: the rank-th of its track in time. */
export interface Ref {
  track: Track;
  rank: number;
}
/** An event that the reasoning names, and when it is (slots). */
interface Evidence extends Span {
  event: Ref;
}
export interface Question {
  kind: Kind;
  form: Form;
  /** The event (or, for `second`, the second) that the question names. */
  asked?: Ref;
  second?: number;
  /** In time order, `order`: seen then heard; shuffled when put into words. */
  options: Ref[];
  answer: Ref;
  /** In the order of the reasoning: what the question names, then what it is found to be. */
  evidence: Evidence[];
}

/** Two forms are asked of each kind: these pairs, each as often as it is listed. */
export const FORM_PAIRS: Record<Kind, readonly (readonly [Form, Form])[]> = {
  sight: [
    ['first', 'colour'],
    ['last', 'shape'],
    ['next', 'second'],
    ['first', 'second'],
    ['last', 'colour'],
    ['next', 'shape'],
  ],
  sound: [
    ['first', 'second'],
    ['last', 'second'],
    ['next', 'second'],
    ['first', 'last'],
  ],
  both: [
    ['when', 'while'],
    ['when', 'while'],
    ['when', 'while'],
    ['when', 'order'],
    ['while', 'order'],
  ],
};

/** All questions of one kind and form that a timeline allows; the generator picks one of them uniformly. */
export function candidates(timeline: Timeline, kind: Kind, form: Form): Question[] {
  if (kind === 'both')
    return pairs(timeline).flatMap(([seen, heard]) => both(timeline, form, seen, heard) ?? []);
  const track = kind === 'sight' ? 'seen' : 'heard';
  const events = timeline[track].map((span, rank) => ({ span, ref: { track, rank } as Ref }));
  const options = events.map((event) => event.ref);
  const seenAt = (rank: number): Evidence => evidenceOf(timeline, options[rank] as Ref);
  const one = (rank: number, rest: Partial<Question>): Question => ({
    kind,
    form,
    options,
    answer: options[rank] as Ref,
    evidence: [seenAt(rank)],
    ...rest,
  });
  switch (form) {
    case 'first':
      return [one(0, {})];
    case 'last':
      return [one(options.length - 1, {})];
    case 'next':
      return options.slice(0, -1).map((asked) =>
        one(asked.rank + 1, {
          asked,
          options: options.filter((ref) => ref !== asked),
          evidence: [seenAt(asked.rank), seenAt(asked.rank + 1)],
        }),
      );
    case 'second':
      return events.map(({ span, ref }) => one(ref.rank, { second: secondOf(span) }));
    default:
      return options.map((asked) => one(asked.rank, { asked }));
  }
}

function both(timeline: Timeline, form: Form, seen: Ref, heard: Ref): Question | undefined {
  const a = timeline.seen[seen.rank] as Span;
  const b = timeline.heard[heard.rank] as Span;
  if (form === 'order') {
    if (Math.abs(a.start - b.start) !== 1) return undefined;
    const evidence = [seen, heard].map((ref) => evidenceOf(timeline, ref));
    return { kind: 'both', form, options: [seen, heard], answer: a.start < b.start ? seen : heard, evidence };
  }
  const overlap = a.start < b.end && b.start < a.end;
  const bothWhole = a.end - a.start === 2 && b.end - b.start === 2;
  if (!overlap || bothWhole) return undefined;
  const [asked, answer] = form === 'when' ? [heard, seen] : [seen, heard];
  const options = timeline[answer.track].map((_, rank) => ({ track: answer.track, rank }));
  const evidence = [asked, answer].map((ref) => evidenceOf(timeline, ref));
  return { kind: 'both', form, asked, options, answer, evidence };
}

/**
 * Picks a question of each form, for `both` by picking a seen and a heard event without looking at their times;
 * undefined when these do not allow it. So every allowed question on every timeline is equally likely, however
 * many others its timeline allows.
 */
export function drawQuestions(timeline: Timeline, pair: readonly Form[], kind: Kind, random: Random) {
  const drawn: Question[] = [];
  for (const form of pair) {
    const list = candidates(timeline, kind, form);
    const question = list[random.int(kind === 'both' ? PAIRS : list.length)];
    if (question === undefined) return undefined;
    drawn.push(question);
  }
  return drawn;
}

function evidenceOf(timeline: Timeline, ref: Ref): Evidence {
  const { start, end } = timeline[ref.track][ref.rank] as Span;
  return { start, end, event: ref };
}

function pairs(timeline: Timeline): [Ref, Ref][] {
  return timeline.seen.flatMap((_, s) =>
    timeline.heard.map((_, h): [Ref, Ref] => [
      { track: 'seen', rank: s },
      { track: 'heard', rank: h },
    ]),
  );
}
