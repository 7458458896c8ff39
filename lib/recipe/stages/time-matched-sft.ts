/**
 * Time-matched SFT: a baseline for a stage that took longer than SFT. It starts from the model that the other stage
 * started from, and goes on with SFT for as long as that took, at SFT's pace and with SFT's settings.
 */
import { z } from 'zod';
import { sftSchema } from '../../train/index.js';
import { type Recipe, type SettingsProblem, type Stage, type StageUse, startOf } from '../stage.js';
import { sft, sftLessons } from './sft.js';
import { supervised } from './supervised.js';
import { trainerProblems, unvalidated } from './trainer-settings.js';

export const timeMatchedSft: Stage = {
  name: 'time-matched-sft',
  title: 'time-matched SFT',
  schema: sftSchema.safeExtend({
    /** The stage whose time it takes; default: the one before it. */
    compareWith: z.string().optional(),
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
    const compared = comparedStage(use, recipe);
    return compared && startOf(compared, recipe);
  },
  ...supervised(
    (context) => ({
      ...sftLessons(sftBefore(context.use, context.recipe) as StageUse, context),
      validation: [],
    }),
    ({ use, recipe, finished }) => {
      const trained = (name?: string) => finished.find((stage) => stage.name === name)?.training;
      const other = trained(comparedStage(use, recipe)?.name);
      const ofSft = trained(sftBefore(use, recipe)?.name);
      const { compareWith: _, ...settings } = use.settings;
      return {
        ...sftBefore(use, recipe)?.settings,
        ...unvalidated,
        ...(other && ofSft ? { maxSteps: stepsWithin(other.seconds, ofSft.seconds / ofSft.steps) } : {}),
        ...settings,
      };
    },
  ),
  estimate(use, recipe, earlier) {
    const estimated = (name?: string) => earlier.find((stage) => stage.name === name);
    const other = estimated(comparedStage(use, recipe)?.name);
    const pace = estimated(sftBefore(use, recipe)?.name)?.secondsPerStep;
    if (other === undefined || pace === undefined) return null;
    return { steps: stepsWithin(other.steps * other.secondsPerStep, pace), secondsPerStep: pace };
  },
};

function check(use: StageUse, recipe: Recipe): SettingsProblem[] {
  const { compareWith } = use.settings;
  const problems = trainerProblems(use.settings, 'eval_loss');
  if (compareWith !== undefined && comparedStage(use, recipe) === undefined)
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

function comparedStage(use: StageUse, { stages }: Recipe): StageUse | undefined {
  const before = stages.slice(0, stages.indexOf(use));
  const { compareWith = before.at(-1)?.name } = use.settings;
  return before.find(({ name }) => name === compareWith);
}

/** The SFT stage that it goes on with. */
function sftBefore(use: StageUse, recipe: Recipe): StageUse | undefined {
  const compared = comparedStage(use, recipe);
  if (compared === undefined) return undefined;
  return recipe.stages.slice(0, recipe.stages.indexOf(compared)).findLast(({ stage }) => stage === sft);
}
