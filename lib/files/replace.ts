/**
 * Files and folders that appear under their name only when they are whole. They are made beside their place and renamed;
 * what is mapped or being read under that name stays as it was. The name beside it cannot be guessed and is created
 * exclusively, so that nobody's link is ever written through.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** A name beside `path` for what is not whole yet. Readers ask for whole names only and never meet it. */
export function partialName(path: string): string {
  return `${path}.${randomBytes(8).toString('hex')}.partial`;
}

/**
 * Replaces `file` by a text, or by what `write` leaves in the descriptor. A failure leaves the old file and nothing else.
 */
export function replaceFile(file: string, content: string | ((descriptor: number) => void)): void {
  const partial = partialName(file);
  const descriptor = openSync(partial, 'wx');
  try {
    try {
      if (typeof content === 'string') writeFileSync(descriptor, content);
      else content(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

/**
 * Replaces `folder` by one that `fill` has filled. A failure leaves the old folder and nothing else. The old one is moved
 * aside before it is removed, so that a folder of this name is whole whenever the program is killed.
 */
export async function replaceFolder(folder: string, fill: (partial: string) => Promise<void>): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true });
  const partial = partialName(folder);
  mkdirSync(partial);
  try {
    await fill(partial);
    const old = existsSync(folder) ? partialName(folder) : null;
    if (old !== null) renameSync(folder, old);
    try {
      renameSync(partial, folder);
    } catch (error) {
      if (old !== null) renameSync(old, folder);
      throw error;
    }
    if (old !== null) rmSync(old, { recursive: true, force: true });
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Removes a folder with all that is in it. It loses its name first: killed before the end, what is left is a leftover and
 * no folder that looks whole.
 */
export function removeFolder(folder: string): void {
  const leftover = partialName(folder);
  renameSync(folder, leftover);
  rmSync(leftover, { recursive: true, force: true });
}

/** Removes from `folder` what killed programs left of files and folders of these names; none may be in the making. */
export function removeLeftovers(folder: string, names: RegExp): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const whole = /^(.*)\.[0-9a-f]{16}\.partial$/.exec(name)?.[1];
    if (whole !== undefined && names.test(whole))
      rmSync(join(folder, name), { recursive: true, force: true });
  }
}
