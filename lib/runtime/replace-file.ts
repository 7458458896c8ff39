/** Files that appear whole or not at all. */
import { randomBytes } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Writes a file beside its place, under a name that nobody can have foreseen, and renames it: readers see the old content
 * or the new one, and a link that stands at the place is replaced, not followed.
 */
export function replaceFile(file: string, content: string): void {
  const partial = `${file}.${randomBytes(8).toString('hex')}.partial`;
  try {
    writeFileSync(partial, content, { flag: 'wx' });
    renameSync(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}
