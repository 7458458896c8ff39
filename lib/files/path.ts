/** Paths that come from a caller. */

/** @throws TypeError naming `what` when `path` cannot be a path on any system */
export function checkPath(what: string, path: unknown): string {
  if (typeof path !== 'string' || path === '')
    throw new TypeError(`${what}: expected a path, got ${path === '' ? 'an empty string' : String(path)}`);
  if (path.includes('\0'))
    throw new TypeError(`${what}: expected a path without NUL characters, got ${JSON.stringify(path)}`);
  return path;
}
