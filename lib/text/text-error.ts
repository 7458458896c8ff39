/** The one error of lib/text, and the reading of files under it. */
import { type ReadOptions, readJsonObject, readUserText } from '../runtime/index.js';

/** A tokenizer or chat template that cannot be read or used; the message names the file. */
export class TextError extends Error {
  override readonly name = 'TextError';
  readonly file: string;
  /** The message without the file. */
  readonly reason: string;

  constructor(file: string, reason: string) {
    super(`${file}: ${reason}`);
    this.file = file;
    this.reason = reason;
  }
}

/** The largest vocabularies in use take 35 MB. */
const options = (file: string): ReadOptions => ({
  maxBytes: 2 ** 28,
  fail: (reason) => new TextError(file, reason),
});

/** @throws TextError if the file cannot be read or holds anything but a JSON object */
export const readJson = (file: string): Record<string, unknown> => readJsonObject(file, options(file));

/** @throws TextError if the file cannot be read or is not UTF-8 */
export const readText = (file: string): string => readUserText(file, options(file));
