import { checkOption, kinds, required } from '../tensor/index.js';
import { endOfStep } from './process-records.js';

const afterMark = new RegExp(`(?<=${endOfStep})`);

/**
 * The steps of a reasoning text. A step is its text with its closing `<end_of_step>`; the newline after the mark starts the
 * next step. Text after the last mark is a step without a mark. The steps joined are the text; an empty text has none.
 */
export function splitSteps(text: string): string[] {
  checkOption('splitSteps', 'text', text, required(kinds.string));
  return text === '' ? [] : text.split(afterMark);
}
