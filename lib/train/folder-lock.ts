// One training at a time in a folder. The system holds the lock and ends it with the process, however that ends, so that
// a dead one never keeps others out; it holds between containers on one disk, and where the file system carries locks
// (NFS does) between machines.

import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { hostname, constants as system } from 'node:os';
import { join } from 'node:path';
import { native } from '../runtime/index.js';
import { ConfigError } from './config.js';

const FILE = '.lock';
const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;

export class FolderLock {
  readonly #file: string;
  readonly #descriptor: number;

  private constructor(file: string, descriptor: number) {
    this.#file = file;
    this.#descriptor = descriptor;
  }

  /**
   * Locks a folder, which is made if it is missing. Two locks of one program exclude each other too.
   * @param setting the name of the setting that gives the folder
   * @throws ConfigError naming who holds the folder
   */
  static take(folder: string, setting: string): FolderLock {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, FILE);
    for (;;) {
      const descriptor = openSync(file, O_RDWR | O_CREAT | O_NOFOLLOW, 0o666);
      try {
        const status = native.lockFile(descriptor);
        if (status === system.errno.EWOULDBLOCK)
          throw inUse(folder, setting, readFileSync(descriptor, 'utf8'));
        if (status !== 0) warn(folder, status);
        // Whoever held it may have removed the file between opening and locking it.
        if (isSame(fstatSync(descriptor), statSync(file, { throwIfNoEntry: false }))) {
          ftruncateSync(descriptor);
          writeSync(descriptor, `process ${process.pid} on ${hostname()}`, 0);
          return new FolderLock(file, descriptor);
        }
      } catch (error) {
        closeSync(descriptor);
        throw error;
      }
      closeSync(descriptor);
    }
  }

  release(): void {
    rmSync(this.#file, { force: true });
    closeSync(this.#descriptor);
  }
}

function isSame(one: Stats, other: Stats | undefined): boolean {
  return other !== undefined && one.ino === other.ino && one.dev === other.dev;
}

function inUse(folder: string, setting: string, holder: string): ConfigError {
  const who = holder === '' ? 'another process' : holder;
  return new ConfigError(
    `${setting}: ${folder} is in use: ${who} trains into it; wait until it ends, or give another folder`,
    setting,
  );
}

function warn(folder: string, status: number): void {
  const name = Object.entries(system.errno).find(([, number]) => number === status)?.[0] ?? `error ${status}`;
  process.emitWarning(
    `${folder} cannot be locked, its file system does not do it (${name}): see to it that nothing else trains into it`,
  );
}
