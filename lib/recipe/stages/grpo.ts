/** GRPO: the model learns from scored completions of its own to the training samples. */
import type { Sample, Selection, SelectionRules } from '../../data/index.js';
import { BadInputError } from '../../files/index.js';
import { necessity } from '../../judges/index.js';
import type { RewardFunc } from '../../rewards/index.js';
import { shown } from '../../runtime/index.js';
import {
  admission,
  evaluatedMetrics,
  GRPOTrainer,
  grpoSchema,
  idleEvaluationSetting,
  parseGRPOConfig,
} from '../../train/index.js';
import { type JudgeSetting, judgesByModel, judgeText, StageJudges } from '../judges.js';
import { promptLength } from '../prompt-length.js';
import { recipeProtocol } from '../protocol.js';
import {
  defaultRewards,
  judgesOf,
  machineProblems,
  type RewardEntry,
  type RewardParts,
  rewardEntries,
  rewardFunctions,
  rewardListProblems,
  rewardsSchema,
  standIns,
} from '../rewards.js';
import type { RecipeSamples } from '../samples.js';
import { selected, selectionFields, selectionText } from '../selection.js';
import {
  type Recipe,
  type RunOptions,
  type Settings,
  type SettingsProblem,
  type Stage,
  type StageContext,
  type StageUse,
  titleOf,
} from '../stage.js';
import { answersLearning } from './held-out.js';
import { microBatchMemory, referenceMemory } from './memory.js';
import { fittedTrainer, runSettings, runTrainer, trainerProblems } from './trainer-settings.js';

const longestWarmup = 5;

export const grpo: Stage = {
  name: 'grpo',
  title: 'GRPO',
  schema: grpoSchema.safeExtend({ rewards: rewardsSchema.optional(), ...selectionFields }),
  defaults: {
    learningRate: 1e-4,
    numGenerations: 8,
    perDeviceTrainBatchSize: 128,
    numTrainEpochs: 4,
    maxCompletionLength: 48,
    saveTotalLimit: 2,
    logCompletions: true,
  },
  inputs: ['data'],
  outputs: ['model'],
  metrics: ['reward', 'rewards/answer/mean', 'frac_reward_zero_std', 'eval_accuracy'],
  answersQuestions: true,
  learnsAnswerOnly: true,
  reportsGain: true,
  check,
  checkMachine({ settings: { rewards } }) {
    if (!Array.isArray(rewards)) return [];
    const problems = machineProblems(rewardEntries(rewards));
    return problems.map((it) => ({ ...it, path: ['rewards', ...it.path] }));
  },
  describe: (use, recipe, samples) => [
    ...selectionText(selectionOf(use, recipe, samples), questionsOf(samples).length),
    ...judgesOf(namedRewards(use, recipe) ?? []).map(
      ({ setting, rewards }) => `${rewards.join(', ')} judged by ${judgeText(setting)}`,
    ),
  ],
  checkSamples(use, recipe, samples) {
    const { data } = recipe;
    if (questionsOf(samples).length > 0) return void selectionOf(use, recipe, samples);
    throw new BadInputError(
      `${data}: no sample has an "answer" to reward; add some, or leave the stage out ('grpo: false')`,
    );
  },
  completionLimit: (settings) => parseGRPOConfig(trainerSettings(settings)).maxCompletionLength,
  async steps(context) {
    return (await trainerOf(context, standIns, { folder: null, callbacks: [] })).maxSteps;
  },
  async predictMemory(context) {
    const { recipe, use, samples, model } = context;
    const settings = parseGRPOConfig(trainerSettings(use.settings));
    const { perDeviceTrainBatchSize: count, numGenerations, maxCompletionLength: longest, beta } = settings;
    const judges = judgesOf(namedRewards(use, recipe) ?? []);
    const prompt = await promptLength(model, selectionOf(use, recipe, samples).kept[0]);
    const whole = { tokens: (count / numGenerations) * prompt + count * longest, targets: count * longest };
    return [
      { name: `${titleOf(use)} key-value cache`, bytes: model.graph.cacheBytes(whole.tokens) },
      microBatchMemory(use, model.graph, whole, prompt + longest, settings),
      ...(beta === 0 ? [] : referenceMemory(use, model.graph)),
      ...(judges.some(({ setting }) => judgesByModel(setting))
        ? referenceMemory(use, model.graph, "judge's reference")
        : []),
    ];
  },
  async run(context, options) {
    const { model } = context;
    const judges = new StageJudges(model, options.folder === null);
    try {
      const parts = { judge: (setting: JudgeSetting) => judges.of(setting), necessity: necessity({ model }) };
      const trainer = await trainerOf(context, parts, options, runSettings(options));
      return await runTrainer(trainer, options);
    } finally {
      await judges.close();
    }
  },
  learning: answersLearning,
};

