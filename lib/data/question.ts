/** The text of a question and its options in a prompt. */
import { letterOf } from './letters.js';
import type { Sample } from './sample.js';

/** The question, its options one a line (`A. red square`), and how to answer. */
export function questionText({
  question,
  options = [],
  instruction,
}: Pick<Sample, 'question' | 'options' | 'instruction'>): string {
  const lines = [question, ...options.map((option, index) => `${letterOf(index)}. ${option}`)];
  return [...lines, ...(instruction === undefined ? [] : [instruction])].join('\n');
}
