import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/** There is no room for a file or folder. */
export class DiskFullError extends Error {
  override readonly name = 'DiskFullError';
  readonly code = 'ENOSPC';
  readonly path: string;

  /** @param advice what to free, and how to go on */
  constructor(path: string, advice = 'free some there, and run it again') {
    super(`${path}: cannot be written: no space left on the device${freeBytes(path)}; ${advice}`);
    this.path = path;
  }
}

/** The error, or one that names `path` where the disk, or the user's quota there, is full: the system names nothing. */
export function namingFullDisk(path: string, error: unknown, advice?: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT' ? new DiskFullError(path, advice) : error;
}

function freeBytes(path: string): string {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return ` (${((bavail * bsize) / 1e6).toFixed(1)} MB are free)`;
  } catch {
    return '';
  }
}
