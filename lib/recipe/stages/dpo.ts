/** DPO: the model learns to prefer one of two completions to the other, from pairs in a file of the stage's own. */
import { flattenTrees } from '../../batch/index.js';
import { type Preference, readPreferences } from '../../data/index.js';
import { scope } from '../../tensor/index.js';
import { DPOTrainer, dpoSchema, parseDPOConfig, preferencePairs } from '../../train/index.js';
import { pathSchema } from '../paths.js';
import {
  type MemoryRow,
  type RunOptions,
  type Settings,
  type Stage,
  type StageContext,
  titleOf,
} from '../stage.js';
import { evaluatedPairs } from './evaluated-pairs.js';
import { referenceMemory } from './reference-memory.js';
import {
  fittedSettings,
  fittedTrainer,
  largestMicroBatch,
  runSettings,
  runTrainer,
  trainerProblems,
} from './trainer-settings.js';

const longestWarmup = 10;

export const dpo: Stage = {
  name: 'dpo',
  title: 'DPO',
  schema: dpoSchema.safeExtend({
    /** Pairs. Default: the recipe's `data`. */
    data: pathSchema("expected a JSONL file of pairs, as in 'dpo: { data: pairs.jsonl }'").optional(),
    /** Pairs whose loss ends the stage when it stops falling. */
    validation: pathSchema('expected a JSONL file of pairs').optional(),
  }),
  defaults: { learningRate: 1e-4, perDeviceTrainBatchSize: 16, saveTotalLimit: 2 },
  inputs: [],
  outputs: ['model'],
  metrics: ['loss', 'rewards/accuracies', 'rewards/margins', 'eval_loss'],
  answersQuestions: true,
  reportsGain: true,
  check: ({ settings }) =>
    trainerProblems(settings, {
      metrics: evaluatedPairs,
      isValidated: settings.validation !== undefined,
      isFitted: true,
    }),
  readRows({ settings }, recipe) {
    const { data = recipe.data, validation } = settings as { data?: string; validation?: string };
    return {
      data: readPreferences(data),
      ...(validation !== undefined && { validation: readPreferences(validation) }),
    };
  },
  steps: (context) => trainerOf(context, { folder: null, callbacks: [] }).maxSteps,
  run: (context, options) => runTrainer(trainerOf(context, options, runSettings(options)), options),
  predictMemory,
};

function trainerOf(context: StageContext, { callbacks }: RunOptions, changes: object = {}): DPOTrainer {
  const { recipe, use, model } = context;
  const validation = pairsOf(context, 'validation');
  const settings = trainerSettings(use.settings);
  const isValidated = validation.length > 0 && use.settings.evalSteps !== null;
  return fittedTrainer(
    (steps) =>
      new DPOTrainer({
        model,
        trainDataset: pairsOf(context, 'data'),
        evalDataset: validation.length > 0 ? validation : undefined,
        config: {
          seed: recipe.seed,
          ...fittedSettings(context, steps, longestWarmup, isValidated),
          ...settings,
          ...changes,
        },
        callbacks,
      }),
  );
}

function pairsOf({ use, samples }: StageContext, setting: 'data' | 'validation'): Preference[] {
  return (samples[`${use.name}.${setting}`] ?? []) as Preference[];
}

function trainerSettings({ data: _, validation: __, ...settings }: Settings): object {
  return settings;
}

/** Of a micro-batch of pairs like the first, and the copy of the weights that they are compared with: with an adapter, none. */
async function predictMemory(context: StageContext): Promise<MemoryRow[]> {
  const { use, model } = context;
  const { graph } = model;
  const {
    perDeviceTrainBatchSize: count,
    maxLength,
    gradientCheckpointing,
    maxTokensPerMicroBatch: limit,
  } = parseDPOConfig(trainerSettings(use.settings));
  const { ids, targets } = await scope(async () => {
    const trees = await preferencePairs(model, pairsOf(context, 'data').slice(0, 1), maxLength);
    return flattenTrees(
      trees.map(({ tree }) => tree),
      graph.layOut,
    );
  });
  const fixed = { tokens: count * ids.length, targets: count * targets.length };
  const micro = largestMicroBatch(fixed, ids.length, limit);
  return [
    {
      name: `${titleOf(use)} micro-batch`,
      bytes: graph.activationBytes(...micro, gradientCheckpointing),
    },
    ...referenceMemory(use, graph),
  ];
}
