/**
 * Files and folders that appear under their name only when they are complete. They are written under a temporary name
 * in the same folder, brought to the disk (a machine may lose its power) and renamed. A file that is mapped or read under
 * the old name does not change. The temporary name is random and created exclusively, so that no existing link is followed.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { namingFullDisk } from './disk-full.js';

/** A temporary name in the folder of `path`, for content that is not complete. No reader opens such a name. */
export function partialName(path: string): string {
  return `${path}.${randomBytes(8).toString('hex')}.partial`;
}

/**
 * Replaces `file` by a text, or by what `content` leaves in the descriptor. A failure leaves the old file and nothing else.
 * @throws DiskFullError
 */
export function replaceFile(file: string, content: string | ((descriptor: number) => void)): void {
  const partial = partialName(file);
  try {
    const descriptor = openSync(partial, 'wx');
    try {
      if (typeof content === 'string') writeFileSync(descriptor, content);
      else content(descriptor);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    throw namingFullDisk(file, error);
  }
}

/**
 * Replaces `folder` by one that `fill` has filled. A failure leaves the old folder and nothing else. The old folder
 * is renamed before it is removed: whenever the program is killed, a folder of this name is complete.
 * @throws DiskFullError
 */
export async function replaceFolder(folder: string, fill: (partial: string) => Promise<void>): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true });
  const partial = partialName(folder);
  try {
    mkdirSync(partial);
    await fill(partial);
    flush(partial);
    const old = existsSync(folder) ? partialName(folder) : null;
    if (old !== null) renameSync(folder, old);
    try {
      renameSync(partial, folder);
    } catch (error) {
      if (old !== null) renameSync(old, folder);
      throw error;
    }
    flushEntry(dirname(folder));
    if (old !== null) rmSync(old, { recursive: true, force: true });
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw namingFullDisk(folder, error);
  }
}

/** Waits until a file, or a folder with all that it holds, is on the disk. */
export function flush(path: string): void {
  if (statSync(path).isDirectory()) for (const name of readdirSync(path)) flush(join(path, name));
  flushEntry(path);
}

/** Of a folder: the names that it holds. */
function flushEntry(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

interface FilesTogether {
  /** A file that `fill` makes, without which no reader takes the folder: it goes first and comes last. */
  marker: string;
  /** Old files and folders of these names go too. */
  replaced: (name: string) => boolean;
}

/**
 * Replaces files of a folder that belong together; its other files stay. `fill` makes the new ones in a temporary folder. A
 * failure of it leaves the old ones. Whenever the program is killed, a folder that has its marker has the files of one call.
 */
export function replaceFiles(
  folder: string,
  { marker, replaced }: FilesTogether,
  fill: (partial: string) => void,
): void {
  mkdirSync(folder, { recursive: true });
  removeLeftovers(folder, /^files$/);
  const partial = partialName(join(folder, 'files'));
  mkdirSync(partial);
  try {
    fill(partial);
    const fresh = readdirSync(partial).filter((name) => name !== marker);
    rmSync(join(folder, marker), { force: true });
    for (const name of readdirSync(folder))
      if (fresh.includes(name) || replaced(name)) rmSync(join(folder, name), { recursive: true });
    for (const name of [...fresh, marker]) renameSync(join(partial, name), join(folder, name));
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/**
 * Removes a folder and its contents. It is renamed first: a program that is killed half-way leaves a leftover, not a
 * folder that looks complete.
 */
export function removeFolder(folder: string): void {
  const leftover = partialName(folder);
  renameSync(folder, leftover);
  rmSync(leftover, { recursive: true, force: true });
}

/**
 * Removes leftovers of killed programs from `folder`, of files and folders of these names. No program may be writing
 * one.
 */
export function removeLeftovers(folder: string, names: RegExp): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const whole = /^(.*)\.[0-9a-f]{16}\.partial$/.exec(name)?.[1];
    if (whole !== undefined && names.test(whole))
      rmSync(join(folder, name), { recursive: true, force: true });
  }
}
