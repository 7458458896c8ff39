/** From the time stamps that a container gives its frames to when they are shown. */
import type { FrameTimes } from '../sampling.js';

/** A video as its packets tell it; frames in order of presentation. */
export interface Timeline extends FrameTimes {
  /** The container's own stamps, in its ticks; null where it gives none to some frames, which then only counting tells apart. */
  stamps: readonly number[] | null;
  /** The stamps in seconds on the clip's clock; of a constant rate, `times` are these without the container's rounding. */
  pts: readonly number[];
}

/** What a container says of its frames, in the order in which it stores them, in ticks; NaN where it says nothing. */
interface StoredTimes {
  stamps: readonly number[];
  /** Times of decoding; may tell of frames in front of the first stamp. */
  decoded: readonly number[];
  /** Frames that a decoder holds back to put them in order. */
  delay: number;
}

/**
 * @param tick seconds
 * @param first where the video starts on the clip's clock, in seconds
 * @param end where its last frame ends
 * @param fps its average rate
 */
export function timeline(
  { stamps, decoded, delay }: StoredTimes,
  tick: number,
  first: number,
  end: number,
  fps: number,
): Timeline {
  const even = Array.from(stamps, (_, i) => first + i / fps);
  const counted = stamps.some(Number.isNaN);
  const sorted = [...(counted ? decoded.slice(decoded.length - stamps.length) : stamps)].sort(
    (a, b) => a - b,
  );
  const known = sorted.length > 0 && !sorted.some(Number.isNaN);
  const ticks = counted ? heldBack(sorted, delay) : sorted;
  const constant = !known || isConstant(ticks, tick, fps);
  const pts = known ? ticks.map((stamp) => first + (stamp - ticks[0]!) * tick) : even;
  const times = constant ? even : pts;
  const last = (times.at(-1) ?? first) + (constant ? 1 / fps : tick);
  return {
    stamps: counted ? null : sorted,
    pts,
    times,
    end: known ? Math.max(end, last) : last,
    fps,
    constant,
  };
}

/** A frame that was held back comes when a later one is decoded; without more to come, as fast as frames ever came. */
function heldBack(decoded: readonly number[], delay: number): number[] {
  const held = Math.min(delay, decoded.length - 1);
  let step = Number.POSITIVE_INFINITY;
  for (let i = 1; i < decoded.length; i++) {
    const since = decoded[i]! - decoded[i - 1]!;
    if (since > 0) step = Math.min(step, since);
  }
  if (step === Number.POSITIVE_INFINITY) step = 1;
  return decoded.map((_, i) => decoded[i + held] ?? decoded.at(-1)! + step * (i + held - decoded.length + 1));
}

/** Whether rounding of `i / fps` to ticks, up, down or to the nearest, gives these stamps. */
function isConstant(sorted: readonly number[], tick: number, fps: number): boolean {
  const ticksPerFrame = 1 / (fps * tick);
  let least = 0;
  let most = 0;
  for (const [i, stamp] of sorted.entries()) {
    const off = stamp - sorted[0]! - i * ticksPerFrame;
    least = Math.min(least, off);
    most = Math.max(most, off);
  }
  // Rounding spreads over less than a tick; a rate of 30000/1001 in milliseconds, over 0.97.
  return most - least < 0.9999;
}
