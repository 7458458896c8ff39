/**
 * What happens in a clip: a list of seen and a list of heard events on a grid of half seconds. Nothing is drawn or
 * synthesised here. A clip has four seconds; each track leaves one of them empty and has one event in each of the
 * other three, lasting its first half, its second half or all of it. The two tracks are drawn independently and
 * by the same rule, and names are given to events independently of their times: this symmetry is what makes the
 * questions on both tracks unanswerable from one (bayes-optimal.ts computes it).
 */
import type { Random } from './random.js';

export const SECONDS = 4;
/** Length of one grid slot in seconds; events start and end on the grid. */
export const SLOT = 0.5;
export const SLOTS = SECONDS / SLOT;
/** Events a track: one in each second but one. */
export const EVENTS = SECONDS - 1;

export const COLOURS = ['red', 'green', 'blue', 'yellow', 'purple', 'white'] as const;
/** They differ in how much they cover and which way they lie, so that coarse patches distinguish them. */
const SHAPES = ['dot', 'square', 'bar', 'pole'] as const;
export const SOUNDS = [
  'low tone',
  'high tone',
  'rising chirp',
  'falling chirp',
  'noise burst',
  'drum beat',
] as const;
export type Colour = (typeof COLOURS)[number];
export type Shape = (typeof SHAPES)[number];
export type Sound = (typeof SOUNDS)[number];

/** Half-open range of slots. */
export interface Span {
  start: number;
  end: number;
}
export interface SeenEvent extends Span {
  colour: Colour;
  shape: Shape;
}
export interface HeardEvent extends Span {
  sound: Sound;
}
export type Track = 'seen' | 'heard';

/** When things happen, without their names; both lists in time order. */
export interface Timeline {
  seen: Span[];
  heard: Span[];
}
/** Three events a track in time order; colours, shapes and sounds differ within a clip. */
export interface ClipEvents extends Timeline {
  seen: SeenEvent[];
  heard: HeardEvent[];
}

const HALVES: readonly Span[] = [
  { start: 0, end: 1 },
  { start: 1, end: 2 },
  { start: 0, end: 2 },
];

/** Every possible timing of one track, equally likely: which second is empty (4) x the halves of the others (27). */
export const trackTimings: readonly Span[][] = Array.from(
  { length: SECONDS * HALVES.length ** EVENTS },
  (_, code) => {
    const empty = code % SECONDS;
    let rest = (code - empty) / SECONDS;
    const spans: Span[] = [];
    for (let second = 0; second < SECONDS; second++) {
      if (second === empty) continue;
      const half = HALVES[rest % HALVES.length] as Span;
      rest = Math.floor(rest / HALVES.length);
      spans.push({ start: 2 * second + half.start, end: 2 * second + half.end });
    }
    return spans;
  },
);

export function drawTimeline(random: Random): Timeline {
  return { seen: random.pick(trackTimings), heard: random.pick(trackTimings) };
}

/** Gives the events of a timeline their names, uniformly and whatever their times. */
export function nameEvents(timeline: Timeline, random: Random): ClipEvents {
  const colours = random.shuffle(COLOURS);
  const shapes = random.shuffle(SHAPES);
  const sounds = random.shuffle(SOUNDS);
  return {
    seen: timeline.seen.map((span, i) => ({
      colour: colours[i] as Colour,
      shape: shapes[i] as Shape,
      ...span,
    })),
    heard: timeline.heard.map((span, i) => ({ sound: sounds[i] as Sound, ...span })),
  };
}

/** Which second of the clip (0-based) an event lies in. */
export function secondOf(span: Span): number {
  return Math.floor(span.start * SLOT);
}
