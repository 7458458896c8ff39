/** Caps of time: what the stages get of it, and what ends one. */
import type { TrainerCallback } from '../train/index.js';
import type { Estimate } from './estimate.js';

/** Divides the time until `deadline` (as performance.now() tells it) among the stages that remain. */
export class TimeBudget {
  readonly #estimate: Estimate;
  readonly #deadline: number;

  constructor(estimate: Estimate, deadline: number) {
    this.#estimate = estimate;
    this.#deadline = deadline;
  }

  /** Seconds for the training of a stage: its part of what is left, so that all stages are stretched or cut alike. */
  secondsFor(name: string): number | undefined {
    const stage = this.#estimate.stages.find((it) => it.name === name);
    if (stage === undefined) return undefined;
    const { training, tests } = this.#estimate.secondsFrom(name);
    // The answers to the test samples cannot be cut.
    const left = Math.max(0, (this.#deadline - performance.now()) / 1000 - tests);
    return (left / Math.max(1e-3, training)) * stage.steps * stage.secondsPerStep;
  }
}

/** Ends a training after so many seconds of this process; one step at least is made. */
export class TimeCap {
  ended = false;
  readonly callback: TrainerCallback;

  constructor(seconds: number) {
    const deadline = performance.now() + 1000 * seconds;
    this.callback = {
      onStepEnd: ({ step, maxSteps }, control) => {
        if (performance.now() < deadline || step >= maxSteps) return;
        this.ended = true;
        control.stop();
      },
    };
  }
}
