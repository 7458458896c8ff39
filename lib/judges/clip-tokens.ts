/** Where the towers' tokens of a clip stand in its time. */
import type { MediaSpan, ShownTokens } from '../batch/index.js';
import type { Span } from './spans.js';

/** Tokens that are there at the same time: a group of frames, or one token of sound. */
interface Slot {
  tokens: readonly number[];
  start: number;
  end: number;
}

export class ClipTokens {
  readonly duration: number;
  private readonly tracks: { vision: readonly Slot[]; audio: readonly Slot[] };

  /**
   * @param spans of the root of a prompt that shows the whole clip
   * @param duration seconds of the clip
   * @param heard seconds of its sound
   */
  constructor(spans: readonly MediaSpan[], duration: number, heard: number) {
    this.duration = duration;
    const media = spans.find(({ kind }) => kind !== 'text');
    this.tracks = {
      vision: media && 'times' in media ? visionSlots(media, duration) : [],
      audio: media && 'tokens' in media ? audioSlots(media.tokens, heard) : [],
    };
  }

  /** Slots whose middle is in a span; of a span between the middles, the slot that is there in the middle of the span. */
  in(spans: readonly Span[]): ShownSlots {
    return this.filtered((slots) => {
      const shown = spans.flatMap(([start, until]) => {
        const end = Math.min(until, this.duration);
        if (!(start < end)) return [];
        const inSpan = slots.filter((slot) => start <= middle(slot) && middle(slot) < end);
        const between = (start + end) / 2;
        return inSpan.length > 0
          ? inSpan
          : slots.filter((slot) => slot.start <= between && between < slot.end);
      });
      return (slot) => shown.includes(slot);
    });
  }

  /** The other slots. */
  without({ vision, audio }: ShownSlots): ShownSlots {
    const shown = new Set([...vision, ...audio]);
    return this.filtered(() => (slot) => !shown.has(slot));
  }

  /** The part of the clip that is shown, from 0 to 1: of the track of which more is. */
  fraction(shown: ShownSlots): number {
    const part = (track: keyof ShownSlots): number =>
      this.tracks[track].length === 0 ? 0 : shown[track].length / this.tracks[track].length;
    return Math.max(part('vision'), part('audio'));
  }

  private filtered(select: (slots: readonly Slot[]) => (slot: Slot) => boolean): ShownSlots {
    const { vision, audio } = this.tracks;
    return { vision: vision.filter(select(vision)), audio: audio.filter(select(audio)) };
  }
}

export interface ShownSlots {
  vision: readonly Slot[];
  audio: readonly Slot[];
}

/** As a root of a prompt has them. */
export function tokensOf({ vision, audio }: ShownSlots): ShownTokens {
  return {
    vision: vision.flatMap(({ tokens }) => tokens),
    audio: audio.flatMap(({ tokens }) => tokens),
  };
}

/** From the first slot that is shown to the last; null where none is. */
export function stretchOf({ vision, audio }: ShownSlots): Span | null {
  const slots = [...vision, ...audio];
  if (slots.length === 0) return null;
  return slots.reduce<Span>(
    ([start, end], slot) => [Math.min(start, slot.start), Math.max(end, slot.end)],
    [Number.POSITIVE_INFINITY, 0],
  );
}

function middle({ start, end }: Slot): number {
  return (start + end) / 2;
}

function visionSlots(
  { rows, columns, times }: { rows: number; columns: number; times: readonly number[] },
  duration: number,
): Slot[] {
  const cells = rows * columns;
  return times.map((start, group) => ({
    tokens: Array.from({ length: cells }, (_, cell) => group * cells + cell),
    start,
    end: times[group + 1] ?? Math.max(start, duration),
  }));
}

function audioSlots(tokens: number, heard: number): Slot[] {
  const length = heard / tokens;
  return Array.from({ length: tokens }, (_, i) => ({
    tokens: [i],
    start: i * length,
    end: (i + 1) * length,
  }));
}
