// Supervised fine-tuning: the model learns to write given completions. One step: samples -> packed micro-batches ->
// token-mean negative log-likelihood -> update.

import { sftLoss } from '../algorithms/index.js';
import type { PackItem } from '../batch/index.js';
import { nameSamples, type Sample } from '../data/index.js';
import { targetCompletion } from '../rewards/index.js';
import { checkOptions, kinds, noGrad, required, scope } from '../tensor/index.js';
import { checkCallbacks, type TrainerCallback } from './callbacks.js';
import { chunks } from './chunks.js';
import { parseSFTConfig, type SFTConfig, type SFTConfigInput } from './config.js';
import { completionLogprobs } from './forward.js';
import type { TrainableModel } from './model.js';
import { checkEvaluation, stepsOf, TrainingLoop, type TrainResult } from './training-loop.js';

export interface SFTTrainerOptions {
  model: TrainableModel;
  trainDataset: readonly Sample[];
  /** Its loss is `eval_loss`. */
  evalDataset?: readonly Sample[];
  config?: SFTConfigInput;
  callbacks?: readonly TrainerCallback[];
  /** The text that a sample teaches; default: steps and answer in the layout that the format reward asks for, or the answer alone. */
  formatCompletion?: (sample: Sample) => string;
  /** Further metrics at every evaluation, logged with the prefix `eval_`. */
  evaluate?: () => Promise<Record<string, number>>;
}

const optionKinds = {
  model: required(kinds.object),
  trainDataset: required(kinds.list),
  evalDataset: kinds.list,
  config: kinds.object,
  callbacks: kinds.list,
  formatCompletion: kinds.function,
  evaluate: kinds.function,
};

export class SFTTrainer {
  readonly config: SFTConfig;
  readonly #options: SFTTrainerOptions;

  /** @throws TypeError for unknown options and hooks, ConfigError for unknown or impossible settings */
  constructor(options: SFTTrainerOptions) {
    checkOptions('SFTTrainer', options, optionKinds);
    checkCallbacks('SFTTrainer', options.callbacks ?? []);
    this.#options = options;
    this.config = parseSFTConfig(options.config ?? {});
    checkEvaluation(this.config, this.#evaluate() !== undefined);
  }

  /** The steps after which the training ends, if nothing ends it before. */
  get maxSteps(): number {
    const { trainDataset } = this.#options;
    return stepsOf({ config: this.config, trainDataset, samplesPerStep: this.#samplesPerStep });
  }

  async train(options: { resumeFrom?: string } = {}): Promise<TrainResult> {
    checkOptions('train', options, { resumeFrom: kinds.string });
    const { resumeFrom } = options;
    const { model, trainDataset, callbacks = [] } = this.#options;
    const { perDeviceTrainBatchSize } = this.config;
    const loop = new TrainingLoop({
      trainer: 'SFTTrainer',
      model,
      trainDataset,
      config: this.config,
      samplesPerStep: this.#samplesPerStep,
      callbacks,
      evaluate: this.#evaluate(),
    });
    try {
      await loop.begin(resumeFrom);
      while (loop.active) {
        await loop.step(async () => {
          const { samples } = loop.nextSamples();
          const examples = await this.#examples(samples);
          const numItemsInBatch = countTargets(examples);
          let loss = 0;
          for (const micro of chunks(examples, perDeviceTrainBatchSize)) {
            loss += scope(() => {
              const { logp, numTokens } = completionLogprobs(
                model.graph,
                micro.map(({ item }) => item),
              );
              return loop.backward(
                sftLoss(logp, numItemsInBatch),
                micro.map(({ sample }) => sample),
                numTokens,
              );
            });
          }
          return { loss, grad_norm: loop.optimizerStep(samples) };
        });
      }
      return await loop.finish();
    } finally {
      loop.dispose();
    }
  }

  get #samplesPerStep(): number {
    const { perDeviceTrainBatchSize, gradientAccumulationSteps } = this.config;
    return perDeviceTrainBatchSize * gradientAccumulationSteps;
  }

  async #examples(samples: readonly Sample[]): Promise<Example[]> {
    const { model, formatCompletion = targetCompletion } = this.#options;
    const prompts = await model.prepare(samples, 'av');
    return samples.map((sample, i) => {
      const { root, question } = prompts[i];
      const completion = model.encodeCompletion(formatCompletion(sample));
      return { sample, item: { root, question, completions: [completion] } };
    });
  }

  #evaluate(): (() => Promise<Record<string, number>>) | undefined {
    const { evalDataset, evaluate } = this.#options;
    if (!evalDataset) return evaluate;
    return async () => ({ loss: await this.#evalLoss(evalDataset), ...(await evaluate?.()) });
  }

  /** Mean negative log-likelihood of all target tokens. */
  async #evalLoss(dataset: readonly Sample[]): Promise<number> {
    const { model } = this.#options;
    let sum = 0;
    let tokens = 0;
    for (const samples of chunks(dataset, this.config.perDeviceTrainBatchSize)) {
      await scope(async () => {
        const examples = await this.#examples(samples);
        const items = examples.map(({ item }) => item);
        sum += noGrad(() => completionLogprobs(model.graph, items).logp.sum().neg().item());
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
  item: PackItem;
}

function countTargets(examples: readonly Example[]): number {
  return examples.reduce((sum, { item }) => sum + item.completions[0].length, 0);
}
