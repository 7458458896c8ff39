/** A folder that will be written to: whether it can be is known before any work. */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { BadInputError } from './bad-input.js';

/** Makes nothing. @param what the option or field that names it @throws BadInputError */
export function checkOutputFolder(what: string, folder: string): void {
  let existing = resolve(folder);
  const found = () => {
    try {
      return statSync(existing, { throwIfNoEntry: false });
    } catch {
      // Below something that is no folder.
      return undefined;
    }
  };
  while (found() === undefined && dirname(existing) !== existing) existing = dirname(existing);
  const fail = (reason: string) => new BadInputError(`${what}: ${folder}: ${reason}; choose another folder`);
  if (!found()?.isDirectory()) throw fail(`${existing} is no folder`);
  try {
    accessSync(existing, constants.W_OK | constants.X_OK);
  } catch {
    throw fail(`nothing may be written into ${existing}`);
  }
}
