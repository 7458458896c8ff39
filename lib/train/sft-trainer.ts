// Supervised fine-tuning: the model learns to write given completions. One step: samples -> packed micro-batches ->
// token-mean negative log-likelihood -> update.

import { sftLoss } from '../algorithms/index.js';
import { completionTree, type TokenTree } from '../batch/index.js';
import { nameSamples, type Sample } from '../data/index.js';
import { targetCompletion } from '../rewards/index.js';
import { kinds, noGrad, scope } from '../tensor/index.js';
import { chunks } from './chunks.js';
import { parseSFTConfig, type SFTConfig, type SFTConfigInput } from './config.js';
import { completionLogprobs, type TrackCounts } from './forward.js';
import { towerMetrics } from './media.js';
import { promptsIn, type TrainableModel } from './model.js';
import { checkTrainerOptions, type TrainerOptions, type TrainOptions, trainLoop } from './trainer.js';
import type { StepMetrics, TrainingLoop, TrainResult } from './training-loop.js';
import { checkTraining, stepsOf, type TrainingLoopOptions } from './training-options.js';

export interface SFTTrainerOptions extends TrainerOptions<SFTConfigInput> {
  /** Its loss is `eval_loss`. */
  evalDataset?: readonly Sample[];
  /** The text that a sample teaches; default: steps and answer in the layout that the format reward asks for, or the answer alone. */
  formatCompletion?: (sample: Sample) => string;
}

export class SFTTrainer {
  readonly config: SFTConfig;
  readonly #training: TrainingLoopOptions<Sample>;
  readonly #model: TrainableModel;
  readonly #formatCompletion: (sample: Sample) => string;

  /** @throws TypeError for unknown options and hooks, ConfigError for unknown or impossible settings */
  constructor(options: SFTTrainerOptions) {
    checkTrainerOptions('SFTTrainer', options, { evalDataset: kinds.list, formatCompletion: kinds.function });
    const { config: input = {}, evalDataset, formatCompletion = targetCompletion, ...training } = options;
    this.config = parseSFTConfig(input);
    const { perDeviceTrainBatchSize, gradientAccumulationSteps } = this.config;
    this.#model = options.model;
    this.#formatCompletion = formatCompletion;
    this.#training = {
      ...training,
      trainer: 'SFTTrainer',
      config: this.config,
      samplesPerStep: perDeviceTrainBatchSize * gradientAccumulationSteps,
      needsReference: false,
      evaluate: evalDataset
        ? async () => ({ loss: await this.#evalLoss(evalDataset), ...(await options.evaluate?.()) })
        : options.evaluate,
    };
    checkTraining(this.#training);
  }

  /** The steps after which the training ends, if nothing ends it before. */
  get maxSteps(): number {
    return stepsOf(this.#training);
  }

  train(options: TrainOptions = {}): Promise<TrainResult> {
    return trainLoop(this.#training, options, (loop) => this.#step(loop));
  }

  async #step(loop: TrainingLoop): Promise<StepMetrics> {
    const { samples } = loop.nextSamples();
    const examples = await this.#examples(samples);
    const numItemsInBatch = countTargets(examples);
    const passes: TrackCounts[] = [];
    let loss = 0;
    for (const micro of chunks(examples, this.config.perDeviceTrainBatchSize)) {
      loss += scope(() => {
        const { logp, numTokens, passed } = completionLogprobs(
          loop.policy.graph,
          micro.map(({ tree }) => tree),
        );
        passes.push(passed);
        return loop.backward(
          sftLoss(logp, numItemsInBatch),
          micro.map(({ sample }) => sample),
          numTokens,
        );
      });
    }
    const grad_norm = loop.optimizerStep(samples);
    return { loss, grad_norm, ...towerMetrics(loop.policy.graph, ...passes) };
  }

  async #examples(samples: readonly Sample[]): Promise<Example[]> {
    const model = this.#model;
    const prompts = promptsIn('av', await model.prepare(samples, { views: ['av'] }));
    return samples.map((sample, i) => {
      const completion = model.encodeCompletion(this.#formatCompletion(sample));
      return { sample, tree: completionTree(prompts[i], [completion]), numTargets: completion.length };
    });
  }

  /** Mean negative log-likelihood of all target tokens. */
  async #evalLoss(dataset: readonly Sample[]): Promise<number> {
    const { graph } = this.#model;
    let sum = 0;
    let tokens = 0;
    for (const samples of chunks(dataset, this.config.perDeviceTrainBatchSize)) {
      await scope(async () => {
        const examples = await this.#examples(samples);
        const trees = examples.map(({ tree }) => tree);
        sum += noGrad(() => completionLogprobs(graph, trees).logp.sum().neg().item());
        tokens += countTargets(examples);
      }).catch((error) => {
        throw nameSamples(error, samples);
      });
    }
    return sum / tokens;
  }
}

interface Example {
  sample: Sample;
  tree: TokenTree;
  numTargets: number;
}

function countTargets(examples: readonly Example[]): number {
  return examples.reduce((sum, { numTargets }) => sum + numTargets, 0);
}
