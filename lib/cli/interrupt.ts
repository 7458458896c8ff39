/** Ctrl-C and SIGTERM while nothing is being trained: what is finished is on disk, so the process ends and says how to go on. */
import { type EndingSignal, exitCodeOf, isTraining, onSignals } from '../train/index.js';

/** @returns a function that gives the signals back */
export function sayHowToGoOn(command: string): () => void {
  return onSignals((signal) => {
    // A training in progress finishes its step and saves first.
    if (isTraining()) return;
    process.stderr.write(`\nInterrupted by ${signal}. Go on with: ${command}\n`);
    process.exit(exitCodeOf(signal));
  });
}

/** A training was ended by a signal; what it had is saved. */
export class Interrupted extends Error {
  override name = 'Interrupted';
  readonly signal: EndingSignal;
  readonly exitCode: number;

  constructor(signal: EndingSignal) {
    super(`interrupted by ${signal}`);
    this.signal = signal;
    this.exitCode = exitCodeOf(signal);
  }
}
