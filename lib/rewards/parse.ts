// Reads the parts of a completion: `<time>S-E</time><caption>...</caption>` pairs, then `<thinking>...</thinking>` and
// `<answer>...</answer>` (the layout of OmniVideo-R1, arXiv 2602.05847). One place for the tags, so that rewards,
// evaluation and reports cannot disagree about what a completion says.

/** A described stretch of the clip, in seconds. */
export interface Segment {
  start: number;
  end: number;
  caption: string;
}

const PAIR = /<time>\s*(\d+(?:\.\d+)?)\s*-\s*(\d+(?:\.\d+)?)\s*<\/time>\s*<caption>(.*?)<\/caption>/gs;
const THINKING = /<thinking>(.*?)<\/thinking>/s;
const ANSWER = /<answer>(.*?)<\/answer>/s;
const THINKING_THEN_ANSWER = /<thinking>.*?<\/thinking>\s*<answer>.*?<\/answer>/s;

/** The well-formed time-caption pairs in their order of appearance; order, overlap and length are not judged. */
export function segments(text: string): Segment[] {
  return Array.from(text.matchAll(PAIR), ([, start, end, caption]) => ({
    start: Number(start),
    end: Number(end),
    caption: caption.trim(),
  }));
}

/** The text inside the first `<thinking>` block, or null. */
export function thinking(text: string): string | null {
  return THINKING.exec(text)?.[1].trim() ?? null;
}

/** The text inside the first `<answer>` block, or null. */
export function answerText(text: string): string | null {
  return ANSWER.exec(text)?.[1].trim() ?? null;
}

/** Whether a thinking block is followed, with nothing but white space between, by an answer block. */
export function endsInAnswer(text: string): boolean {
  return THINKING_THEN_ANSWER.test(text);
}

/** How often a literal tag occurs. */
export function countTag(text: string, tag: string): number {
  return text.split(tag).length - 1;
}

/** Lower case, compatibility-composed, single spaces, no closing full stop: the form in which free answers compare. */
export function normaliseAnswer(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[.!]+$/, '');
}

/**
 * The option that a text names, or null: the option's own text, or its capital letter standing alone or before
 * a bracket, full stop or colon (`B`, `(B)`, `B. a red square`). "A red square" does not name option A.
 */
export function parseOption(text: string, options: readonly string[]): number | null {
  const wanted = normaliseAnswer(text);
  const exact = options.findIndex((option) => normaliseAnswer(option) === wanted);
  if (exact >= 0) return exact;
  const letter = /^\(?([A-Z])(?:$|[).:])/.exec(text.trim())?.[1];
  const index = letter === undefined ? -1 : letter.charCodeAt(0) - 65;
  return index >= 0 && index < options.length ? index : null;
}
