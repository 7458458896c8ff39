/** Files of JSON that earsight writes and reads again. */
import { readFileSync } from 'node:fs';

/** @throws Error naming the file when it cannot be read or is not JSON */
export function readJsonFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`${file}: ${(cause as Error).message}`, { cause });
  }
}
