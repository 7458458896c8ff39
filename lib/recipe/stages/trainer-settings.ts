/** What stages that a trainer runs have in common: their settings beyond the schema, and the trainer's result. */
import { shown } from '../../runtime/index.js';
import { evaluationProblem, type TrainResult } from '../../train/index.js';
import type { RunOptions, Settings, SettingsProblem, StageContext, StageResult } from '../stage.js';

/** Settings of trainers that follow from the recipe. */
export const ownedElsewhere: Record<string, string> = {
  outputDir: "'output' at the top of the recipe",
  overwriteOutputDir: "'--overwrite' of the command",
  rewardWeights: "'rewards'",
};

/** How a stage is evaluated while it trains. */
interface StageEvaluation {
  /** By name, the one that is meant where the stage names none first. */
  metrics: readonly string[];
  /** Whether the recipe gives it samples for that. */
  isValidated: boolean;
  /** Whether `fittedSettings` set evalSteps where the recipe does not. */
  isFitted: boolean;
}

/** Problems of settings that follow from the recipe alone. */
export function trainerProblems(settings: Settings, evaluation: StageEvaluation): SettingsProblem[] {
  return [
    ...ownedProblems(settings),
    ...evaluationProblems(settings, evaluation),
    ...metricProblems(settings, evaluation.metrics),
  ];
}

function ownedProblems(settings: Settings): SettingsProblem[] {
  return Object.entries(ownedElsewhere)
    .filter(([field]) => field in settings)
    .map(([field, elsewhere]) => ({
      path: [field],
      text: `is given by ${elsewhere} (got ${shown(settings[field])})`,
    }));
}

function evaluationProblems(
  settings: Settings,
  { isValidated, isFitted }: StageEvaluation,
): SettingsProblem[] {
  const fitted = isValidated && isFitted && settings.evalSteps === undefined ? { evalSteps: 1 } : {};
  const wrong = evaluationProblem({ ...settings, ...fitted }, isValidated);
  if (wrong === null) return [];
  const { field, problem } = wrong;
  return [{ path: [field], text: `${problem} (got ${shown(settings[field])})` }];
}

function metricProblems(settings: Settings, evaluated: readonly string[]): SettingsProblem[] {
  const { metricForBestModel: metric } = settings;
  if (typeof metric !== 'string' || evaluated.some((name) => name === metric || name === `eval_${metric}`))
    return [];
  const [first, ...others] = evaluated;
  const list = others.length === 0 ? 'which is all' : `or ${others.join(', ')}, which are all`;
  const text = `expected '${first}', ${list} that the stage is evaluated by (got ${shown(metric)})`;
  return [{ path: ['metricForBestModel'], text }];
}

/** Settings of a stage that is not validated, whatever the recipe says. */
export const unvalidated = {
  evalSteps: null,
  evalOnStart: false,
  loadBestModelAtEnd: false,
  earlyStoppingPatience: null,
  earlyStoppingTarget: null,
};

/**
 * Settings that fit the number of steps, where the recipe says nothing else: a fresh model warms up for a tenth of them,
 * `longestWarmup` at most, and a validated stage is evaluated every fifth part, every 100 steps at least.
 */
function fittedSettings(
  { recipe, use: { settings } }: StageContext,
  steps: number,
  longestWarmup: number,
  isValidated: boolean,
): object {
  return {
    ...(typeof recipe.model === 'string' || 'warmupRatio' in settings
      ? {}
      : { warmupSteps: Math.min(longestWarmup, Math.floor(steps / 10)) }),
    ...(isValidated
      ? { evalSteps: Math.min(100, Math.max(1, Math.floor(steps / 5))), earlyStoppingPatience: 2 }
      : {}),
  };
}

/** Settings that a run of the engine decides. */
export function runSettings({ folder, maxSteps }: RunOptions): object {
  if (folder === null) return { ...unvalidated, maxSteps, maxSeconds: null, outputDir: null };
  // The run's folder is locked, and what the stage's holds is of this run.
  return { outputDir: folder, overwriteOutputDir: true };
}

interface Trainer {
  readonly maxSteps: number;
  train(options: { resumeFrom?: string }): Promise<TrainResult>;
}

interface TrainerSettings {
  /** Of the trainer, as the recipe gives them. */
  settings: Settings;
  /** In place of these: what the run decides. */
  changes: object;
  longestWarmup: number;
  /** Whether there are rows that the trainer is evaluated on at steps that fit. */
  isValidated: boolean;
}

/** The trainer of a stage, whose config has the recipe's seed, settings that fit its steps, and those that are given. */
export function fittedTrainer<T extends Trainer>(
  context: StageContext,
  { settings, changes, longestWarmup, isValidated }: TrainerSettings,
  make: (config: object) => T,
): T {
  const isEvaluated = isValidated && settings.evalSteps !== null;
  const madeFor = (steps: number): T =>
    make({
      seed: context.recipe.seed,
      ...fittedSettings(context, steps, longestWarmup, isEvaluated),
      ...settings,
      ...changes,
    });
  // Settings that fit the steps do not change their number.
  return madeFor(madeFor(Infinity).maxSteps);
}

export async function runTrainer(trainer: Trainer, { resumeFrom }: RunOptions): Promise<StageResult> {
  const { state, signal, endedBy, reason } = await trainer.train({ resumeFrom });
  const { step: steps, maxSteps, seconds, numTokens } = state;
  return { steps, maxSteps, seconds, numTokens, endedBy, reason, signal };
}
