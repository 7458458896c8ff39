/** Text between tags. Searches go forward once: a text of nothing but opening tags takes no longer than any other. */

/** The text after the first `open`, up to the first `close` behind it, or undefined. */
export function between(text: string, open: string, close: string): string | undefined {
  const start = text.indexOf(open);
  const end = start < 0 ? -1 : text.indexOf(close, start + open.length);
  return end < 0 ? undefined : text.slice(start + open.length, end);
}

/** How often a literal tag occurs. */
export function countTag(text: string, tag: string): number {
  return text.split(tag).length - 1;
}
