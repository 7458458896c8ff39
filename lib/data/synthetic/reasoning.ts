/**
 * Clips with questions that take several steps, from a seed alone. A step either reads the clip (a thing or a sound, and when it
 * was there) or follows from the steps before it (which times are earlier, how many, what the answer is): a model that
 * misreads one event is wrong whatever it concludes.
 *
 * - count: how many things appeared before a sound; each number is asked equally often.
 * - hop: what was heard while the thing after a named one was there, or the reverse.
 * - before: whether a thing appeared before a sound; both answers are equally often right.
 * - both, sight, sound: one question each of the forms that the synthetic benchmark has.
 */
import { type Clip, checkCounts, clipId, Letters, SPLITS, type Split } from './clips.js';
import {
  type ClipEvents,
  drawTimeline,
  EVENTS,
  nameEvents,
  SLOT,
  type Span,
  type Timeline,
} from './events.js';
import { fiveWay, sightForms, soundForms, wordsOf } from './five-way.js';
import { nameOf } from './phrase.js';
import { candidates, drawQuestions, type Question, type Ref } from './questions.js';
import { Random } from './random.js';

const reasoningKinds = ['count', 'hop', 'before', 'both', 'sight', 'sound'] as const;
type ReasoningKind = (typeof reasoningKinds)[number];

export interface ReasoningQuestion {
  kind: ReasoningKind;
  question: string;
  options: string[];
  answer: string;
  /** Observations, then what follows from them. */
  steps: string[];
}

/** What is asked of a timeline, before its events have names. */
interface Drawn {
  count: { heard: Ref; before: number };
  /** `through` is right before the question's `asked`. */
  hop: { through: Ref; question: Question };
  before: { seen: Ref; heard: Ref };
  ordinary: Question[];
}

/** No two clips have the same events. Held-out splits are drawn first. */
export function reasoningClips(
  seed: number,
  counts: Record<Split, number>,
): Record<Split, Clip<ReasoningQuestion>[]> {
  checkCounts('reasoningClips: counts', counts);
  const taken = new Set<string>();
  const splits = [...SPLITS].reverse().map((split) => {
    const letters = new Letters(seed, `reasoning-${split}`);
    const clips = Array.from({ length: counts[split] }, (_, index) =>
      drawClip(seed, split, index, letters, taken),
    );
    return [split, clips] as const;
  });
  return Object.fromEntries(splits) as Record<Split, Clip<ReasoningQuestion>[]>;
}

function drawClip(
  seed: number,
  split: Split,
  index: number,
  letters: Letters,
  taken: Set<string>,
): Clip<ReasoningQuestion> {
  const random = new Random(seed, split, index, 'reasoning');
  const wanted = {
    count: random.int(EVENTS + 1),
    isBefore: random.int(2) === 0,
    heard: random.int(2) === 0,
    both: random.pick(['when', 'while'] as const),
    sight: random.pick(sightForms),
    sound: random.pick(soundForms),
  };
  for (;;) {
    const timeline = drawTimeline(random);
    const drawn = drawFrom(timeline, wanted, random);
    if (drawn === undefined) continue;
    const events = nameEvents(timeline, random);
    const key = JSON.stringify(events);
    if (taken.size === taken.add(key).size) continue;
    const questions = phrased(drawn, events, letters, random);
    return { id: clipId(split, index), split, index, events, questions };
  }
}

interface Wanted {
  count: number;
  isBefore: boolean;
  /** Whether the hop ends at a sound. */
  heard: boolean;
  both: 'when' | 'while';
  sight: (typeof sightForms)[number];
  sound: (typeof soundForms)[number];
}

