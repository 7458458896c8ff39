import { statSync } from 'node:fs';

/** Differs when a file has changed. */
export function fileMark(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? '-' : `${stat.ino}:${stat.size}:${stat.mtimeMs}`;
}
