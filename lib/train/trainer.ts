// What all trainers have in common: their options and how they are checked, and the loop over the steps.

import type { DataRow, Sample } from '../data/index.js';
import { checkOptions, kinds, type OptionKind, required } from '../tensor/index.js';
import { checkCallbacks, type TrainerCallback } from './callbacks.js';
import type { TrainableModel } from './model.js';
import { type StepMetrics, TrainingLoop, type TrainResult } from './training-loop.js';
import type { TrainingLoopOptions } from './training-options.js';

/** Row: what the trainer learns from; samples, or rows of its own. */
export interface TrainerOptions<ConfigInput, Row extends DataRow = Sample> {
  model: TrainableModel;
  trainDataset: readonly Row[];
  config?: ConfigInput;
  callbacks?: readonly TrainerCallback[];
  /** Further metrics at every evaluation, logged with the prefix `eval_`. */
  evaluate?: () => Promise<Record<string, number>>;
}

export interface TrainOptions {
  /** The folder of a checkpoint. */
  resumeFrom?: string;
}

const optionKinds: Record<keyof TrainerOptions<unknown>, OptionKind> = {
  model: required(kinds.object),
  trainDataset: required(kinds.list),
  config: kinds.object,
  callbacks: kinds.list,
  evaluate: kinds.function,
};

/**
 * @param own the options that this trainer has besides
 * @throws TypeError for unknown options and hooks
 */
export function checkTrainerOptions(
  trainer: string,
  options: TrainerOptions<unknown, DataRow>,
  own: Record<string, OptionKind>,
): void {
  checkOptions(trainer, options, { ...optionKinds, ...own });
  checkCallbacks(trainer, options.callbacks ?? []);
}

/** Trains from the start or from a checkpoint. @param step one step, which updates the weights through the loop */
export async function trainLoop<Row extends DataRow>(
  training: TrainingLoopOptions<Row>,
  options: TrainOptions,
  step: (loop: TrainingLoop<Row>) => Promise<StepMetrics>,
): Promise<TrainResult> {
  checkOptions('train', options, { resumeFrom: kinds.string });
  const loop = new TrainingLoop(training, options.resumeFrom);
  try {
    await loop.begin();
    while (loop.active) await loop.step(() => step(loop));
    return await loop.finish();
  } finally {
    loop.dispose();
  }
}
