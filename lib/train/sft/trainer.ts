// Supervised fine-tuning: the model learns to write given completions or conversations. One step: rows -> packed
// micro-batches -> token-mean negative log-likelihood -> update.

import { dftLoss, sftLoss } from '../../algorithms/index.js';
import { type ChatRow, nameSamples } from '../../data/index.js';
import type { ProtocolOption } from '../../rewards/index.js';
import { kinds, noGrad, scope, type Tensor } from '../../tensor/index.js';
import { chunks } from '../chunks.js';
import { completionLogprobs, type TrackCounts } from '../forward.js';
import { towerMetrics } from '../media.js';
import { MetricMeans } from '../metrics.js';
import type { TrainableModel } from '../model.js';
import { TokenBudget } from '../token-budget.js';
import { checkTrainerOptions, type TrainerOptions, type TrainOptions, trainLoop } from '../trainer.js';
import type { StepMetrics, TrainingLoop, TrainResult } from '../training-loop.js';
import { checkTraining, stepsOf, type TrainingLoopOptions } from '../training-options.js';
import { parseSFTConfig, type SFTConfig, type SFTConfigInput } from './config.js';
import { chatLength, checkRows, type Example, examplesOf, type SFTRow, teachingRows } from './examples.js';
import { type FormatCompletion, Lessons } from './lessons.js';
import { type PackedRows, packRows } from './packing.js';

/** A row of the data: one that is learned, or several that are packed. */
type LoopRow = SFTRow | PackedRows;

export interface SFTTrainerOptions extends TrainerOptions<SFTConfigInput, SFTRow> {
  /** Its loss is `eval_loss`. */
  evalDataset?: readonly SFTRow[];
  /** How answers are laid out and asked for. Default 'spans': steps and answer in the layout of the format reward, or the answer alone. */
  protocol?: ProtocolOption;
  /** What a sample teaches under the protocol that it is asked by, as one text or as turns; default: `rewards.targetTurns`. */
  formatCompletion?: FormatCompletion;
}

export class SFTTrainer {
  readonly config: SFTConfig;
  readonly #training: TrainingLoopOptions<LoopRow>;
  readonly #model: TrainableModel;
  readonly #budget: TokenBudget;
  readonly #rows: readonly SFTRow[];
  #evalRows: readonly SFTRow[];
  readonly #lessons: Lessons;

