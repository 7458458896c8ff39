// What a trainer hands to its loop, and what follows from it alone.

import type { z } from 'zod';
import type { DataRow } from '../data/index.js';
import { earlyStopping, type TrainerCallback } from './callbacks.js';
import { ConfigError, type FieldProblem, type TrainingConfig } from './config.js';
import type { TrainableModel } from './model.js';
import { checkFreeze, type Policy } from './policy.js';
import type { RecordedParts } from './resume.js';

/** What a trainer keeps from step to step besides weights, data and metrics. It stands in checkpoints, as plain JSON. */
export interface TrainerMemory<State = unknown> {
  /** Of what a checkpoint holds, which may have been edited. */
  readonly schema: z.ZodType<State>;
  state(): State;
  /** Goes on from a state that the schema accepts. */
  resume(saved: State): void;
}

export interface TrainingLoopOptions<Row extends DataRow = DataRow> extends RecordedParts<Row> {
  /** Whether the loss compares the policy with the weights from which the training started. */
  needsReference: boolean;
  callbacks?: readonly TrainerCallback[];
  // biome-ignore lint/suspicious/noExplicitAny: its state is its own, and checked by its own schema
  memory?: TrainerMemory<any>;
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
  greaterIsBetter,
  earlyStoppingPatience: patience,
  earlyStoppingTarget: target,
}: TrainingConfig): TrainerCallback[] {
  if (patience === null && target === null) return [];
  return [earlyStopping({ metric, greaterIsBetter: greaterIsBetter ?? undefined, patience, target })];
}

/** @throws ConfigError when settings need an evaluation that does not take place, or freeze what there is not */
export function checkTraining({ model, config, evaluate }: TrainingLoopOptions): void {
  checkFreeze(model, config.freeze);
  checkCheckpointing(model, config);
  const wrong = evaluationProblem(config, evaluate !== undefined);
  if (wrong !== null) throw new ConfigError(`${wrong.field}: ${wrong.problem}`, wrong.field);
  const { loadBestModelAtEnd, outputDir } = config;
  if (loadBestModelAtEnd && outputDir === null) {
    const problem = 'no checkpoint is written, so there is none to load; give outputDir too';
    throw new ConfigError(`loadBestModelAtEnd: ${problem}`, 'loadBestModelAtEnd');
  }
}

/** A setting that needs an evaluation which does not take place. @param isEvaluated whether there is something to evaluate */
export function evaluationProblem(
  {
    evalSteps = null,
    evalOnStart = false,
    earlyStoppingPatience = null,
    earlyStoppingTarget = null,
    loadBestModelAtEnd = false,
  }: Partial<TrainingConfig>,
  isEvaluated: boolean,
): FieldProblem | null {
  const evaluations = { evalSteps: evalSteps !== null, evalOnStart };
  const looks = {
    earlyStoppingPatience: earlyStoppingPatience !== null,
    earlyStoppingTarget: earlyStoppingTarget !== null,
    loadBestModelAtEnd,
  };
  const wrong = (settings: object, problem: string): FieldProblem[] =>
    Object.entries(settings).flatMap(([field, isSet]) => (isSet ? { field, problem } : []));
  const needed = 'an evalDataset or evaluate (in a recipe: validation samples)';
  const also = isEvaluated ? '' : `, and ${needed}`;
  const [first = null] = [
    ...(isEvaluated ? [] : wrong(evaluations, `there is nothing to evaluate; give ${needed}`)),
    ...(evalSteps === null
      ? wrong(looks, `nothing is evaluated during training; give evalSteps too${also}`)
      : []),
  ];
  return first;
}

/** @throws ConfigError where the graph cannot do it */
function checkCheckpointing({ graph }: TrainableModel, { gradientCheckpointing }: TrainingConfig): void {
  if (!gradientCheckpointing || graph.gradientCheckpointing !== undefined) return;
  throw new ConfigError(
    `gradientCheckpointing: this model's graph (${graph.modelType}) has no such property to switch on; leave it out`,
    'gradientCheckpointing',
  );
}
