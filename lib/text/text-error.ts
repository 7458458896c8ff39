/** The one error of the text floor, and the reading of JSON files under it. */
import { existsSync, readFileSync } from 'node:fs';

/** A tokenizer or chat template that cannot be read; the message names the file. */
export class TextError extends Error {
  override readonly name = 'TextError';
  readonly file: string;

  constructor(file: string, reason: string) {
    super(`${file}: ${reason}`);
    this.file = file;
  }
}

/** @throws TextError if the file is missing or holds anything but a JSON object */
export function readJson(file: string): Record<string, unknown> {
  if (!existsSync(file)) throw new TextError(file, 'the file is missing');
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new TextError(file, `not JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TextError(file, 'expected a JSON object');
  }
  return value as Record<string, unknown>;
}
