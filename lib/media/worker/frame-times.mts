/** From the time stamps that a container gives its frames to when they are shown. */
import type { FrameTimes } from '../sampling.js';

/** A video as its packets tell it; frames in order of presentation. */
export interface Timeline extends FrameTimes {
  /** The container's own stamps, in its ticks; null where it gives none to some frames, which then only counting tells apart. */
  stamps: readonly number[] | null;
  /** The stamps in seconds on the clip's clock; of a constant rate, `times` are these without the container's rounding. */
  pts: readonly number[];
}

/**
 * @param stamps one a frame, in ticks, in any order; NaN where a frame has none
 * @param tick seconds
 * @param first where the video starts on the clip's clock, in seconds
 * @param end where its last frame ends
 * @param fps its average rate
 */
export function timeline(
  stamps: readonly number[],
  tick: number,
  first: number,
  end: number,
  fps: number,
): Timeline {
  const counted = Array.from(stamps, (_, i) => first + i / fps);
  if (stamps.length === 0 || stamps.some(Number.isNaN)) {
    return {
      stamps: null,
      pts: counted,
      times: counted,
      end: first + stamps.length / fps,
      fps,
      constant: true,
    };
  }
  const sorted = [...stamps].sort((a, b) => a - b);
  const pts = sorted.map((stamp) => first + (stamp - sorted[0]!) * tick);
  const constant = isConstant(sorted, tick, fps);
  const times = constant ? counted : pts;
  return {
    stamps: sorted,
    pts,
    times,
    end: Math.max(end, times.at(-1)! + (constant ? 1 / fps : tick)),
    fps,
    constant,
  };
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
