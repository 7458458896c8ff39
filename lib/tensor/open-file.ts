/** Files for torch.load and torch.save. A problem with one is a TorchError that names the argument. */

import { closeSync, statSync } from 'node:fs';
import { checkPath, openUserFile, TorchError } from '../runtime/index.js';

/** Opens a regular file for `read`; pipes and devices, which may block for ever, are refused. */
export function openFile<T>(op: string, file: string, read: (fd: number) => T): T {
  checkPath(`${op}: file`, file);
  const { fd } = openUserFile(file, (reason) => fileError(op, file, reason));
  try {
    return read(fd);
  } finally {
    closeSync(fd);
  }
}

/** Runs `write`, which makes or replaces a regular file. */
export function writingFile(op: string, file: string, write: () => void): void {
  checkPath(`${op}: file`, file);
  try {
    // A device or a pipe of this name must not be replaced by a file.
    if (statSync(file, { throwIfNoEntry: false })?.isFile() === false)
      throw fileError(op, file, 'expected a regular file or none');
    write();
  } catch (cause) {
    const { syscall, message } = cause as NodeJS.ErrnoException;
    if (typeof syscall !== 'string') throw cause;
    // 'ENOENT: no such file or directory, open '...'': the path stands in the message already, shortened.
    throw fileError(op, file, message.replace(/, \w+(?: '.*)?$/s, ''), cause);
  }
}

function fileError(op: string, file: string, reason: string, cause?: unknown): TorchError {
  return new TorchError(`${op}: file ${shownPath(file)}: ${reason}`, { code: 'IO', op, cause });
}

/** A path in a message. */
export function shownPath(file: string): string {
  return file.length <= 300 ? `'${file}'` : `'${file.slice(0, 300)}...' (${file.length} characters)`;
}
