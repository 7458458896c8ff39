// What a trainer hands to its loop, and what follows from it alone.

import type { DataRow } from '../data/index.js';
import { earlyStopping, type TrainerCallback } from './callbacks.js';
import { ConfigError, type TrainingConfig } from './config.js';
import type { TrainableModel } from './model.js';
import { checkFreeze, type Policy } from './policy.js';
import type { RecordedParts } from './resume.js';

export interface TrainingLoopOptions<Row extends DataRow = DataRow> extends RecordedParts<Row> {
  /** Whether the loss compares the policy with the weights from which the training started. */
  needsReference: boolean;
  callbacks?: readonly TrainerCallback[];
  /** Metrics of an evaluation, without the `eval_` prefix. Runs without gradients, in a scope of its own. */
  evaluate?: (step: number, policy: Policy) => Promise<Record<string, number>>;
}

/** The steps after which a training ends, if nothing ends it before. */
export function stepsOf({
  config,
  trainDataset,
  samplesPerStep,
}: Pick<TrainingLoopOptions, 'config' | 'trainDataset' | 'samplesPerStep'>): number {
  return config.maxSteps ?? Math.ceil((config.numTrainEpochs * trainDataset.length) / samplesPerStep);
}

/** The early stopping that the config asks for. */
export function stoppingBy({
  metricForBestModel: metric,
  earlyStoppingPatience: patience,
  earlyStoppingTarget: target,
}: TrainingConfig): TrainerCallback[] {
  return patience === null && target === null ? [] : [earlyStopping({ metric, patience, target })];
}

/** @throws ConfigError when settings need an evaluation that does not take place, or freeze what there is not */
export function checkTraining({ model, config, evaluate }: TrainingLoopOptions): void {
  checkFreeze(model, config.freeze);
  checkCheckpointing(model, config);
  const { evalSteps, earlyStoppingPatience, earlyStoppingTarget } = config;
  if (evalSteps !== null && !evaluate) {
    const fix = 'give an evalDataset or evaluate (in a recipe: validation samples)';
    throw new ConfigError(`evalSteps: there is nothing to evaluate; ${fix}`, 'evalSteps');
  }
  if (evalSteps === null && (earlyStoppingPatience !== null || earlyStoppingTarget !== null)) {
    const field = earlyStoppingPatience === null ? 'earlyStoppingTarget' : 'earlyStoppingPatience';
    throw new ConfigError(`${field}: nothing is evaluated during training; give evalSteps too`, field);
  }
}

/** @throws ConfigError where the graph cannot do it */
function checkCheckpointing({ graph }: TrainableModel, { gradientCheckpointing }: TrainingConfig): void {
  if (!gradientCheckpointing || graph.gradientCheckpointing !== undefined) return;
  throw new ConfigError(
    `gradientCheckpointing: this model's graph (${graph.modelType}) has no such property to switch on; leave it out`,
    'gradientCheckpointing',
  );
}
