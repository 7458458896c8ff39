/** DPO: the model learns to prefer one of two completions to the other, from pairs in a file of the stage's own. */
import { flattenTrees } from '../../batch/index.js';
import { type Preference, readPreferences } from '../../data/index.js';
import { scope } from '../../tensor/index.js';
import { DPOTrainer, dpoSchema, parseDPOConfig, preferencePairs } from '../../train/index.js';
import { pathSchema } from '../paths.js';
import type { MemoryRow, RunOptions, Settings, Stage, StageContext } from '../stage.js';
import { evaluatedPairs } from './evaluated-pairs.js';
import { itemsMemory, referenceMemory } from './memory.js';
import { fittedTrainer, runSettings, runTrainer, trainerProblems } from './trainer-settings.js';

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
  const validation = pairsOf(context, 'validation');
  const settings = trainerSettings(context.use.settings);
  const isValidated = validation.length > 0;
  return fittedTrainer(
    context,
    { settings, changes, longestWarmup, isValidated },
    (config) =>
      new DPOTrainer({
        model: context.model,
        trainDataset: pairsOf(context, 'data'),
        evalDataset: isValidated ? validation : undefined,
        config,
        callbacks,
      }),
  );
}

function pairsOf({ use, samples }: StageContext, setting: 'data' | 'validation'): Preference[] {
  return (samples[`${use.name}.${setting}`] ?? []) as Preference[];
}

function trainerSettings({ data: _, validation: __, ...settings }: Settings): Settings {
  return settings;
}

/** Of a micro-batch of pairs like the first, and the copy of the weights that they are compared with: with an adapter, none. */
async function predictMemory(context: StageContext): Promise<MemoryRow[]> {
  const { use, model } = context;
  const { graph } = model;
  const config = parseDPOConfig(trainerSettings(use.settings));
  const { ids, targets } = await scope(async () => {
    const pairs = await preferencePairs(model, pairsOf(context, 'data').slice(0, 1), config.maxLength);
    return flattenTrees(
      pairs.map(({ tree }) => tree),
      graph.layOut,
    );
  });
  const item = { tokens: ids.length, targets: targets.length };
  return [itemsMemory(use, graph, item, config), ...referenceMemory(use, graph)];
}
