// DPO (arXiv 2305.18290) and its relatives: the model learns to prefer the chosen completion of a pair to the rejected
// one, relative to the model from which the training started. training.ts has the step.

import type { Preference } from '../../data/index.js';
import { kinds } from '../../tensor/index.js';
import { checkTrainerOptions, type TrainOptions } from '../trainer.js';
import type { TrainResult } from '../training-loop.js';
import { type DPOConfig, type DPOConfigInput, parseDPOConfig } from './config.js';
import { preferencePairs, teachingPreferences } from './pairs.js';
import { type PairTrainerOptions, PairTraining } from './training.js';

export type DPOTrainerOptions = PairTrainerOptions<DPOConfigInput, Preference>;

export class DPOTrainer {
  readonly config: DPOConfig;
  readonly #training: PairTraining<Preference>;

  /** @throws TypeError for unknown options and hooks, ConfigError for unknown or impossible settings */
  constructor(options: DPOTrainerOptions) {
    checkTrainerOptions('DPOTrainer', options, { evalDataset: kinds.list });
    const config = parseDPOConfig(options.config ?? {});
    this.config = config;
    const { model } = options;
    this.#training = new PairTraining('DPOTrainer', options, config, {
      teachingRows: (rows) => teachingPreferences(model, rows, config.maxLength),
      pairsOf: (rows) => preferencePairs(model, rows, config.maxLength),
    });
  }

  /**
   * The steps after which the training ends, if nothing ends it before. `train` finds rows that teach nothing: with
   * numTrainEpochs there may be fewer then.
   */
  get maxSteps(): number {
    return this.#training.maxSteps;
  }

  train(options: TrainOptions = {}): Promise<TrainResult> {
    return this.#training.train(options);
  }
}
