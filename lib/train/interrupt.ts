// Ctrl-C during training: the first SIGINT lets the step finish and a checkpoint be written, the second ends the
// process at once with code 130 (128 + SIGINT), as shells expect.

export interface Interrupt {
  readonly requested: boolean;
  /** Gives the signal back. */
  dispose(): void;
}

export function onInterrupt(): Interrupt {
  let requested = false;
  const listener = () => {
    if (requested) process.exit(130);
    requested = true;
    process.stderr.write(
      '\nInterrupted: finishing this step and saving; press Ctrl-C again to stop at once.\n',
    );
  };
  process.on('SIGINT', listener);
  return {
    get requested() {
      return requested;
    },
    dispose: () => process.off('SIGINT', listener),
  };
}
