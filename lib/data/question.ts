/** The text of a question and its options in a prompt. */
import { letterOf } from './letters.js';
import type { Sample } from './sample.js';

/** The question, and its options one a line: `A. red square`. */
export function questionText({ question, options }: Pick<Sample, 'question' | 'options'>): string {
  return [question, ...(options ?? []).map((option, index) => `${letterOf(index)}. ${option}`)].join('\n');
}