/** Undefined where the timeline does not allow one of the questions. */
function drawFrom(timeline: Timeline, wanted: Wanted, random: Random): Drawn | undefined {
  const { seen, heard } = timeline;
  const refs = (track: Ref['track']): Ref[] => timeline[track].map((_, rank) => ({ track, rank }));
  // Equal starts would make "before" a matter of half a frame.
  const countable = refs('heard').filter(({ rank }) => {
    const { start } = heard[rank];
    return seen.every((span) => span.start !== start) && earlier(seen, start) === wanted.count;
  });
  const hops = candidates(timeline, 'both', wanted.heard ? 'while' : 'when').filter(
    ({ asked }) => (asked as Ref).rank > 0,
  );
  const ordered = refs('seen').flatMap((thing) =>
    refs('heard')
      .filter((sound) => isOrdered(seen[thing.rank], heard[sound.rank], wanted.isBefore))
      .map((sound) => ({ seen: thing, heard: sound })),
  );
  const both = drawQuestions(timeline, [wanted.both], 'both', random);
  if (countable.length === 0 || hops.length === 0 || ordered.length === 0 || both === undefined)
    return undefined;
  const hop = random.pick(hops);
  const asked = hop.asked as Ref;
  return {
    count: { heard: random.pick(countable), before: wanted.count },
    hop: { through: { ...asked, rank: asked.rank - 1 }, question: hop },
    before: random.pick(ordered),
    ordinary: [
      ...both,
      ...(drawQuestions(timeline, [wanted.sight], 'sight', random) as Question[]),
      ...(drawQuestions(timeline, [wanted.sound], 'sound', random) as Question[]),
    ],
  };
}

const earlier = (spans: readonly Span[], start: number): number =>
  spans.filter((span) => span.start < start).length;

const isOrdered = (a: Span, b: Span, isBefore: boolean): boolean =>
  isBefore ? a.start < b.start : a.start > b.start;

function phrased(drawn: Drawn, events: ClipEvents, letters: Letters, random: Random): ReasoningQuestion[] {
  const name = (ref: Ref): string => nameOf(events, ref);
  const spanOf = ({ track, rank }: Ref): Span => events[track][rank];
  const startOf = (ref: Ref): string => seconds(spanOf(ref).start);
  const read = (ref: Ref): string => `${name(ref)} from ${startOf(ref)} to ${seconds(spanOf(ref).end)}`;
  return [count(), hop(), before(), ...drawn.ordinary.map(ordinary)];

  function count(): ReasoningQuestion {
    const { heard, before: number } = drawn.count;
    const seen = events.seen.map((_, rank): Ref => ({ track: 'seen', rank }));
    const first = seen.slice(0, number).map(name);
    const start = startOf(heard);
    return {
      kind: 'count',
      question: `How many things appeared before the ${name(heard)}?`,
      ...placed('count', ['0', '1', '2', '3'], String(number)),
      steps: [
        read(heard),
        ...seen.map(read),
        `before ${start}: ${first.length === 0 ? 'nothing' : first.join(', ')}`,
        `so it is ${number}`,
      ],
    };
  }

  function hop(): ReasoningQuestion {
    const { through, question } = drawn.hop;
    const { asked, answer } = question as Question & { asked: Ref };
    const options = fiveWay({ ...question, kind: 'hop' }, events, letters, random);
    const ofSound = answer.track === 'heard';
    return {
      kind: 'hop',
      question: ofSound
        ? `What was heard while the thing right after the ${name(through)} was there?`
        : `Which colour was on screen when the sound right after the ${name(through)} was heard?`,
      ...options,
      steps: [read(through), read(asked), read(answer), `so it is ${options.answer}`],
    };
  }

  function before(): ReasoningQuestion {
    const { seen, heard } = drawn.before;
    const [first, second] = [seen, heard].map(startOf);
    const isBefore = spanOf(seen).start < spanOf(heard).start;
    return {
      kind: 'before',
      question: `Did the ${name(seen)} appear before the ${name(heard)}?`,
      ...placed('before', ['YES', 'NO'], isBefore ? 'YES' : 'NO'),
      steps: [read(seen), read(heard), `${first} is ${isBefore ? 'before' : 'after'} ${second}`],
    };
  }

  function ordinary(question: Question): ReasoningQuestion {
    const options = fiveWay(question, events, letters, random);
    return {
      kind: question.kind,
      question: wordsOf(question, events),
      ...options,
      steps: [...question.evidence.map(({ event }) => read(event)), `so it is ${options.answer}`],
    };
  }

  /** Options in random order, with the answer at a letter that is dealt. */
  function placed(kind: ReasoningKind, all: string[], answer: string): { options: string[]; answer: string } {
    const options = random.shuffle(all.filter((it) => it !== answer));
    options.splice(letters.next(kind, all.length), 0, answer);
    return { options, answer };
  }
}

const seconds = (slot: number): string => (slot * SLOT).toFixed(1);
