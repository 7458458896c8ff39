// GRPO: the model learns from scored samples of its own. One step: prompts -> G completions each -> rewards ->
// group advantages -> policy loss over packed micro-batches -> update. Sampler and learner are the same module.

import type { View } from '../../data/index.js';
import type { RewardFunc } from '../../rewards/index.js';
import { kinds, listOf, required } from '../../tensor/index.js';
import { type GRPOConfig, type GRPOConfigInput, parseGRPOConfig } from '../config.js';
import { checkTrainerOptions, type TrainerOptions, type TrainOptions, trainLoop } from '../trainer.js';
import type { StepMetrics, TrainingLoop, TrainResult } from '../training-loop.js';
import { checkTraining, stepsOf, type TrainingLoopOptions } from '../training-options.js';
import { collect } from './collect.js';
import { learn } from './learn.js';
import { completionMetrics, rewardMetrics } from './metrics.js';
import { score } from './score.js';

export interface GRPOTrainerOptions extends TrainerOptions<GRPOConfigInput> {
  rewardFuncs: readonly RewardFunc[];
}

export class GRPOTrainer {
  readonly config: GRPOConfig;
  readonly #training: TrainingLoopOptions;
  readonly #rewardFuncs: readonly RewardFunc[];
  readonly #views: readonly View[];

  /** @throws TypeError for unknown options and hooks, ConfigError for unknown or impossible settings */
  constructor(options: GRPOTrainerOptions) {
    checkTrainerOptions('GRPOTrainer', options, { rewardFuncs: required(listOf(kinds.function)) });
    const { config: input = {}, rewardFuncs, ...training } = options;
    this.config = parseGRPOConfig(input);
    if (rewardFuncs.length === 0) throw new RangeError('rewardFuncs is empty; give at least one reward');
    const { perDeviceTrainBatchSize, numGenerations, gradientAccumulationSteps, beta } = this.config;
    this.#rewardFuncs = rewardFuncs;
    this.#views = [...new Set<View>(['av', ...rewardFuncs.flatMap((reward) => reward.views ?? [])])];
    this.#training = {
      ...training,
      trainer: 'GRPOTrainer',
      config: this.config,
      samplesPerStep: (perDeviceTrainBatchSize / numGenerations) * gradientAccumulationSteps,
      needsReference: beta !== 0,
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
    const { config } = this;
    const rewardFuncs = this.#rewardFuncs;
    const rollouts = await collect(loop.policy.model, config, this.#views, loop.nextSamples());
    const groups = await score(rewardFuncs, config, rollouts, loop.state.step);
    return {
      ...learn(loop, loop.policy, config, groups),
      ...completionMetrics(groups),
      ...rewardMetrics(rewardFuncs, groups),
    };
  }
}
