/** The stages of a recipe: their names, what trains them, and how they are spoken of. */
import { evaluate } from '../eval/index.js';
import type { OmniModel } from '../omni/index.js';
import {
  answerReward,
  formatReward,
  modalityReward,
  type RewardFunc,
  targetCaptions,
  targetCompletion,
} from '../rewards/index.js';
import { GRPOTrainer, SFTTrainer, type TrainerCallback } from '../train/index.js';
import { freshDefaults } from './fresh-defaults.js';
import type { Recipe, RewardName } from './recipe.js';
import { type RecipeData, repeatedMoments, sftSamples } from './recipe-data.js';

export type TrainedStage = 'alignment' | 'sft' | 'grpo' | 'sft-continued';
export type StageName = 'start' | TrainedStage;

export const trainingTitles: Record<StageName, string> = {
  start: 'nothing',
  alignment: 'alignment',
  sft: 'SFT',
  grpo: 'GRPO',
  'sft-continued': 'continued SFT',
};

/** Metrics that a stage's progress shows. */
export const shownMetrics: Record<TrainedStage, readonly string[]> = {
  alignment: ['loss', 'eval_loss'],
  sft: ['loss', 'eval_loss'],
  grpo: ['reward', 'rewards/answer/mean', 'frac_reward_zero_std', 'eval_accuracy'],
  'sft-continued': ['loss'],
};

/**
 * Settings that fit the number of steps, where the recipe says nothing else: how a stage with validation samples ends
 * early, and how a fresh model warms up.
 */
function fitted(name: TrainedStage, { model }: Recipe, isValidated: boolean, steps: number): object {
  const { warmupSteps } = freshDefaults[name === 'sft-continued' ? 'sft' : name];
  return {
    ...(typeof model === 'string' ? {} : { warmupSteps: Math.min(warmupSteps, Math.floor(steps / 10)) }),
    ...(isValidated
      ? { evalSteps: Math.min(100, Math.max(1, Math.floor(steps / 5))), earlyStoppingPatience: 2 }
      : {}),
  };
}

/** Settings of a stage that is not validated, whatever those that it shares say. */
export const unvalidated = { evalSteps: null, earlyStoppingPatience: null, earlyStoppingTarget: null };

/** The longest answer that evaluations wait for, tokens. */
export function answerLimit({ grpo }: Recipe): number {
  const limit = grpo === false ? undefined : grpo.maxCompletionLength;
  return typeof limit === 'number' ? limit : 256;
}

/** The stages that a recipe trains, in order; the one that only compares is not among them. */
export function trainedStages(recipe: Recipe, data: RecipeData): Exclude<TrainedStage, 'sft-continued'>[] {
  return [
    ...(data.moments.length > 0 ? (['alignment'] as const) : []),
    ...(recipe.sft === false ? [] : (['sft'] as const)),
    ...(recipe.grpo === false ? [] : (['grpo'] as const)),
  ];
}

/** The trainer of a stage. `config` replaces settings of the recipe. @throws ConfigError */
export function trainerOf(
  name: TrainedStage,
  recipe: Recipe,
  data: RecipeData,
  model: OmniModel,
  { config: changes = {}, callbacks = [] }: { config?: object; callbacks?: TrainerCallback[] } = {},
): SFTTrainer | GRPOTrainer {
  const make = (steps: number) =>
    name === 'grpo'
      ? grpoTrainer(recipe, data, model, steps, changes, callbacks)
      : sftTrainer(name, recipe, data, model, steps, changes, callbacks);
  // What fits the steps does not change their number.
  return make(make(Infinity).maxSteps);
}

function sftTrainer(
  name: Exclude<TrainedStage, 'grpo'>,
  recipe: Recipe,
  data: RecipeData,
  model: OmniModel,
  steps: number,
  changes: object,
  callbacks: TrainerCallback[],
): SFTTrainer {
  const captioned = name === 'alignment' ? data.moments : repeatedMoments(recipe, data);
  const questions = name === 'alignment' ? [] : sftSamples(recipe, data);
  const parts = {
    alignment: { settings: recipe.alignment, validation: data.momentsValidation },
    sft: { settings: recipe.sft, validation: data.validation },
    'sft-continued': { settings: { ...recipe.sft, ...unvalidated }, validation: [] },
  };
  const { settings, validation } = parts[name];
  const isCaptioned = new Set(captioned);
  const isValidated = validation.length > 0 && (settings === false || settings.evalSteps !== null);
  return new SFTTrainer({
    model,
    trainDataset: [...questions, ...captioned],
    evalDataset: validation.length > 0 ? validation : undefined,
    formatCompletion: (sample) =>
      name === 'alignment' || isCaptioned.has(sample)
        ? targetCaptions(sample)
        : targetCompletion(sample, recipe.answers),
    config: { seed: recipe.seed, ...fitted(name, recipe, isValidated, steps), ...settings, ...changes },
    callbacks,
  });
}

function grpoTrainer(
  recipe: Recipe,
  { answered, labelled, validation }: RecipeData,
  model: OmniModel,
  steps: number,
  changes: object,
  callbacks: TrainerCallback[],
): GRPOTrainer {
  const functions: Record<RewardName, RewardFunc> = {
    // Reasoning about sight and sound names overlapping times, which the strict rule refuses.
    format: formatReward({ mode: 'published' }),
    answer: answerReward(),
    modality: modalityReward({ compare: recipe.modalityCompare }),
  };
  const names = Object.keys(recipe.rewards) as RewardName[];
  const accuracy = async (): Promise<{ accuracy: number }> => {
    const answers = await evaluate(model, validation, { views: ['av'], maxNewTokens: answerLimit(recipe) });
    return { accuracy: answers.filter(({ correct }) => correct).length / answers.length };
  };
  return new GRPOTrainer({
    model,
    rewardFuncs: names.map((name) => functions[name]),
    trainDataset: answered.length > 0 ? answered : labelled,
    evaluate: validation.length > 0 ? accuracy : undefined,
    config: {
      seed: recipe.seed,
      metricForBestModel: 'eval_accuracy',
      ...fitted('grpo', recipe, false, steps),
      ...(recipe.grpo === false ? {} : recipe.grpo),
      rewardWeights: names.map((name) => recipe.rewards[name] as number),
      ...changes,
    },
    callbacks,
  });
}
