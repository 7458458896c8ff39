/**
 * A reward model: it learns how likely steps (a process reward model) or whole paths (an outcome reward model) are right, from what
 * stages before leave, or from a file. Models after it start from the one before it.
 */
import { z } from 'zod';
import { flattenTrees } from '../../batch/index.js';
import { readPaths, readSteps } from '../../data/index.js';
import { scope, torch } from '../../tensor/index.js';
import {
  PRMTrainer,
  parsePRMConfig,
  prmSchema,
  RewardModel,
  type RewardRecord,
  rewardExamples,
  rewardHeadFile,
  rewardRows,
} from '../../train/index.js';
import { pathSchema } from '../paths.js';
import { promptLength } from '../prompt-length.js';
import { recipeProtocol } from '../protocol.js';
import type {
  MemoryRow,
  Recipe,
  RunOptions,
  Settings,
  SettingsProblem,
  Stage,
  StageContext,
  StageUse,
} from '../stage.js';
import { askedSamples } from './asked-samples.js';
import {
  areMade,
  checkRecordFiles,
  learnedRecords,
  type RecordSource,
  recordProblems,
  validationRecords,
} from './learned-records.js';
import { itemsMemory } from './memory.js';
import { fittedTrainer, runSettings, runTrainer, trainerProblems } from './trainer-settings.js';

const longestWarmup = 10;

const sources = {
  steps: { left: 'steps.jsonl', what: 'records', read: readSteps },
  paths: { left: 'paths.jsonl', what: 'records', read: readPaths },
} satisfies Record<string, RecordSource<RewardRecord>>;

/** Tokens of a step that is not made yet, for the estimate of memory. */
const expectedStep = 64;

export const prm: Stage = {
  name: 'prm',
  title: 'reward model',
  schema: prmSchema.safeExtend({
    /** What it learns from: rollouts of steps, or outcomes of whole paths. */
    learns: z.enum(['steps', 'paths']).default('steps'),
    /** Records of steps or paths. Default: those that the stage before leaves. */
    data: pathSchema("expected a JSONL file of records, as in 'prm: { data: steps.jsonl }'").optional(),
    /** Records whose loss ends the stage when it stops falling. */
    validation: pathSchema('expected a JSONL file of records').optional(),
  }),
  defaults: { learningRate: 1e-4, perDeviceTrainBatchSize: 16, saveTotalLimit: 2 },
  inputs: ['data'],
  outputs: ['model', rewardHeadFile],
  modelFiles: [rewardHeadFile],
  metrics: ['loss', 'accuracy', 'eval_loss'],
  answersQuestions: false,
  isBaseline: true,
  check,
  checkSamples(use, recipe, samples) {
    checkRecordFiles(use, recipe, samples, sourceOf(use));
  },
  steps: (context) =>
    areMade(context) ? trainerOf(context, { folder: null, callbacks: [] }).trainer.maxSteps : undefined,
  async run(context, options) {
    const { reward, trainer } = trainerOf(context, options, runSettings(options));
    const result = await runTrainer(trainer, options);
    if (options.folder !== null && result.signal === null) reward.head.save(options.folder);
    return result;
  },
  predictMemory,
};

function sourceOf({ settings }: StageUse): RecordSource<RewardRecord> {
  return sources[(settings.learns as keyof typeof sources | undefined) ?? 'steps'];
}

function check(use: StageUse, recipe: Recipe): SettingsProblem[] {
  const { settings } = use;
  const problems = trainerProblems(settings, {
    metrics: ['eval_loss', 'eval_accuracy'],
    isValidated: settings.validation !== undefined,
    isFitted: true,
  });
  return [...problems, ...recordProblems(use, recipe, sourceOf(use))];
}

function trainerOf(
  context: StageContext,
  { callbacks }: RunOptions,
  changes: object = {},
): { trainer: PRMTrainer; reward: RewardModel } {
  const { recipe, use, model, samples } = context;
  // The same rows, whatever was drawn before.
  torch.manualSeed(recipe.seed);
  const reward: RewardModel = new RewardModel(model, { protocol: recipeProtocol(recipe) });
  const source = sourceOf(use);
  const trainDataset = learnedRecords(context, source);
  const evalDataset = validationRecords(context, source);
  const settings = trainerSettings(use.settings);
  const trainer = fittedTrainer(
    context,
    { settings, changes, longestWarmup, isValidated: evalDataset !== undefined },
    (config) =>
      new PRMTrainer({
        model: reward,
        samples: askedSamples(samples),
        trainDataset,
        evalDataset,
        config,
        callbacks,
      }),
  );
  return { trainer, reward };
}

function trainerSettings({ learns: _, data: __, validation: ___, ...settings }: Settings): Settings {
  return settings;
}

/** Of a micro-batch of records like the first. */
async function predictMemory(context: StageContext): Promise<MemoryRow[]> {
  const { use, model, samples } = context;
  const { graph } = model;
  const config = parsePRMConfig(trainerSettings(use.settings));
  const asked = askedSamples(samples);
  const tokens = await scope(async () => {
    if (!areMade(context)) return (await promptLength(model, asked[0])) + 2 * expectedStep;
    const rows = rewardRows('data', learnedRecords(context, sourceOf(use)).slice(0, 1), asked);
    const examples = await rewardExamples(model, rows, config.maxLength);
    return flattenTrees(
      examples.map(({ tree }) => tree),
      graph.layOut,
    ).ids.length;
  });
  // No logits over the vocabulary.
  return [itemsMemory(use, graph, { tokens, targets: 0 }, config)];
}
