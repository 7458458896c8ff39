/**
 * Time-matched SFT: a baseline for stages after SFT. It starts from the model that the first of them started from, and goes
 * on with SFT for as long as they took together, at SFT's pace and with SFT's settings.
 */
import { z } from 'zod';
import { sftSchema } from '../../train/index.js';
import { type Recipe, type SettingsProblem, type Stage, type StageUse, startOf } from '../stage.js';
import { sft, sftLessons, trainerSettings } from './sft.js';
import { supervised } from './supervised.js';
import { trainerProblems, unvalidated } from './trainer-settings.js';

export const timeMatchedSft: Stage = {
  name: 'time-matched-sft',
  title: 'time-matched SFT',
  schema: sftSchema.safeExtend({
    /** The stage whose time it takes, or several in a row; default: the one before it. */
    compareWith: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
  }),
  defaults: {},
  inputs: ['data'],
  outputs: ['model'],
  metrics: ['loss'],
  answersQuestions: true,
  isBaseline: true,
  reportsGain: true,
  check,
  learnsLike: sftBefore,
  startsFrom(use, recipe) {
    const [first] = comparedStages(use, recipe);
    return first && startOf(first, recipe);
  },
  ...supervised(
    (context) => ({
      ...sftLessons(sftBefore(context.use, context.recipe) as StageUse, context),
      validation: [],
    }),
    ({ use, recipe, finished }) => {
      const trained = (name?: string) => finished.find((stage) => stage.name === name)?.training;
      const others = comparedStages(use, recipe).map(({ name }) => trained(name));
      const seconds = others.reduce((sum, other) => sum + (other?.seconds ?? Number.NaN), 0);
      const ofSft = trained(sftBefore(use, recipe)?.name);
      const { compareWith: _, ...settings } = use.settings;
      return {
        ...trainerSettings(sftBefore(use, recipe)?.settings ?? {}),
        ...unvalidated,
        ...(ofSft && seconds > 0 ? { maxSteps: stepsWithin(seconds, ofSft.seconds / ofSft.steps) } : {}),
        ...settings,
      };
    },
  ),
  estimate(use, recipe, earlier) {
    const estimated = (name?: string) => earlier.find((stage) => stage.name === name);
    const others = comparedStages(use, recipe).map(({ name }) => estimated(name));
    const seconds = others.reduce(
      (sum, other) => sum + (other === undefined ? Number.NaN : other.steps * other.secondsPerStep),
      0,
    );
    const pace = estimated(sftBefore(use, recipe)?.name)?.secondsPerStep;
    if (!(seconds > 0) || pace === undefined) return null;
    return { steps: stepsWithin(seconds, pace), secondsPerStep: pace };
  },
};

function check(use: StageUse, recipe: Recipe): SettingsProblem[] {
  const { compareWith } = use.settings;
  const evaluation = { metrics: ['eval_loss'], isValidated: false, isFitted: false };
  const problems = trainerProblems(use.settings, evaluation);
  if (compareWith !== undefined && comparedStages(use, recipe).length === 0)
    return [...problems, { path: ['compareWith'], text: 'expected the name of a stage before this one' }];
  if (sftBefore(use, recipe) !== undefined) return problems;
  return [
    ...problems,
    { path: [], text: "expected a 'sft' stage and the stage that it is compared with before it" },
  ];
}

function stepsWithin(seconds: number, secondsPerStep: number): number {
  return Math.max(1, Math.round(seconds / secondsPerStep));
}

/** In the recipe's order; none where a name is of no stage before it. */
function comparedStages(use: StageUse, { stages }: Recipe): StageUse[] {
  const before = stages.slice(0, stages.indexOf(use));
  const names = new Set([use.settings.compareWith ?? before.at(-1)?.name].flat());
  const found = before.filter(({ name }) => names.has(name));
  return found.length === names.size ? found : [];
}

/** The SFT stage that it goes on with. */
function sftBefore(use: StageUse, recipe: Recipe): StageUse | undefined {
  const [first] = comparedStages(use, recipe);
  if (first === undefined) return undefined;
  return recipe.stages.slice(0, recipe.stages.indexOf(first)).findLast(({ stage }) => stage === sft);
}
