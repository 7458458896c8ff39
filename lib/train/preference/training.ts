// The training of pairs, for every trainer that has some: rows -> trees of two completions -> log-ratios of policy and
// reference -> preference loss over packed micro-batches -> update.

import type { PromptRoot } from '../../batch/index.js';
import { type DataRow, nameSamples } from '../../data/index.js';
import { EncodedMedia } from '../../rollout/index.js';
import { scope } from '../../tensor/index.js';
import { chunks } from '../chunks.js';
import type { Tower, TrainingConfig } from '../config.js';
import type { TrackCounts } from '../forward.js';
import { warnOfCut } from '../left-out.js';
import { towerMetrics, tracksOf } from '../media.js';
import { MetricMeans } from '../metrics.js';
import type { Policy } from '../policy.js';
import { TokenBudget } from '../token-budget.js';
import { type TrainerOptions, type TrainOptions, trainLoop } from '../trainer.js';
import type { StepMetrics, TrainingLoop, TrainResult } from '../training-loop.js';
import { checkTraining, stepsOf, type TrainingLoopOptions } from '../training-options.js';
import type { PairConfig } from './config.js';
import { countPairs, learnedTree, pairLoss } from './loss.js';
import type { Pair } from './pairs.js';

export interface PairTrainerOptions<ConfigInput, Row extends DataRow>
  extends TrainerOptions<ConfigInput, Row> {
  /** At every evaluation: `eval_loss`, `eval_rewards/accuracies` and their like. */
  evalDataset?: readonly Row[];
}

/** What a trainer makes of its rows. */
interface PairSource<Row extends DataRow> {
  /** The rows that are trained on. */
  teachingRows: (rows: readonly Row[]) => Promise<readonly Row[]>;
  /** Pairs in the order of the rows; rows that turn out to teach nothing are left out. */
  pairsOf: (rows: readonly Row[]) => Promise<Pair[]>;
}

export class PairTraining<Row extends DataRow> {
  readonly #config: TrainingConfig & PairConfig;
  readonly #training: TrainingLoopOptions<Row>;
  readonly #source: PairSource<Row>;
  readonly #budget: TokenBudget;
  #evalRows: readonly Row[];

  constructor(
    trainer: string,
    { config: _, evalDataset, evaluate, ...training }: PairTrainerOptions<unknown, Row>,
    config: TrainingConfig & PairConfig,
    source: PairSource<Row>,
  ) {
    this.#config = config;
    this.#budget = new TokenBudget(config.maxTokensPerMicroBatch);
    this.#source = source;
    this.#evalRows = evalDataset ?? [];
    this.#training = {
      ...training,
      trainer,
      config,
      samplesPerStep: config.perDeviceTrainBatchSize * config.gradientAccumulationSteps,
      needsReference: true,
      evaluate: evalDataset
        ? async (_, policy) => ({ ...(await this.#evaluate(policy)), ...(await evaluate?.()) })
        : evaluate,
    };
    checkTraining(this.#training);
  }

  get maxSteps(): number {
    return stepsOf(this.#training);
  }

  async train(options: TrainOptions): Promise<TrainResult> {
    const trainDataset = await this.#source.teachingRows(this.#training.trainDataset);
    this.#evalRows = await this.#source.teachingRows(this.#evalRows);
    return trainLoop({ ...this.#training, trainDataset }, options, (loop) => this.#step(loop));
  }

  async #step(loop: TrainingLoop<Row>): Promise<StepMetrics> {
    const { policy } = loop;
    const { samples: rows } = loop.nextSamples();
    const pairs = await this.#source.pairsOf(rows);
    const isFirst = loop.state.numTokens === 0;
    warnOfCut(rows, rowsOf(pairs), { isFirst, why: 'prompts fill it' });
    if (pairs.length === 0) return {};
    const update = async () => this.#update(loop, pairs);
    return this.#config.disableDropout ? policy.evaluating(update) : update();
  }

  #update(loop: TrainingLoop<Row>, pairs: readonly Pair[]): StepMetrics {
    const { policy } = loop;
    const media = new EncodedMedia(policy.graph);
    const frozen = policy.frozenTowers();
    media.encode(pairs.map(({ tree: { root } }) => ({ root: onlyTracks(root, frozen) })));
    const encoded = tracksOf(media, frozen);
    const passed: TrackCounts[] = [media.counts];
    const means = new MetricMeans();
    let loss = 0;
    const inStep = countPairs(pairs);
    const items = pairs.map((pair) => ({ ...pair, id: pair.row.id }));
    const { perDeviceTrainBatchSize: size } = this.#config;
    for (const micro of this.#budget.microBatches(items, size, (pair) => [learnedTree(pair)])) {
      loss += scope(() => {
        const ofMicro = pairLoss(policy, this.#config, micro, inStep, encoded);
        means.add(ofMicro.metrics, this.#budget.weight(micro.length));
        for (const values of ofMicro.passed) passed.push(values);
        return loop.backward(ofMicro.loss, rowsOf(micro), ofMicro.numTokens);
      });
    }
    const grad_norm = loop.optimizerStep(rowsOf(pairs));
    return { loss, grad_norm, ...means.flush(), ...towerMetrics(policy.graph, ...passed) };
  }

  /** Means over the pairs. */
  async #evaluate(policy: Policy): Promise<StepMetrics> {
    const sums: StepMetrics = {};
    let count = 0;
    for (const rows of chunks(this.#evalRows, this.#config.perDeviceTrainBatchSize)) {
      await scope(async () => {
        const pairs = await this.#source.pairsOf(rows);
        if (pairs.length === 0) return;
        const { loss, metrics } = pairLoss(policy, this.#config, pairs, countPairs(pairs));
        for (const [name, value] of Object.entries({ loss: loss.item(), ...metrics }))
          sums[name] = (sums[name] ?? 0) + pairs.length * value;
        count += pairs.length;
      }).catch((error) => {
        throw nameSamples(error, rows);
      });
    }
    return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / count]));
  }
}

/** A root with the tracks of some towers alone. */
function onlyTracks({ vision, audio, ...text }: PromptRoot, of: readonly Tower[]): PromptRoot {
  return { ...text, ...(of.includes('vision') && { vision }), ...(of.includes('audio') && { audio }) };
}

function rowsOf(pairs: readonly Pair[]): DataRow[] {
  return pairs.map(({ row }) => row);
}
