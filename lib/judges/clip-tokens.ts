/**
 * Where the towers' tokens of a clip stand in its time. Tokens that are there at the same time are a slot: a group of frames,
 * or one token of sound. What is shown of a clip is whole slots.
 */
import type { MediaSpan, ShownTokens } from '../batch/index.js';
import type { Span } from './spans.js';

/** Half-open ranges of a track's slots, in order and apart. */
type Ranges = readonly (readonly [first: number, end: number])[];

export interface ShownSlots {
  vision: Ranges;
  audio: Ranges;
}

interface Track {
  /** Seconds at which the slots begin, and the last one ends. */
  bounds: readonly number[];
  /** Tokens of a slot. */
  cells: number;
}

export class ClipTokens {
  readonly duration: number;
  private readonly vision: Track;
  private readonly audio: Track;

  /**
   * @param spans of the root of a prompt that shows the whole clip
   * @param duration seconds of the clip
   * @param heard seconds of its sound
   */
  constructor(spans: readonly MediaSpan[], duration: number, heard: number) {
    this.duration = duration;
    const media = spans.find(({ kind }) => kind !== 'text');
    this.vision = media && 'times' in media ? visionTrack(media, duration) : { bounds: [], cells: 0 };
    this.audio = media && 'tokens' in media ? audioTrack(media.tokens, heard) : { bounds: [], cells: 0 };
  }

  /** Slots whose middle is in a span; of a span between the middles, the slot that is there in the middle of the span. */
  in(spans: readonly Span[]): ShownSlots {
    const inClip = spans.map(([start, end]): Span => [start, Math.min(end, this.duration)]);
    const shown = (track: Track): Ranges => union(inClip.map((span) => slotsIn(track, span)));
    return { vision: shown(this.vision), audio: shown(this.audio) };
  }

  /** The other slots. */
  without({ vision, audio }: ShownSlots): ShownSlots {
    return { vision: complement(vision, count(this.vision)), audio: complement(audio, count(this.audio)) };
  }

  /** The part of the clip that is shown, from 0 to 1: of the track of which more is. */
  fraction({ vision, audio }: ShownSlots): number {
    const part = (ranges: Ranges, track: Track): number =>
      ranges.reduce((sum, [first, end]) => sum + (end - first) / count(track), 0);
    return Math.max(part(vision, this.vision), part(audio, this.audio));
  }

  /** From the first slot that is shown to the last; null where none is. */
  stretch({ vision, audio }: ShownSlots): Span | null {
    const ends = (ranges: Ranges, { bounds }: Track): Span[] =>
      ranges.length === 0 ? [] : [[bounds[ranges[0][0]], bounds[ranges[ranges.length - 1][1]]]];
    const [one, other = one] = [...ends(vision, this.vision), ...ends(audio, this.audio)];
    return one === undefined ? null : [Math.min(one[0], other[0]), Math.max(one[1], other[1])];
  }

  /** As a root of a prompt has them. */
  tokens({ vision, audio }: ShownSlots): ShownTokens {
    return { vision: tokensOf(vision, this.vision), audio: tokensOf(audio, this.audio) };
  }
}

function count({ bounds }: Track): number {
  return Math.max(0, bounds.length - 1);
}

function visionTrack(
  { rows, columns, times }: { rows: number; columns: number; times: readonly number[] },
  duration: number,
): Track {
  return { bounds: [...times, Math.max(times[times.length - 1], duration)], cells: rows * columns };
}

function audioTrack(tokens: number, heard: number): Track {
  return { bounds: Array.from({ length: tokens + 1 }, (_, i) => (i * heard) / tokens), cells: 1 };
}

function slotsIn(track: Track, [start, end]: Span): readonly [number, number] {
  if (!(start < end)) return [0, 0];
  const { bounds } = track;
  const middle = (slot: number): number => (bounds[slot] + bounds[slot + 1]) / 2;
  const first = firstSlot(track, (slot) => middle(slot) >= start);
  const last = firstSlot(track, (slot) => middle(slot) >= end);
  if (first < last) return [first, last];
  const between = (start + end) / 2;
  const there = firstSlot(track, (slot) => bounds[slot + 1] > between);
  return bounds[there] <= between && there < count(track) ? [there, there + 1] : [0, 0];
}

/** The first slot for which `holds`, as it does for those after it; their count where there is none. */
function firstSlot(track: Track, holds: (slot: number) => boolean): number {
  let [low, high] = [0, count(track)];
  while (low < high) {
    const slot = (low + high) >> 1;
    if (holds(slot)) high = slot;
    else low = slot + 1;
  }
  return low;
}

function union(ranges: Ranges): Ranges {
  const joined: [number, number][] = [];
  for (const [first, end] of [...ranges].sort(([a], [b]) => a - b)) {
    if (first === end) continue;
    const last = joined[joined.length - 1];
    if (last !== undefined && first <= last[1]) last[1] = Math.max(last[1], end);
    else joined.push([first, end]);
  }
  return joined;
}

function complement(ranges: Ranges, slots: number): Ranges {
  const starts = [0, ...ranges.map(([, end]) => end)];
  const ends = [...ranges.map(([first]) => first), slots];
  return starts.flatMap((start, i) => (start < ends[i] ? [[start, ends[i]] as const] : []));
}

function tokensOf(ranges: Ranges, { cells }: Track): number[] {
  return ranges.flatMap(([first, end]) =>
    Array.from({ length: (end - first) * cells }, (_, i) => first * cells + i),
  );
}
