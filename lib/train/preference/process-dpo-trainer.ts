// Process DPO (video-SALMONN-o1, arXiv 2502.11775): the model learns to prefer the step, or the whole path, that is the more
// likely one to end in a right answer, as much as its probability says. training.ts has the step, rounds.ts what is between
// rounds.

import type { PairRecord, Sample } from '../../data/index.js';
import {
  instructed,
  type Protocol,
  type ProtocolOption,
  protocolOf,
  type TargetTurn,
  targetTurns,
} from '../../rewards/index.js';
import { kinds, required } from '../../tensor/index.js';
import { checkTrainerOptions, type TrainOptions } from '../trainer.js';
import type { TrainResult } from '../training-loop.js';
import {
  type ProcessDPOConfig,
  type ProcessDPOConfigInput,
  parseProcessDPOConfig,
  processLoss,
} from './process-config.js';
import { type ProcessRow, processPairs, processRows } from './process-pairs.js';
import { endRound, roundFolder, takeRounds } from './rounds.js';
import { type PairTrainerOptions, PairTraining } from './training.js';

export interface ProcessDPOTrainerOptions
  extends Omit<PairTrainerOptions<ProcessDPOConfigInput, never>, 'trainDataset' | 'evalDataset'> {
  trainDataset: readonly PairRecord[];
  evalDataset?: readonly PairRecord[];
  /** Those that the pairs are of, by their ids. */
  samples: readonly Sample[];
  /** How answers were asked for where the pairs come from. Default 'steps'. */
  protocol?: ProtocolOption;
  /** The reference answer that sftWeight teaches, as one text or as turns; default: `rewards.targetTurns`. */
  formatCompletion?: (sample: Sample) => string | readonly TargetTurn[];
}

export class ProcessDPOTrainer {
  readonly config: ProcessDPOConfig;
  readonly #options: ProcessDPOTrainerOptions;
  readonly #protocol: Protocol;
  readonly #rows: readonly ProcessRow[];
  readonly #evalRows: readonly ProcessRow[] | undefined;
  /** Of one round. */
  readonly #training: PairTraining<ProcessRow>;

  /** @throws TypeError for unknown options and hooks, ConfigError for unknown or impossible settings, RangeError for pairs without sample */
  constructor(options: ProcessDPOTrainerOptions) {
    checkTrainerOptions('ProcessDPOTrainer', options as never, {
      samples: required(kinds.list),
      evalDataset: kinds.list,
      protocol: kinds.passedOn,
      formatCompletion: kinds.function,
    });
    this.config = parseProcessDPOConfig(options.config ?? {});
    this.#options = options;
    this.#protocol = protocolOf(options.protocol ?? 'steps', 'ProcessDPOTrainer');
    const samples = options.samples.map((sample) => instructed(sample, this.#protocol));
    this.#rows = processRows('trainDataset', options.trainDataset, samples);
    this.#evalRows = options.evalDataset && processRows('evalDataset', options.evalDataset, samples);
    this.#training = this.#ofRound(1);
  }

  /** The steps of all rounds, if nothing ends them before. */
  get maxSteps(): number {
    return this.config.rounds * this.#training.maxSteps;
  }

  /**
   * A round that a callback, the cap of time or a signal ends is the last.
   * @returns what the last round gives
   */
  async train(options: TrainOptions = {}): Promise<TrainResult> {
    const { config } = this;
    if (config.rounds === 1) return this.#training.train(options);
    const { model } = this.#options;
    const first = takeRounds(model.graph, config, options.resumeFrom);
    for (let round = first; ; round += 1) {
      const training = this.#ofRound(round, round > first);
      const result = await training.train(round === first ? options : {});
      if (round === config.rounds || result.endedBy !== 'steps') return result;
      await endRound(model.graph, config, round);
    }
  }

  #ofRound(round: number, replaces = false): PairTraining<ProcessRow> {
    const { model, samples: _, protocol: __, formatCompletion, ...training } = this.#options;
    const targetOf = formatCompletion ?? ((sample: Sample) => targetTurns(sample, this.#protocol));
    const { config } = this;
    const { maxLength, sftWeight, rounds } = config;
    const options = { maxLength, ...(sftWeight > 0 && { targetOf }) };
    const folder = {
      outputDir: rounds === 1 ? config.outputDir : roundFolder(config.outputDir, round),
      ...(replaces && { overwriteOutputDir: true }),
    };
    return new PairTraining(
      'ProcessDPOTrainer',
      { ...training, model, trainDataset: this.#rows, evalDataset: this.#evalRows },
      { ...config, ...processLoss(config), ...folder },
      { teachingRows: async (rows) => rows, pairsOf: (rows) => processPairs(model, rows, options) },
    );
  }
}
