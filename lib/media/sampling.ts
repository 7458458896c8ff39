/** Which frames of a video to take: pure arithmetic, shared by the decoder and by models with rules of their own. */

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

/**
 * Numbers [from, to) of the frames shown within [start, end) seconds, frame i being shown at i / fps.
 * The slack of a millionth keeps 1.1 s * 10 = 11.000000000000002 from skipping frame 11.
 */
export function frameRange(
  total: number,
  fps: number,
  start: number,
  end: number,
): [from: number, to: number] {
  count('frameRange', { total });
  rate('frameRange', { fps });
  if (Number.isNaN(start) || Number.isNaN(end)) {
    throw new RangeError(`frameRange: start ${start} and end ${end}: expected numbers of seconds`);
  }
  const frameAt = (time: number) => Math.min(Math.max(0, Math.ceil(time * fps - 1e-6)), total);
  return [frameAt(start), frameAt(end)];
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
