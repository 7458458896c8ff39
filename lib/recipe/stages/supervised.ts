/** Supervised stages: they differ in what they teach. */
import { isChatRow } from '../../data/index.js';
import type { Protocol } from '../../rewards/index.js';
import {
  type FormatCompletion,
  parseSFTConfig,
  type SFTRow,
  SFTTrainer,
  targetLength,
} from '../../train/index.js';
import { promptLength } from '../prompt-length.js';
import type { MemoryRow, RunOptions, Settings, StageContext, StageResult } from '../stage.js';
import { itemsMemory } from './memory.js';
import { fittedTrainer, runSettings, runTrainer } from './trainer-settings.js';

/** Of a fresh small model: the trainer's own defaults are made for models that know most things already. */
export const freshSettings = {
  learningRate: 7e-4,
  optim: 'muon',
  muonLearningRate: 1.4e-3,
  weightDecay: 0.05,
  adamBeta2: 0.98,
  saveTotalLimit: 2,
} as const;

const longestWarmup = 40;

/** What a supervised stage learns. */
export interface Lessons {
  samples: SFTRow[];
  validation: SFTRow[];
  /** What a sample teaches under the protocol that it is asked by. */
  completion: FormatCompletion;
  /** Left out: samples are asked as they stand. */
  protocol?: Protocol;
}

const noRun: RunOptions = { folder: null, callbacks: [] };

/** Steps, run and memory of a supervised stage. @param settingsOf in place of those that the recipe gives it */
export function supervised(
  lessonsOf: (context: StageContext) => Lessons,
  settingsOf: (context: StageContext) => Settings = ({ use }) => use.settings,
) {
  const trainerOf = (context: StageContext, options: RunOptions, changes: object = {}): SFTTrainer => {
    const { samples, validation, completion, protocol } = lessonsOf(context);
    const isValidated = validation.length > 0;
    return fittedTrainer(
      context,
      { settings: settingsOf(context), changes, longestWarmup, isValidated },
      (config) =>
        new SFTTrainer({
          model: context.model,
          trainDataset: samples,
          evalDataset: isValidated ? validation : undefined,
          protocol,
          formatCompletion: completion,
          config,
          callbacks: options.callbacks,
        }),
    );
  };
  return {
    steps: (context: StageContext): number => trainerOf(context, noRun).maxSteps,
    run: (context: StageContext, options: RunOptions): Promise<StageResult> =>
      runTrainer(trainerOf(context, options, runSettings(options)), options),
    async predictMemory(context: StageContext): Promise<MemoryRow[]> {
      const { samples, completion, protocol } = lessonsOf(context);
      const { model } = context;
      const config = parseSFTConfig(settingsOf(context));
      const [row] = samples;
      let lengths: { prompt: number; target: number };
      if (isChatRow(row)) {
        const length = model.encodeChat(row, { assistantOnly: false, completionOnly: false }).ids.length;
        const most = config.maxLength ?? length;
        // At most: all of it is learned, and a packed sequence is full.
        lengths = { prompt: 0, target: config.packing ? most : Math.min(length, most) };
      } else {
        const target = targetLength(model, row, { config, protocol, formatCompletion: completion });
        lengths = { prompt: await promptLength(model, row), target };
      }
      const item = { tokens: lengths.prompt + lengths.target, targets: lengths.target };
      return [itemsMemory(context.use, model.graph, item, config)];
    },
  };
}
