import { type EndingSignal, exitCodeOf } from '../train/index.js';

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
