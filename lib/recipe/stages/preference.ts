/**
 * Process DPO: the model learns to prefer steps and paths by how likely they end in a right answer, from the pairs that a stage
 * before leaves, or that a file holds.
 */
import { z } from 'zod';
import { flattenTrees } from '../../batch/index.js';
import { endOfStep, type PairRecord, readPairs, type Sample } from '../../data/index.js';
import { type TargetTurn, targetTurns } from '../../rewards/index.js';
import { scope } from '../../tensor/index.js';
import {
  learnedTree,
  ProcessDPOTrainer,
  parseProcessDPOConfig,
  processDPOSchema,
  processPairs,
  processRows,
} from '../../train/index.js';
import { pathSchema } from '../paths.js';
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
import { checkTargets } from './check-targets.js';
import { evaluatedPairs } from './evaluated-pairs.js';
import {
  areMade,
  checkRecordFiles,
  learnedRecords,
  type RecordSource,
  recordProblems,
  validationRecords,
} from './learned-records.js';
import { itemsMemory, referenceMemory } from './memory.js';
import { fittedTrainer, runSettings, runTrainer, trainerProblems } from './trainer-settings.js';

const longestWarmup = 10;

const source: RecordSource<PairRecord> = { left: 'pairs.jsonl', what: 'pairs', read: readPairs };

const oneRound = 'a stage is one round: name another one after it, with an adapter of its own, for the next';

export const preference: Stage = {
  name: 'preference',
  title: 'process DPO',
  schema: processDPOSchema.safeExtend({
    /** Pairs. Default: those that the stage before leaves. */
    data: pathSchema("expected a JSONL file of pairs, as in 'preference: { data: pairs.jsonl }'").optional(),
    /** Pairs whose loss ends the stage when it stops falling. */
    validation: pathSchema('expected a JSONL file of pairs').optional(),
    rounds: z.literal(1, { error: oneRound }).default(1),
  }),
  defaults: { learningRate: 1e-4, perDeviceTrainBatchSize: 16, saveTotalLimit: 2 },
  inputs: [],
  outputs: ['model'],
  metrics: ['loss', 'rewards/accuracies', 'rewards/margins', 'eval_loss'],
  answersQuestions: true,
  reportsGain: true,
  check,
  checkSamples(use, recipe, samples) {
    checkRecordFiles(use, recipe, samples, source);
    if (parseProcessDPOConfig(trainerSettings(use.settings)).sftWeight > 0)
      checkTargets(recipe, recipe.data, askedSamples(samples));
  },
  steps: (context) =>
    areMade(context) ? trainerOf(context, { folder: null, callbacks: [] }).maxSteps : undefined,
  run: (context, options) => runTrainer(trainerOf(context, options, runSettings(options)), options),
  predictMemory,
};

function check(use: StageUse, recipe: Recipe): SettingsProblem[] {
  const { settings } = use;
  const problems = trainerProblems(settings, {
    metrics: evaluatedPairs,
    isValidated: settings.validation !== undefined,
    isFitted: true,
  });
  return [...problems, ...recordProblems(use, recipe, source)];
}

function trainerOf(
  context: StageContext,
  { callbacks }: RunOptions,
  changes: object = {},
): ProcessDPOTrainer {
  const { recipe, use, model, samples } = context;
  const trainDataset = learnedRecords(context, source);
  const evalDataset = validationRecords(context, source);
  const settings = trainerSettings(use.settings);
  return fittedTrainer(
    context,
    { settings, changes, longestWarmup, isValidated: evalDataset !== undefined },
    (config) =>
      new ProcessDPOTrainer({
        model,
        samples: askedSamples(samples),
        trainDataset,
        evalDataset,
        protocol: recipeProtocol(recipe),
        formatCompletion: targetsOf(recipe),
        config,
        callbacks,
      }),
  );
}

/** The reference answers that `sftWeight` teaches. */
function targetsOf(recipe: Recipe): (sample: Sample) => TargetTurn[] {
  return (sample) => targetTurns(sample, recipeProtocol(recipe), recipe.answers);
}

function trainerSettings({ data: _, validation: __, ...settings }: Settings): Settings {
  return settings;
}

/** Of a micro-batch of pairs like the first; where none is made yet, of whole paths as long as the reference answer. */
async function predictMemory(context: StageContext): Promise<MemoryRow[]> {
  const { recipe, use, model, samples } = context;
  const { graph } = model;
  const asked = askedSamples(samples);
  const config = parseProcessDPOConfig(trainerSettings(use.settings));
  const targetOf = targetsOf(recipe);
  const [first] = areMade(context) ? learnedRecords(context, source) : [expectedPair(asked[0])];
  const { ids, targets } = await scope(async () => {
    const { maxLength, sftWeight } = config;
    const rows = processRows('data', [first], asked);
    const pairs = await processPairs(model, rows, { maxLength, ...(sftWeight > 0 && { targetOf }) });
    return flattenTrees(pairs.map(learnedTree), graph.layOut);
  });
  const item = { tokens: ids.length, targets: targets.length };
  return [itemsMemory(use, graph, item, config), ...referenceMemory(use, graph)];
}

function expectedPair(sample: Sample): PairRecord {
  const chosen = [...(sample.steps ?? []), `<answer>${sample.answer}</answer>`].join(`${endOfStep}\n`);
  const certain = { pChosen: 1, pRejected: 0, alpha: 1, kind: 'path' as const };
  return { sampleId: sample.id, prefix: [], chosen, rejected: chosen, ...certain };
}
