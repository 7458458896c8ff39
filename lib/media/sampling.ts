/** Which frames of a video to take: pure arithmetic, shared by the decoder and by models with rules of their own. */

/** When the frames of a video are shown, in seconds on the clip's clock. */
export interface FrameTimes {
  /** Ascending. */
  times: readonly number[];
  /** When the last frame ends. */
  end: number;
  /** Frames a second. */
  fps: number;
  /** Whether every frame is shown for `1 / fps` seconds. */
  constant: boolean;
}

interface Sampling {
  /** Seconds; frames that appear in [start, end). */
  start: number;
  end: number;
  fps?: number;
  maxFrames?: number;
}

/**
 * Numbers of the frames to take: those that appear in [start, end) or, if none does, the one that is on the screen then.
 * A constant rate is sampled by {@link sampleIndices}. A variable one by the same rule in time: of n equal parts of the
 * span, n = floor(seconds * fps), each gives the frame that is on the screen at its start, and no frame is given twice.
 */
export function sampleFrames(
  { times, end: lastEnd, fps: rate, constant }: FrameTimes,
  { start, end, fps, maxFrames = Number.POSITIVE_INFINITY }: Sampling,
): number[] {
  const [from, to] = frameRange(times, lastEnd, start, end);
  if (constant) return sampleIndices(from, to, rate, fps, maxFrames);
  const timeOf = (index: number): number =>
    index < to ? times[index]! : Math.min(times[to] ?? lastEnd, end);
  const seconds = timeOf(to) - timeOf(from);
  const every = Array.from({ length: to - from }, (_, i) => from + i);
  // Of n equal parts, those that start while a frame is shown take it.
  const spread = (n: number): number[] => {
    const partFrom = (index: number): number =>
      Math.min(Math.ceil(((timeOf(index) - timeOf(from) - slack) / seconds) * n), n);
    return every.filter((index) => partFrom(index) < partFrom(index + 1));
  };
  const chosen = fps === undefined ? every : spread(Math.max(1, Math.floor(seconds * fps + slack)));
  return chosen.length <= maxFrames ? chosen : spread(maxFrames);
}

/**
 * Evenly spread frame numbers within [from, to), by the rule of Hugging Face's `default_sample_indices`:
 * n = floor(count / fileFps * fps), index i = from + floor(i * count / n).
 * @param fps frames a second wanted; at or above `fileFps`, or left out: every frame
 * @param maxFrames upper bound of n
 * @throws RangeError for numbers that are no frame numbers, rates or counts
 */
export function sampleIndices(
  from: number,
  to: number,
  fileFps: number,
  fps?: number,
  maxFrames = Number.POSITIVE_INFINITY,
): number[] {
  count('sampleIndices', { from, to });
  rate('sampleIndices', { fileFps, fps: fps ?? 1 });
  if (maxFrames !== Number.POSITIVE_INFINITY) count('sampleIndices', { maxFrames });
  const total = to - from;
  if (total <= 0) return [];
  const wanted =
    fps === undefined || fps >= fileFps ? total : Math.max(1, Math.floor((total / fileFps) * fps));
  const n = Math.min(wanted, maxFrames);
  return Array.from({ length: n }, (_, i) => from + Math.floor((i * total) / n));
}

// 1.1 s * 10 = 11.000000000000002 must not skip frame 11.
const slack = 1e-6;

/**
 * Numbers [from, to) of the frames that appear within [start, end) seconds; if none does, of the one on the screen.
 * @param times when each frame appears, ascending
 * @param lastEnd when the last frame ends
 */
export function frameRange(
  times: readonly number[],
  lastEnd: number,
  start: number,
  end: number,
): [from: number, to: number] {
  if (Number.isNaN(start) || Number.isNaN(end)) {
    throw new RangeError(`frameRange: start ${start} and end ${end}: expected numbers of seconds`);
  }
  const firstFrom = (time: number): number => {
    let low = 0;
    for (let high = times.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (times[middle]! < time - slack) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const from = firstFrom(start);
  const to = firstFrom(end);
  const shown = from === to && from > 0 && start < Math.min(end, lastEnd - slack);
  return shown ? [from - 1, to] : [from, to];
}

function count(call: string, values: Record<string, number>): void {
  for (const [name, value] of Object.entries(values)) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    throw new RangeError(`${call}: ${name} is ${value}, expected a whole number from 0 on`);
  }
}

function rate(call: string, values: Record<string, number>): void {
  for (const [name, value] of Object.entries(values)) {
    if (Number.isFinite(value) && value > 0) continue;
    throw new RangeError(`${call}: ${name} is ${value}, expected a positive number`);
  }
}
