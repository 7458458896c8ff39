// Reads the parts of a completion: `<time>S-E</time><caption>...</caption>` pairs, then `<thinking>...</thinking>` and
// `<answer>...</answer>` (the layout of OmniVideo-R1, arXiv 2602.05847). One place for the tags, so that rewards,
// evaluation and reports read a completion in the same way. A completion can be any text, so every search here goes over it
// once: no pattern begins anew at every place of a run, and none looks for an end a second time.

import { between, type Sample } from '../data/index.js';

/** A described stretch of the clip, in seconds. */
export interface TimedCaption {
  start: number;
  end: number;
  caption: string;
}

const TIMES = /<time>\s*(\d+(?:\.\d+)?)\s*-\s*(\d+(?:\.\d+)?)\s*<\/time>\s*<caption>/g;
const CAPTION_END = '</caption>';

/** The well-formed time-caption pairs in their order of appearance; order, overlap and length are not judged. */
export function timedCaptions(text: string): TimedCaption[] {
  const found: TimedCaption[] = [];
  const times = new RegExp(TIMES);
  for (let match = times.exec(text); match !== null; match = times.exec(text)) {
    const start = times.lastIndex;
    const end = text.indexOf(CAPTION_END, start);
    if (end < 0) break;
    const caption = text.slice(start, end).trim();
    found.push({ start: Number(match[1]), end: Number(match[2]), caption });
    times.lastIndex = end + CAPTION_END.length;
  }
  return found;
}

/** Whether a span can be cut out of the sample's clip: it has a length and starts before the clip's end, where that is known. */
export function isInClip({ start, end }: TimedCaption, { duration = Infinity }: Sample): boolean {
  return start < end && start < duration && end < Infinity;
}

/** The text inside the first `<thinking>` block, or null. */
export function thinking(text: string): string | null {
  return between(text, '<thinking>', '</thinking>')?.trim() ?? null;
}

/** The text inside the first `<answer>` block, or null. */
export function answerText(text: string): string | null {
  return between(text, '<answer>', '</answer>')?.trim() ?? null;
}

/** Whether a thinking block is followed, with nothing but white space between, by an answer block. */
export function endsInAnswer(text: string): boolean {
  const open = text.indexOf('<thinking>');
  if (open < 0) return false;
  const passage = /<\/thinking>\s*<answer>/g;
  passage.lastIndex = open + '<thinking>'.length;
  return passage.test(text) && text.includes('</answer>', passage.lastIndex);
}

const LAYOUT_TAGS = /(<\/?(?:time|caption|thinking|answer)>)/;

/**
 * A text that is blocks of the layout alone, `<tag>text</tag>` with white space between them; null where anything else
 * stands beside them, or a tag inside one.
 */
export function layoutParts(text: string): { tag: string; text: string }[] | null {
  // Text and tags in turn: gap, <tag>, text, </tag>, gap, ...
  const pieces = text.split(LAYOUT_TAGS);
  if (pieces.length % 4 !== 1) return null;
  const parts: { tag: string; text: string }[] = [];
  for (let i = 0; i < pieces.length; i += 4) {
    const [gap, open, inside, close] = pieces.slice(i, i + 4);
    if (gap.trim() !== '') return null;
    if (open === undefined) continue;
    const tag = open.slice(1, -1);
    if (tag.startsWith('/') || close !== `</${tag}>`) return null;
    parts.push({ tag, text: inside });
  }
  return parts;
}
