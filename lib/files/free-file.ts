/** A file that is written in one go: whatever else stands there is not replaced unasked. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { BadInputError } from './bad-input.js';

interface FreeFileOptions {
  overwrite?: boolean;
  /** What it may hold already. */
  text?: string;
}

/** @throws BadInputError where the file holds something else */
export function checkFreeFile(file: string, { overwrite = false, text }: FreeFileOptions): void {
  if (!existsSync(file)) return;
  if (!statSync(file).isFile()) throw new BadInputError(`${file}: not a file; choose another output`);
  if (overwrite || readFileSync(file, 'utf8') === text) return;
  throw new BadInputError(`${file}: exists, and holds something else; choose another output, or --overwrite`);
}
