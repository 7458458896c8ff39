import { basename, resolve } from 'node:path';

/** What a page calls runs: the names of their folders, or their whole paths where two have the same name. */
export function runNames(folders: readonly string[]): string[] {
  const names = folders.map((folder) => basename(resolve(folder)));
  return new Set(names).size === names.length ? names : folders.map((folder) => resolve(folder));
}
