// Reward models of steps (PRM) and of completions (ORM): the model learns how likely a step, or a completion, leads to a right
// answer. One step: records -> trees whose ends are looked at -> cross-entropy with soft labels -> update.

import { softLabelLoss } from '../../algorithms/index.js';
import { nameSamples, type Sample } from '../../data/index.js';
import { kinds, noGrad, required, scope, type Tensor, torch } from '../../tensor/index.js';
import { chunks } from '../chunks.js';
import { warnOfCut, warnOfLeftOut } from '../left-out.js';
import { MetricMeans } from '../metrics.js';
import { TokenBudget } from '../token-budget.js';
import { checkTrainerOptions, type TrainerOptions, type TrainOptions, trainLoop } from '../trainer.js';
import type { StepMetrics, TrainingLoop, TrainResult } from '../training-loop.js';
import { checkTraining, stepsOf, type TrainingLoopOptions } from '../training-options.js';
import { type PRMConfig, type PRMConfigInput, parsePRMConfig } from './config.js';
import {
  isLabelled,
  type RewardExample,
  type RewardRecord,
  type RewardRow,
  rewardExamples,
  rewardRows,
} from './examples.js';
import type { RewardModel } from './reward-model.js';
import { stepLogits } from './step-ends.js';

export interface PRMTrainerOptions
  extends Omit<TrainerOptions<PRMConfigInput, never>, 'model' | 'trainDataset'> {
  model: RewardModel;
  /** Step records teach a reward model of steps, path records one of completions. */
  trainDataset: readonly RewardRecord[];
  /** At every evaluation: `eval_loss` and `eval_accuracy`. */
  evalDataset?: readonly RewardRecord[];
  /** Those that the records are of, by their ids. */
  samples: readonly Sample[];
}

interface Learned {
  loss: Tensor;
  /** Ends whose more likely class is that of the label. */
  right: number;
  numTokens: number;
}

export class PRMTrainer {
  readonly config: PRMConfig;
  readonly #model: RewardModel;
  readonly #training: TrainingLoopOptions<RewardRow>;
  readonly #budget: TokenBudget;
  /** With those that teach nothing. */
  readonly #rows: readonly RewardRow[];
  readonly #evalRows: readonly RewardRow[];

  /** @throws TypeError for unknown options and hooks, ConfigError for unknown or impossible settings, RangeError for records without sample */
  constructor(options: PRMTrainerOptions) {
    checkTrainerOptions('PRMTrainer', options as never, {
      samples: required(kinds.list),
      evalDataset: kinds.list,
    });
    const { config: input = {}, samples, evalDataset, ...training } = options;
    this.config = parsePRMConfig(input);
    this.#model = options.model;
    this.#budget = new TokenBudget(this.config.maxTokensPerMicroBatch);
    const rows = rewardRows('trainDataset', options.trainDataset, samples);
    this.#rows = rows;
    this.#evalRows = rewardRows('evalDataset', evalDataset ?? [], samples).filter(isLabelled);
    const { perDeviceTrainBatchSize, gradientAccumulationSteps } = this.config;
    this.#training = {
      ...training,
      trainDataset: rows.filter(isLabelled),
      trainer: 'PRMTrainer',
      config: this.config,
      samplesPerStep: perDeviceTrainBatchSize * gradientAccumulationSteps,
      needsReference: false,
      evaluate: evalDataset
        ? async () => ({ ...(await this.#evaluate()), ...(await options.evaluate?.()) })
        : options.evaluate,
    };
    checkTraining(this.#training);
  }

  /** The steps after which the training ends, if nothing ends it before. */
  get maxSteps(): number {
    return stepsOf(this.#training);
  }

  async train(options: TrainOptions = {}): Promise<TrainResult> {
    warnOfLeftOut(this.#rows, this.#training.trainDataset, null);
    return trainLoop(this.#training, options, (loop) => this.#step(loop));
  }

  async #step(loop: TrainingLoop<RewardRow>): Promise<StepMetrics> {
    const { samples: rows } = loop.nextSamples();
    const examples = await this.#examples(rows);
    const isFirst = loop.state.numTokens === 0;
    warnOfCut(
      rows,
      examples.map(({ row }) => row),
      { isFirst, why: 'steps end beyond it' },
    );
    if (examples.length === 0) return {};
    const update = async () => this.#update(loop, rows, examples);
    return this.config.disableDropout ? loop.policy.evaluating(update) : update();
  }

  #update(
    loop: TrainingLoop<RewardRow>,
    rows: readonly RewardRow[],
    examples: readonly RewardExample[],
  ): StepMetrics {
    const inStep = countLabels(examples);
    const items = examples.map((example) => ({ ...example, id: example.row.id }));
    const { perDeviceTrainBatchSize: size } = this.config;
    const means = new MetricMeans();
    let loss = 0;
    for (const micro of this.#budget.microBatches(items, size, ({ tree }) => [tree])) {
      loss += scope(() => {
        const learned = this.#learn(micro, inStep);
        means.add({ accuracy: learned.right / countLabels(micro) }, this.#budget.weight(countLabels(micro)));
        return loop.backward(
          learned.loss,
          micro.map(({ row }) => row),
          learned.numTokens,
        );
      });
    }
    const grad_norm = loop.optimizerStep(rows);
    return { loss, grad_norm, ...means.flush() };
  }

  /** @param inStep labels of the whole step */
  #learn(examples: readonly RewardExample[], inStep: number): Learned {
    const trees = examples.map(({ tree }) => tree);
    const { logits, numTokens } = stepLogits(this.#model, trees);
    const labels = torch.tensor(Float32Array.from(examples.flatMap((example) => example.labels)), {
      device: logits.device,
    });
    const found = logits.detach().diff({ dim: 1 }).gt(0).reshape([-1]);
    const right = found.eq(labels.gt(0.5)).sum().item();
    return { loss: softLabelLoss(logits, labels, inStep), right, numTokens };
  }

  #examples(rows: readonly RewardRow[]): Promise<RewardExample[]> {
    return rewardExamples(this.#model, rows, this.config.maxLength);
  }

  /** Means over the labels; nothing where there are none. */
  async #evaluate(): Promise<StepMetrics> {
    let [loss, right, count] = [0, 0, 0];
    for (const rows of chunks(this.#evalRows, this.config.perDeviceTrainBatchSize)) {
      await scope(async () => {
        const examples = await this.#examples(rows);
        if (examples.length === 0) return;
        const learned = noGrad(() => this.#learn(examples, 1));
        loss += learned.loss.item();
        right += learned.right;
        count += countLabels(examples);
      }).catch((error) => {
        throw nameSamples(error, rows);
      });
    }
    return count === 0 ? {} : { loss: loss / count, accuracy: right / count };
  }
}

function countLabels(examples: readonly RewardExample[]): number {
  return examples.reduce((sum, { labels }) => sum + labels.length, 0);
}
