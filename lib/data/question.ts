/** The prompt's words: how a question and its options are put to the model. */
import { letterOf } from './letters.js';
import type { Sample } from './sample.js';

/** The question, and its options one a line: `A. red square`. */
export function questionText({ question, options }: Sample): string {
  return [question, ...(options ?? []).map((option, index) => `${letterOf(index)}. ${option}`)].join('\n');
}
