/** How well the spans of a completion are those of its sample. */

/** Start and end in seconds. */
type Span = readonly [start: number, end: number];

/**
 * Length of the intersection of the predicted spans' union with the reference spans' union, over the length of both unions
 * together: in [0, 1], 0 where there are none. Spans without a length count for nothing.
 */
export function temporalIoU(predicted: readonly Span[], reference: readonly Span[]): number {
  const edges = [...new Set([...predicted, ...reference].flat())].sort((a, b) => a - b);
  let [inBoth, inEither] = [0, 0];
  for (let i = 1; i < edges.length; i += 1) {
    const [start, end] = [edges[i - 1], edges[i]];
    const covers = (spans: readonly Span[]): boolean =>
      spans.some(([from, to]) => from <= start && end <= to);
    const [isPredicted, isReference] = [covers(predicted), covers(reference)];
    if (isPredicted && isReference) inBoth += end - start;
    if (isPredicted || isReference) inEither += end - start;
  }
  return inEither === 0 ? 0 : inBoth / inEither;
}
