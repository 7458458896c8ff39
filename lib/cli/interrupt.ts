/** Ctrl-C while nothing is being trained: what is finished is on disk, so the process ends and says how to go on. */

/** @returns a function that gives the signal back */
export function sayHowToGoOn(command: string): () => void {
  const listener = (): void => {
    // A training in progress has its own listener: it finishes the step and saves first.
    if (process.listenerCount('SIGINT') > 1) return;
    process.stderr.write(`\nInterrupted. Go on with: ${command}\n`);
    process.exit(130);
  };
  process.on('SIGINT', listener);
  return () => process.off('SIGINT', listener);
}

/** A training was ended by SIGINT; what it had is saved. */
export class Interrupted extends Error {
  override name = 'Interrupted';
}
