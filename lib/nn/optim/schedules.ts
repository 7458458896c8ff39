/**
 * Learning-rate schedules: pure functions from the step to a factor of the base rate, with the formulas of
 * transformers' get_*_schedule_with_warmup. Step 0 is the first update.
 */

/** The factor of the base learning rate at a step, >= 0. */
export type Schedule = (step: number) => number;

export interface WarmUp {
  /** Steps in which the factor rises linearly from 0 (at step 0) to 1. */
  warmupSteps?: number;
}

export interface Decay extends WarmUp {
  /** The step at which the factor has reached its end. */
  totalSteps: number;
}

/** 1 after the warm-up. */
export function constant({ warmupSteps = 0 }: WarmUp = {}): Schedule {
  return (step) => (step < warmupSteps ? step / warmupSteps : 1);
}

/** From 1 after the warm-up straight down to 0 at totalSteps. */
export function linear({ warmupSteps = 0, totalSteps }: Decay): Schedule {
  return withWarmUp(warmupSteps, totalSteps, (progress) => 1 - progress);
}

/**
 * From 1 after the warm-up along a cosine to 0 at totalSteps. `cycles` counts the waves: a half is one descent;
 * `minFactor` lifts the end: the factor stays in [minFactor, 1].
 */
export function cosine({
  warmupSteps = 0,
  totalSteps,
  cycles = 0.5,
  minFactor = 0,
}: Decay & { cycles?: number; minFactor?: number }): Schedule {
  return withWarmUp(warmupSteps, totalSteps, (progress) => {
    const wave = 0.5 * (1 + Math.cos(2 * Math.PI * cycles * progress));
    return wave * (1 - minFactor) + minFactor;
  });
}

function withWarmUp(warmupSteps: number, totalSteps: number, decay: (progress: number) => number): Schedule {
  return (step) => {
    if (step < warmupSteps) return step / Math.max(1, warmupSteps);
    return Math.max(0, decay((step - warmupSteps) / Math.max(1, totalSteps - warmupSteps)));
  };
}
