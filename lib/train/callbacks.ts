// Hooks into a training, and what they may see and do.

import { nearest } from '../runtime/index.js';
import { checkOption, checkOptions, kinds, orNull } from '../tensor/index.js';
import type { GeneratedGroup, RewardedGroup, WeightedGroup } from './grpo/groups.js';
import { type Evaluation, ModelMetric } from './model-metric.js';

/** Where a training stands. Plain JSON: it is saved in every checkpoint. */
export interface TrainerState {
  /** Finished steps, skipped ones included. */
  step: number;
  /** The step at which the training ends if nothing else ends it before. */
  maxSteps: number;
  /** Passes over the data, with fraction. */
  epoch: number;
  /** Steps without an update because the gradient was not finite. */
  skippedSteps: number;
  /** Tokens that went through the model in training passes. */
  numTokens: number;
  /** Seconds of training, time before a resume included. */
  seconds: number;
  evaluations: Evaluation[];
}

/** Whether a training that begins goes on from a checkpoint. The one before the first step was written for its evaluation. */
export function isResumed({ step, evaluations }: Readonly<TrainerState>): boolean {
  return step > 0 || evaluations.length > 0;
}

export interface TrainerControl {
  /** Ends the training after this step; a checkpoint is written. `reason` goes into the result. */
  stop(reason?: string): void;
  /** Writes a checkpoint after this step. */
  save(): void;
}

type Hook<A extends unknown[] = []> = (
  state: Readonly<TrainerState>,
  control: TrainerControl,
  ...args: A
) => void | Promise<void>;

export interface TrainerCallback {
  onTrainBegin?: Hook;
  /** GRPO: after completions were sampled. A step that takes further prompts samples more than once. */
  onGenerate?: Hook<[groups: readonly GeneratedGroup[]]>;
  /** GRPO: after these completions were scored. */
  onReward?: Hook<[groups: readonly RewardedGroup[]]>;
  /** GRPO: once a step, before its updates, with the groups that it trains on. May change `advantages` and `inLoss`. */
  onAdvantage?: Hook<[groups: readonly WeightedGroup[]]>;
  onStepEnd?: Hook;
  /** Every `loggingSteps` steps, with the means since the last line. */
  onLog?: Hook<[metrics: Record<string, number>]>;
  onEvaluate?: Hook<[metrics: Record<string, number>]>;
  /** After a checkpoint was written. */
  onSave?: Hook<[folder: string]>;
  onTrainEnd?: Hook;
}

const hookNames: (keyof TrainerCallback)[] = [
  'onTrainBegin',
  'onGenerate',
  'onReward',
  'onAdvantage',
  'onStepEnd',
  'onLog',
  'onEvaluate',
  'onSave',
  'onTrainEnd',
];

/**
 * Callbacks may hold state of their own, but what is named like a hook must be one.
 * @throws TypeError naming the callback and the hook
 */
export function checkCallbacks(op: string, callbacks: readonly TrainerCallback[]): void {
  for (const [i, callback] of callbacks.entries()) {
    const place = `callbacks[${i}]`;
    checkOption(op, place, callback, kinds.object);
    for (let level: object | null = callback; level !== null; level = Object.getPrototypeOf(level)) {
      for (const name of Object.getOwnPropertyNames(level)) {
        if (!/^on[A-Z]/.test(name)) continue;
        if (!hookNames.includes(name as keyof TrainerCallback)) {
          const close = nearest(name, hookNames);
          const hint = close === undefined ? '' : `; did you mean '${close}'?`;
          throw new TypeError(
            `${op}: ${place}: no hook named '${name}'; expected ${hookNames.join(', ')}${hint}`,
          );
        }
        checkOption(op, `${place}.${name}`, callback[name as keyof TrainerCallback], kinds.function);
      }
    }
  }
}

interface EarlyStopping {
  /** With or without `eval_`. Default 'eval_loss'. */
  metric?: string;
  /** Evaluations in a row without a new best after which training stops; null or left out: they may be many. */
  patience?: number | null;
  /** Stops when the metric is at least this good; null or left out: no target. */
  target?: number | null;
  /** Default: unless the metric's name ends in 'loss'. */
  greaterIsBetter?: boolean;
}

/** Stops by what an evaluated metric has reached. It holds no state, so a resume changes nothing. */
export function earlyStopping(options: EarlyStopping): TrainerCallback {
  checkOptions('earlyStopping', options, {
    metric: kinds.string,
    patience: orNull(kinds.countFrom1),
    target: orNull(kinds.number),
    greaterIsBetter: kinds.boolean,
  });
  const { patience = null, target = null } = options;
  const metric = new ModelMetric(options.metric ?? 'eval_loss', options.greaterIsBetter);
  const look: Hook = ({ evaluations }, control) => {
    const values = evaluations.map((evaluation) => metric.valueIn(evaluation, 'earlyStopping'));
    const latest = values.at(-1);
    if (latest === undefined) return;
    if (target !== null && metric.cost(latest) <= metric.cost(target))
      return control.stop(`${metric.name} is ${short(latest)}, target ${target}`);
    const best = metric.bestOf(evaluations, 'earlyStopping');
    const place = best === undefined ? 0 : evaluations.indexOf(best);
    const since = values.length - 1 - place;
    if (patience !== null && since >= patience)
      control.stop(`${metric.name} has not improved on ${short(values[place])} for ${since} evaluations`);
  };
  // A training that had stopped and is resumed stops again before its first step.
  return { onTrainBegin: look, onEvaluate: look };
}

function short(value: number | null): string {
  return value === null ? 'no number' : String(Number(value.toPrecision(3)));
}
