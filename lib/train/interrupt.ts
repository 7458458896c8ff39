// SIGINT (Ctrl-C) and SIGTERM (what schedulers send) during training: the first lets the step finish and a checkpoint be
// written, the second ends the process at once with the code that shells expect.

import { constants } from 'node:os';

export type EndingSignal = 'SIGINT' | 'SIGTERM';
const signals: readonly EndingSignal[] = ['SIGINT', 'SIGTERM'];

export interface Interrupt {
  /** The first signal that came, or null. */
  readonly signal: EndingSignal | null;
  /** Removes the signal handlers. */
  dispose(): void;
}

/** The exit code of a process that a signal has ended: 130 for SIGINT, 143 for SIGTERM. */
export function exitCodeOf(signal: EndingSignal): number {
  return 128 + constants.signals[signal];
}

let trainings = 0;

/** Whether a training of this program finishes its step and saves when a signal comes. */
export function isTraining(): boolean {
  return trainings > 0;
}

export function onInterrupt(): Interrupt {
  let first: EndingSignal | null = null;
  const dispose = onSignals((signal) => {
    if (first !== null) process.exit(exitCodeOf(signal));
    first = signal;
    const again = signal === 'SIGINT' ? 'press Ctrl-C again' : 'send it again';
    process.stderr.write(
      `\nInterrupted by ${signal}: finishing this step and saving; ${again} to stop at once.\n`,
    );
  });
  trainings += 1;
  return {
    get signal() {
      return first;
    },
    dispose: () => {
      trainings -= 1;
      dispose();
    },
  };
}

/** Listens to the signals that end a program. @returns a function that stops listening */
export function onSignals(listener: (signal: EndingSignal) => void): () => void {
  const listeners = signals.map((signal) => [signal, () => listener(signal)] as const);
  for (const [signal, own] of listeners) process.on(signal, own);
  return () => {
    for (const [signal, own] of listeners) process.off(signal, own);
  };
}
