/**
 * Learning-rate schedules: pure functions from the step to a factor of the base rate, with the formulas of
 * transformers' get_*_schedule_with_warmup. Step 0 is the first update.
 */
import { checkOptions, kinds, required } from '../../tensor/index.js';

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

const decayKinds = { warmupSteps: kinds.count, totalSteps: required(kinds.count) };

/** 1 after the warm-up. `totalSteps` has no effect: it is taken so that one call serves every schedule. */
export function constant(options: Partial<Decay> = {}): Schedule {
  checkOptions('constant', options, { ...decayKinds, totalSteps: kinds.count });
  const { warmupSteps = 0 } = options;
  return (step) => (step < warmupSteps ? step / warmupSteps : 1);
}

/** From 1 after the warm-up straight down to 0 at totalSteps. */
export function linear(options: Decay): Schedule {
  checkOptions('linear', options, decayKinds);
  return withWarmUp(options, (progress) => 1 - progress);
}

/**
 * From 1 after the warm-up along a cosine to 0 at totalSteps. `cycles` counts the waves: a half is one descent;
 * `minFactor` lifts the end: the factor stays in [minFactor, 1].
 */
export function cosine(options: Decay & { cycles?: number; minFactor?: number }): Schedule {
  checkOptions('cosine', options, { ...decayKinds, cycles: kinds.notNegative, minFactor: kinds.fraction });
  const { cycles = 0.5, minFactor = 0 } = options;
  return withWarmUp(options, (progress) => {
    const wave = 0.5 * (1 + Math.cos(2 * Math.PI * cycles * progress));
    return wave * (1 - minFactor) + minFactor;
  });
}

function withWarmUp({ warmupSteps = 0, totalSteps }: Decay, decay: (progress: number) => number): Schedule {
  return (step) => {
    if (step < warmupSteps) return step / Math.max(1, warmupSteps);
    return Math.max(0, decay((step - warmupSteps) / Math.max(1, totalSteps - warmupSteps)));
  };
}
