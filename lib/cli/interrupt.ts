/** Ctrl-C and SIGTERM while nothing is being trained: what is finished is on disk, so the process ends and says how to go on. */
import { exitCodeOf, isTraining, onSignals } from '../train/index.js';

/** @returns stops listening */
export function printResumeHint(command: string): () => void {
  return onSignals((signal) => {
    // A training in progress finishes its step and saves first.
    if (isTraining()) return;
    process.stderr.write(`\nInterrupted by ${signal}. Go on with: ${command}\n`);
    process.exit(exitCodeOf(signal));
  });
}
