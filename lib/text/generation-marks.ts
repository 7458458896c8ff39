/**
 * `{% generation %}` marks in chat templates: what stands between them is the assistant's. The package drops them, so a
 * template that has them is rendered a second way, with characters in their place that no text has.
 */
const begin = '\u{F0002}';
const end = '\u{F0003}';

/** With the line's white space before it, and its line break behind it: templates are read with lstrip_blocks and trim_blocks. */
const tag = /(?:^[ \t]+(?=\{%[^-]))?\{%(-?)\s*(end)?generation\s*(-?)%\}\n?/gm;

/** The template with characters for its marks, or null where it has none. */
export function withMarks(source: string): string | null {
  if (source.search(tag) < 0) return null;
  return source.replace(
    tag,
    (_, before: string, ends: string | undefined, after: string) =>
      `{{${before} "${ends ? end : begin}" ${after}}}`,
  );
}

/** A rendered conversation. */
export interface MarkedText {
  text: string;
  /** Of the assistant's turns: [start, end) in the text. */
  spans: [number, number][];
}

/** Takes the characters out of a rendered text. @throws Error where they are not in pairs */
export function takeMarks(rendered: string): MarkedText {
  const spans: [number, number][] = [];
  let text = '';
  let start = -1;
  for (const part of rendered.split(new RegExp(`(${begin}|${end})`, 'u'))) {
    if (part === begin && start < 0) start = text.length;
    else if (part === end && start >= 0) {
      spans.push([start, text.length]);
      start = -1;
    } else if (part === begin || part === end) throw new Error('its generation marks are not in pairs');
    else text += part;
  }
  if (start >= 0) throw new Error('its generation marks are not in pairs');
  return { text, spans };
}