async function trainerOf(
  context: StageContext,
  parts: RewardParts,
  { folder, callbacks }: RunOptions,
  changes: object = {},
): Promise<GRPOTrainer> {
  const { recipe, use, samples, model } = context;
  const { rewardFuncs, rewardWeights } = await scoredBy(context, parts);
  const { kept: trainDataset } = selectionOf(use, recipe, samples);
  const decided = {
    rewardWeights,
    ...changes,
    ...(folder === null ? { evalViews: undefined, numGenerationsEval: undefined } : {}),
  };
  return fittedTrainer(
    context,
    { settings: trainerSettings(use.settings), changes: decided, longestWarmup, isValidated: false },
    (config) =>
      new GRPOTrainer({
        model,
        rewardFuncs,
        protocol: recipeProtocol(recipe),
        trainDataset,
        evalDataset: samples.validation.length > 0 ? samples.validation : undefined,
        config,
        callbacks,
        // A trial trains a model that earlier stages have taught little.
        warnOfEqualRewards: folder !== null,
      }),
  );
}

/** The samples with an answer only, or else those with steps too. */
function questionsOf({ answerOnly, withRationale }: RecipeSamples): Sample[] {
  return answerOnly.length > 0 ? answerOnly : withRationale;
}

/** What the stage's own filter and balance leave of them. */
function selectionOf({ settings }: StageUse, { data }: Recipe, samples: RecipeSamples): Selection {
  const { filter, balance } = settings as SelectionRules;
  return selected(questionsOf(samples), { filter, balance }, data);
}

function trainerSettings(settings: Settings): Settings {
  const { rewards: _, filter: __, balance: ___, ...ofTrainer } = settings;
  const isEvaluated = (ofTrainer.evalSteps ?? null) !== null || ofTrainer.evalOnStart === true;
  // Greedy answers alone: rewards of validation samples cost a judge's time, and are sampled where the recipe asks for it.
  return { ...(isEvaluated && { numGenerationsEval: 0 }), ...ofTrainer };
}

/** undefined: neither stage nor recipe names any. */
function namedRewards(
  { settings: { rewards } }: StageUse,
  recipe: Recipe,
): readonly RewardEntry[] | undefined {
  return Array.isArray(rewards) ? rewardEntries(rewards, recipe.prompt.protocol) : recipe.rewards;
}

/** The rewards that are named, or the default ones without those that compare views which the model cannot show. */
async function scoredBy({ use, recipe, model }: StageContext, parts: RewardParts) {
  const named = namedRewards(use, recipe);
  const entries = named ?? defaultRewards(recipe.prompt.protocol);
  const rewardFuncs = await rewardFunctions(entries, parts);
  const rewards = rewardFuncs
    .map((reward, i) => ({ reward, weight: entries[i].weight }))
    .filter(({ reward: { views = [] } }) => named || views.every((view) => model.views.includes(view)));
  return {
    rewardFuncs: rewards.map(({ reward }) => reward),
    rewardWeights: rewards.map(({ weight }) => weight),
  };
}

async function check(use: StageUse, recipe: Recipe): Promise<SettingsProblem[]> {
  const problems = await settingsProblems(use, recipe);
  return problems.length > 0 ? problems : admitProblems(use, recipe);
}

async function settingsProblems(use: StageUse, recipe: Recipe): Promise<SettingsProblem[]> {
  const names = (await checkedRewards(use, recipe))?.map(({ name }) => name) ?? [];
  const config = parseGRPOConfig(trainerSettings(use.settings));
  const isValidated = recipe.validation !== undefined;
  const metrics = evaluatedMetrics(config, names);
  const problems = trainerProblems(use.settings, { metrics, isValidated, isFitted: false });
  const idle = idleEvaluationSetting(config, isValidated);
  if (problems.length === 0 && idle !== null)
    problems.push({ path: [idle.field], text: `${idle.problem} (got ${shown(use.settings[idle.field])})` });
  const { rewards } = use.settings;
  const text = 'expected at least one reward; leave it out for the default ones';
  if (!Array.isArray(rewards))
    return recipe.rewards?.length !== 0
      ? problems
      : [...problems, { path: ['rewards'], text, ofRecipe: true }];
  const wrong = await rewardListProblems(rewards, rewardEntries(rewards, recipe.prompt.protocol));
  if (rewards.length === 0) wrong.push({ path: [], text });
  return [...problems, ...wrong.map((it) => ({ ...it, path: ['rewards', ...it.path] }))];
}

/** Null: some are wrong, which is told where they are written. */
async function checkedRewards(use: StageUse, recipe: Recipe): Promise<RewardFunc[] | null> {
  const entries = namedRewards(use, recipe) ?? defaultRewards(recipe.prompt.protocol);
  return rewardFunctions(entries, standIns).catch(() => null);
}

/** Whether `admit` looks at a reward that there is not. */
async function admitProblems(use: StageUse, recipe: Recipe): Promise<SettingsProblem[]> {
  const rewardFuncs = await checkedRewards(use, recipe);
  if (rewardFuncs === null) return [];
  try {
    admission(parseGRPOConfig(trainerSettings(use.settings)), rewardFuncs);
    return [];
  } catch (error) {
    return [{ path: ['admit'], text: (error as Error).message.replace(/^admit: /, '') }];
  }
}
