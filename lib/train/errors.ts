// Errors about what a file of a checkpoint holds.

import { FileError } from '../runtime/index.js';

/** Runs `work`, whose errors are about what `file` holds. @throws FileError naming it */
export function namingFile(file: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    const { message } = error as Error;
    throw message.includes(file) ? error : new FileError(file, message);
  }
}
