// The format reward of OmniVideo-R1 (arXiv 2602.05847, r_format): it asks for the layout and judges nothing else, in
// particular not the order, overlap or precision of the times.

import { countTag } from '../data/index.js';
import { endsInAnswer, timedCaptions } from './parse.js';
import type { RewardBatch } from './types.js';

/**
 * 1 when the text has at least one well-formed time-caption pair, exactly as many `<time>` and `<caption>` tags as
 * pairs, and a thinking block directly followed by an answer block; else 0.
 */
export function isWellFormed(text: string): boolean {
  const pairs = timedCaptions(text).length;
  return (
    pairs >= 1 &&
    countTag(text, '<time>') === pairs &&
    countTag(text, '<caption>') === pairs &&
    endsInAnswer(text)
  );
}

export function format({ completions }: RewardBatch): number[] {
  return completions.map((text) => (isWellFormed(text) ? 1 : 0));
}
