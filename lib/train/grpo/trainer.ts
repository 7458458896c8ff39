// GRPO: the model learns from scored samples of its own. One step: prompts -> G completions each -> rewards ->
// group advantages -> policy loss over packed micro-batches -> update. Sampler and learner are the same module.

import type { Sample, View } from '../../data/index.js';
import { type Protocol, type ProtocolOption, protocolOf, type RewardFunc } from '../../rewards/index.js';
import { EncodedMedia, sharingMedia } from '../../rollout/index.js';
import { kinds, listOf, required } from '../../tensor/index.js';
import { ConfigError, type GRPOConfig, type GRPOConfigInput, parseGRPOConfig } from '../config.js';
import type { Taken } from '../data-order.js';
import { towerMetrics, tracksOf } from '../media.js';
import type { TrainableModel } from '../model.js';
import { TokenBudget } from '../token-budget.js';
import { checkTrainerOptions, type TrainerOptions, type TrainOptions, trainLoop } from '../trainer.js';
import type { StepMetrics, TrainingLoop, TrainResult } from '../training-loop.js';
import { checkTraining, stepsOf, type TrainingLoopOptions } from '../training-options.js';
import { type Admission, admission, gather } from './admit.js';
import { weigh } from './advantages.js';
import { collect, generatedGroups, type Rollouts } from './collect.js';
import { CompletionsLog } from './completions-log.js';
import { EqualRewardsWarning } from './equal-rewards.js';
import { evaluateSamples, idleEvaluationSetting } from './evaluate.js';
import { withoutPrompt } from './groups.js';
import { learn } from './learn.js';
import { completionMetrics, rewardMetrics, rewardTimes } from './metrics.js';
import { score } from './score.js';

export interface GRPOTrainerOptions extends TrainerOptions<GRPOConfigInput> {
  rewardFuncs: readonly RewardFunc[];
  /** How answers are asked for, in training and evaluation. Default 'spans': as the samples ask. */
  protocol?: ProtocolOption;
  /**
   * At every evaluation the model answers these: `eval_accuracy`, `eval_pass@4`, `eval_reward`,
   * `eval_completions/mean_length` and their like (docs/training.md).
   */
  evalDataset?: readonly Sample[];
  /** Whether steps in a row that have nothing to learn from are a warning with the likely cause. Default true. */
  warnOfEqualRewards?: boolean;
}

export class GRPOTrainer {
  readonly config: GRPOConfig;
  readonly #training: TrainingLoopOptions<Sample>;
  readonly #rewardFuncs: readonly RewardFunc[];
  readonly #views: readonly View[];
  readonly #admits: Admission;
  readonly #budget: TokenBudget;
  readonly #protocol: Protocol;
  readonly #warnsOfEqualRewards: boolean;
  readonly #completionsLog: CompletionsLog;

  /** @throws TypeError for unknown options and hooks, ConfigError for unknown or impossible settings */
  constructor(options: GRPOTrainerOptions) {
    checkTrainerOptions('GRPOTrainer', options, {
      rewardFuncs: required(listOf(kinds.function)),
      protocol: kinds.passedOn,
      evalDataset: kinds.list,
      warnOfEqualRewards: kinds.boolean,
    });
    const { config: input = {}, rewardFuncs, protocol, evalDataset, ...others } = options;
    const { warnOfEqualRewards = true, ...training } = others;
    this.#protocol = protocolOf(protocol, 'GRPOTrainer');
    this.#warnsOfEqualRewards = warnOfEqualRewards;
    this.config = parseGRPOConfig(input);
    if (rewardFuncs.length === 0) throw new RangeError('rewardFuncs is empty; give at least one reward');
    const { perDeviceTrainBatchSize, numGenerations, gradientAccumulationSteps, beta } = this.config;
    this.#rewardFuncs = rewardFuncs;
    this.#views = [...new Set<View>(['av', ...rewardFuncs.flatMap((reward) => reward.views ?? [])])];
    checkViews(options.model, rewardFuncs, evalDataset ? this.config.evalViews : []);
    this.#budget = new TokenBudget(this.config.maxTokensPerMicroBatch);
    this.#admits = admission(this.config, rewardFuncs);
    this.#completionsLog = new CompletionsLog(
      this.config,
      rewardFuncs.map(({ name }) => name),
    );
    const { config } = this;
    const evaluation = {
      model: options.model,
      config,
      rewardFuncs,
      rewardViews: this.#views,
      protocol: this.#protocol,
    };
    this.#training = {
      ...training,
      callbacks: [this.#completionsLog, ...(options.callbacks ?? [])],
      trainer: 'GRPOTrainer',
      config: this.config,
      samplesPerStep: (perDeviceTrainBatchSize / numGenerations) * gradientAccumulationSteps,
      needsReference: beta !== 0,
      evaluate: evalDataset
        ? async (step) => ({
            ...(await evaluateSamples(evaluation, evalDataset, step)),
            ...(await options.evaluate?.()),
          })
        : options.evaluate,
    };
    checkTraining(this.#training);
    const idle = idleEvaluationSetting(config, evalDataset !== undefined);
    if (idle !== null) throw new ConfigError(`${idle.field}: ${idle.problem}`, idle.field);
  }

