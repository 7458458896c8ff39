/**
 * A folder for half-written files that is gone when the process is: on close, on exit, and on the signals that end a
 * process without an exit event.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processWide } from '../runtime/index.js';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const { folders, listen, stopListening } = processWide('media.folders', () => {
  const folders = new Set<string>();

  const removeAll = (): void => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  };

  // A listener of our own turns off the signal's default, to end the process. If nobody else listens, clean up and let
  // the default happen; otherwise the program decides, and the exit event does the cleaning.
  const onSignal = (signal: NodeJS.Signals): void => {
    if (process.listenerCount(signal) > 1) return;
    removeAll();
    stopListening();
    process.kill(process.pid, signal);
  };

  const listen = (): void => {
    process.on('exit', removeAll);
    for (const signal of signals) process.on(signal, onSignal);
  };

  const stopListening = (): void => {
    process.off('exit', removeAll);
    for (const signal of signals) process.off(signal, onSignal);
  };

  return { folders, listen, stopListening };
});

/** Makes a new folder under `parent` (default: the system's temporary folder). */
export function makeTempFolder(parent = tmpdir()): string {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, '.earsight-'));
  if (folders.size === 0) listen();
  folders.add(folder);
  return folder;
}

export function removeTempFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
  if (folders.size === 0) stopListening();
}