  /** @throws TypeError for unknown options and hooks, ConfigError for unknown or impossible settings */
  constructor(options: SFTTrainerOptions) {
    checkTrainerOptions('SFTTrainer', options, {
      evalDataset: kinds.list,
      protocol: kinds.passedOn,
      formatCompletion: kinds.function,
    });
    const { config: input = {}, evalDataset, protocol, formatCompletion, ...training } = options;
    this.config = parseSFTConfig(input);
    this.#budget = new TokenBudget(this.config.maxTokensPerMicroBatch);
    const { perDeviceTrainBatchSize, gradientAccumulationSteps } = this.config;
    this.#rows = options.trainDataset;
    this.#evalRows = evalDataset ?? [];
    checkRows([...this.#rows, ...this.#evalRows], this.config);
    this.#model = options.model;
    this.#lessons = new Lessons({ config: this.config, protocol, formatCompletion });
    this.#training = {
      ...training,
      trainDataset: this.#pack(options.trainDataset),
      trainer: 'SFTTrainer',
      config: this.config,
      samplesPerStep: perDeviceTrainBatchSize * gradientAccumulationSteps,
      needsReference: false,
      evaluate: evalDataset
        ? async () => ({ loss: await this.#evalLoss(), ...(await options.evaluate?.()) })
        : options.evaluate,
    };
    checkTraining(this.#training);
  }

  /**
   * The steps after which the training ends, if nothing ends it before. `train` finds rows that teach nothing: with
   * numTrainEpochs there may be fewer then.
   */
  get maxSteps(): number {
    return stepsOf(this.#training);
  }

  async train(options: TrainOptions = {}): Promise<TrainResult> {
    const rows = await teachingRows(this.#model, this.#rows, this.config);
    this.#evalRows = await teachingRows(this.#model, this.#evalRows, this.config);
    const training = { ...this.#training, ...(!this.config.packing && { trainDataset: rows }) };
    return trainLoop(training, options, (loop) => this.#step(loop));
  }

  async #step(loop: TrainingLoop<LoopRow>): Promise<StepMetrics> {
    const { samples: taken, occurrences } = loop.nextSamples();
    const examples = await this.#examples(
      taken.flatMap(rowsOf),
      taken.flatMap((row, i) => rowsOf(row).map(() => occurrences[i])),
    );
    const numItemsInBatch = Math.max(1, countTargets(examples));
    let start = 0;
    const items = taken.map((row) => {
      const end = start + rowsOf(row).length;
      const ofRow = examples.slice(start, end).filter(({ numTargets }) => numTargets > 0);
      start = end;
      return { id: row.id, examples: ofRow };
    });
    const micros = this.#budget
      .microBatches(items, this.config.perDeviceTrainBatchSize, (item) =>
        item.examples.map(({ tree }) => tree),
      )
      .map((micro) => micro.flatMap((item) => item.examples));
    const lossOf = this.config.lossType === 'dft' ? dftLoss : sftLoss;
    const passes: TrackCounts[] = [];
    const means = new MetricMeans();
    let loss = 0;
    for (const micro of micros) {
      if (micro.length === 0) continue;
      loss += scope(() => {
        const trees = micro.map(({ tree }) => tree);
        const scores = completionLogprobs(loop.policy.graph, trees, { entropy: true });
        const { logp, entropy, numTokens, passed } = scores;
        passes.push(passed);
        const targets = countTargets(micro);
        const mean = (entropy as Tensor).detach().sum().item() / targets;
        means.add({ entropy: mean }, this.#budget.weight(targets));
        return loop.backward(
          lossOf(logp, numItemsInBatch),
          micro.map(({ row }) => row),
          numTokens,
        );
      });
    }
    const grad_norm = loop.optimizerStep(taken);
    return { loss, grad_norm, ...means.flush(), ...towerMetrics(loop.policy.graph, ...passes) };
  }

  #examples(rows: readonly SFTRow[], occurrences: readonly number[]): Promise<Example[]> {
    return examplesOf(this.#model, rows, this.config, this.#lessons, occurrences);
  }

  #pack(rows: readonly SFTRow[]): readonly LoopRow[] {
    const { packing, maxLength } = this.config;
    if (!packing || maxLength === null) return rows;
    const length = (row: ChatRow): number => Math.min(maxLength, chatLength(this.#model, row));
    return packRows(rows as readonly ChatRow[], length, maxLength);
  }

  /** Mean negative log-likelihood of all target tokens. */
  async #evalLoss(): Promise<number> {
    const { graph } = this.#model;
    let sum = 0;
    let tokens = 0;
    for (const rows of chunks(this.#evalRows, this.config.perDeviceTrainBatchSize)) {
      await scope(async () => {
        const made = await this.#examples(
          rows,
          rows.map(() => 0),
        );
        const examples = made.filter(({ numTargets }) => numTargets > 0);
        if (examples.length === 0) return;
        const trees = examples.map(({ tree }) => tree);
        sum += noGrad(() => completionLogprobs(graph, trees).logp.sum().neg().item());
        tokens += countTargets(examples);
      }).catch((error) => {
        throw nameSamples(error, rows);
      });
    }
    return sum / tokens;
  }
}

function rowsOf(row: LoopRow): readonly SFTRow[] {
  return 'rows' in row ? row.rows : [row];
}

function countTargets(examples: readonly Example[]): number {
  return examples.reduce((sum, { numTargets }) => sum + numTargets, 0);
}