  /** The steps after which the training ends, if nothing ends it before. */
  get maxSteps(): number {
    return stepsOf(this.#training);
  }

  train(options: TrainOptions = {}): Promise<TrainResult> {
    const equalRewards = this.#warnsOfEqualRewards ? new EqualRewardsWarning() : undefined;
    const training = { ...this.#training, memory: equalRewards };
    return trainLoop(training, options, (loop) => this.#step(loop, equalRewards));
  }

  async #step(loop: TrainingLoop, equalRewards?: EqualRewardsWarning): Promise<StepMetrics> {
    const { config } = this;
    const rewardFuncs = this.#rewardFuncs;
    const { policy } = loop;
    const media = new EncodedMedia(policy.graph);
    const seconds = rewardFuncs.map(() => 0);
    const draw = async (count: number) => {
      const { step } = loop.state;
      // Completions follow from the weights alone: an adapter's dropout is for the updates.
      const rollouts = await policy.evaluating(() => this.#collect(loop.nextSamples(count), media));
      await loop.call('onGenerate', generatedGroups(rollouts));
      // What frozen towers have made is what they made at the start, from which judges score.
      const known = { graph: policy.graph, tokens: tracksOf(media, policy.frozenTowers()) };
      const scored = await policy.evaluating(() =>
        sharingMedia(known, () => score(rewardFuncs, config, rollouts, step)),
      );
      for (const [k, ofReward] of scored.seconds.entries()) seconds[k] += ofReward;
      await loop.call('onReward', scored.groups.map(withoutPrompt));
      return scored.groups;
    };
    const { samplesPerStep } = this.#training;
    const { groups, sampled } = await gather(samplesPerStep, draw, this.#admits, config.maxRefillRounds);
    equalRewards?.look(sampled);
    const trained = await weigh(groups, config, (edited) => loop.call('onAdvantage', edited));
    const refused = sampled.filter((group) => !groups.includes(group));
    this.#completionsLog.write(loop.state.step + 1, [...trained, ...refused]);
    const update = () => learn(loop, config, trained, media, this.#budget);
    const { metrics, passed } = config.disableDropout
      ? await policy.evaluating(async () => update())
      : update();
    return {
      ...metrics,
      ...completionMetrics(sampled),
      ...rewardMetrics(rewardFuncs, sampled),
      ...rewardTimes(rewardFuncs, seconds),
      ...towerMetrics(policy.graph, media.counts, passed),
      ...(config.admit === 'all' ? {} : { 'admit/fraction': groups.length / sampled.length }),
    };
  }

  #collect(taken: Taken, media: EncodedMedia): Promise<Rollouts> {
    return collect(this.#training.model, this.config, this.#views, taken, media, this.#protocol);
  }
}

/** @throws ConfigError for a reward or an evaluation that compares views which the model cannot show */
function checkViews(
  { graph, views: shown }: TrainableModel,
  rewardFuncs: readonly RewardFunc[],
  evalViews: readonly View[],
): void {
  if (shown === undefined) return;
  const asking = [
    ...rewardFuncs.map(({ name, views = [] }) => ({ field: 'rewardFuncs', who: `'${name}'`, views })),
    { field: 'evalViews', who: 'the evaluation', views: evalViews.filter((view) => view !== 'av') },
  ];
  for (const { field, who, views } of asking) {
    const missing = views.filter((view) => !shown.includes(view));
    if (missing.length === 0) continue;
    throw new ConfigError(
      `${field}: ${who} compares completions in the views ${missing.join(', ')}, but the model (${graph.modelType}) takes ` +
        `no video and no audio: all views are the same prompt; leave ${field === 'evalViews' ? 'them' : 'this reward'} out`,
      field,
    );
  }
}
