/** Arithmetic of spans of a clip, in seconds. */

export type Span = readonly [start: number, end: number];

/** Less than a hundredth of a second is a rounding error. */
export const slack = 0.005;

/**
 * Stretches of the clip as long as the span, in the middle of what stands before it and of what stands after it. A side that
 * is shorter counts whole where it has `least` seconds.
 */
export function windowsBeside([start, end]: Span, duration: number, least: number): Span[] {
  const length = end - start;
  const sides: Span[] = [
    [0, start],
    [end, duration],
  ];
  return sides.flatMap(([from, to]): Span[] => {
    const side = to - from;
    if (side < Math.min(length, least) - slack) return [];
    const margin = Math.max(0, side - length) / 2;
    return [[from + margin, to - margin]];
  });
}
