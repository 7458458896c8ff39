// GRPO: the model learns from scored samples of its own. One step: prompts -> G completions each -> rewards ->
// group advantages -> policy loss over packed micro-batches -> update. Sampler and learner are the same module.

import { groupAdvantage, policyLoss } from '../algorithms/index.js';
import type { PackItem, Prompt } from '../batch/index.js';
import type { Completion, Sample, View } from '../data/index.js';
import { type RewardFunc, type ScoredBatch, scoreCompletions } from '../rewards/index.js';
import { checkOptions, kinds, listOf, required, scope, type Tensor, torch } from '../tensor/index.js';
import { checkCallbacks, type TrainerCallback } from './callbacks.js';
import { chunks } from './chunks.js';
import { type GRPOConfig, type GRPOConfigInput, parseGRPOConfig } from './config.js';
import { completionLogprobs } from './forward.js';
import { completionMetrics, rewardMetrics, UpdateMetrics } from './grpo-metrics.js';
import type { TrainableModel } from './model.js';
import { ReferenceModel } from './reference.js';
import {
  checkEvaluation,
  type StepMetrics,
  stepsOf,
  TrainingLoop,
  type TrainResult,
} from './training-loop.js';

export interface GRPOTrainerOptions {
  model: TrainableModel;
  rewardFuncs: readonly RewardFunc[];
  trainDataset: readonly Sample[];
  config?: GRPOConfigInput;
  callbacks?: readonly TrainerCallback[];
  /** Metrics at every evaluation, logged with the prefix `eval_`. */
  evaluate?: () => Promise<Record<string, number>>;
}

const optionKinds = {
  model: required(kinds.object),
  rewardFuncs: required(listOf(kinds.function)),
  trainDataset: required(kinds.list),
  config: kinds.object,
  callbacks: kinds.list,
  evaluate: kinds.function,
};

/** Completions of the step by view, one group a prompt. */
type Rollouts = { av: Completion[][] } & Partial<Record<View, Completion[][]>>;

/** A prompt, its completions and what they are worth. */
interface Group {
  sample: Sample;
  item: PackItem;
  completions: Completion[];
  advantages: number[];
}

export class GRPOTrainer {
  readonly config: GRPOConfig;
  readonly #options: GRPOTrainerOptions;
  readonly #views: readonly View[];

  /** @throws TypeError for unknown options and hooks, ConfigError for unknown or impossible settings */
  constructor(options: GRPOTrainerOptions) {
    checkOptions('GRPOTrainer', options, optionKinds);
    checkCallbacks('GRPOTrainer', options.callbacks ?? []);
    this.#options = options;
    this.config = parseGRPOConfig(options.config ?? {});
    checkEvaluation(this.config, options.evaluate !== undefined);
    if (options.rewardFuncs.length === 0)
      throw new RangeError('rewardFuncs is empty; give at least one reward');
    this.#views = [...new Set<View>(['av', ...options.rewardFuncs.flatMap((reward) => reward.views ?? [])])];
  }

  /** The steps after which the training ends, if nothing ends it before. */
  get maxSteps(): number {
    const { trainDataset } = this.#options;
    return stepsOf({ config: this.config, trainDataset, samplesPerStep: this.#samplesPerStep });
  }

  async train(options: { resumeFrom?: string } = {}): Promise<TrainResult> {
    checkOptions('train', options, { resumeFrom: kinds.string });
    const { resumeFrom } = options;
    const { model, trainDataset, callbacks = [], evaluate } = this.#options;
    const { config } = this;
    const samplesPerStep = this.#samplesPerStep;
    const reference = config.beta === 0 ? null : ReferenceModel.open(model.graph, resumeFrom);
    const loop = new TrainingLoop({
      trainer: 'GRPOTrainer',
      model,
      trainDataset,
      config,
      samplesPerStep,
      callbacks,
      evaluate,
    });
    try {
      await loop.begin(resumeFrom);
      if (config.outputDir !== null) reference?.save(config.outputDir);
      while (loop.active) {
        await loop.step(async () => {
          const { samples, occurrences } = loop.nextSamples();
          const prompts = await model.prepare(samples, 'av');
          const rollouts = await this.#sample(samples, occurrences);
          const scored = await this.#score(samples, prompts, rollouts, loop.state.step);
          const groups = this.#groups(samples, prompts, rollouts.av, scored);
          const learned = this.#learn(loop, groups, reference);
          const { rewardFuncs } = this.#options;
          return {
            ...learned,
            ...completionMetrics(rollouts.av.flat()),
            ...rewardMetrics(rewardFuncs, scored, config.numGenerations),
          };
        });
      }
      return await loop.finish();
    } finally {
      loop.dispose();
      reference?.dispose();
    }
  }

  get #samplesPerStep(): number {
    const { perDeviceTrainBatchSize, numGenerations, gradientAccumulationSteps } = this.config;
    return (perDeviceTrainBatchSize / numGenerations) * gradientAccumulationSteps;
  }

  /** Completions of every prompt in every view that a reward asks for, all from the current weights. */
  async #sample(samples: Sample[], occurrences: number[]): Promise<Rollouts> {
    const { numGenerations, maxCompletionLength: maxNewTokens, temperature, topP, topK, seed } = this.config;
    const options = { numGenerations, maxNewTokens, temperature, topP, topK, seed, occurrences };
    const rollouts: Partial<Rollouts> = {};
    for (const view of this.#views) {
      rollouts[view] = await this.#options.model.generateBatch(samples, { ...options, view });
    }
    return rollouts as Rollouts;
  }

  async #score(samples: Sample[], prompts: Prompt[], rollouts: Rollouts, step: number): Promise<ScoredBatch> {
    const { numGenerations, rewardWeights } = this.config;
    const eachCompletion = <T>(items: T[]) => items.flatMap((item) => Array<T>(numGenerations).fill(item));
    const completions = rollouts.av.flat();
    const flat = Object.entries(rollouts).map(([view, groups]) => [view, groups.flat()]);
    const batch = {
      prompts: eachCompletion(prompts.map(({ text }) => text)),
      completions: completions.map(({ text }) => text),
      completionIds: completions.map(({ ids }) => ids),
      samples: eachCompletion(samples),
      rollouts: Object.fromEntries(flat),
      step,
    };
    return scoreCompletions(this.#options.rewardFuncs, batch, rewardWeights);
  }

  #groups(samples: Sample[], prompts: Prompt[], completions: Completion[][], scored: ScoredBatch): Group[] {
    const { numGenerations, scaleRewards } = this.config;
    const offsets = BigInt64Array.from({ length: samples.length + 1 }, (_, g) => BigInt(g * numGenerations));
    const advantages = groupAdvantage(torch.tensor(scored.total), torch.tensor(offsets), {
      mode: scaleRewards,
    });
    const perGroup = chunks(advantages.toArray() as number[], numGenerations);
    return samples.map((sample, g) => {
      const { root, question } = prompts[g];
      const item = { root, question, completions: completions[g].map(({ ids }) => ids) };
      return { sample, item, completions: completions[g], advantages: perGroup[g] };
    });
  }

  /** `numIterations` updates from one set of completions. */
  #learn(loop: TrainingLoop, groups: Group[], reference: ReferenceModel | null): StepMetrics {
    const { config } = this;
    const { temperature } = config;
    const counts = {
      numItemsInBatch: Math.max(
        1,
        groups.flatMap((group) => this.#mask(group)).reduce((sum, one) => sum + one, 0),
      ),
      numSequencesInBatch: groups.length * config.numGenerations,
    };
    // A group of equal rewards has no gradient and counts in the denominators alone, unless the loss has other terms or
    // looks at all tokens of a micro-batch. Left out, it has no part in the update's metrics either.
    const everyGroupCounts =
      config.beta !== 0 ||
      config.entropyCoef !== 0 ||
      config.topEntropyQuantile < 1 ||
      config.lossType === 'bnpo';
    const active = groups.filter(
      ({ advantages }) => everyGroupCounts || advantages.some((value) => value !== 0),
    );
    const micros = chunks(active, config.perDeviceTrainBatchSize / config.numGenerations);
    const oldLogp: Tensor[] = [];
    const refLogp: Tensor[] = [];
    const metrics = new UpdateMetrics();
    for (let iteration = 0; iteration < config.numIterations; iteration++) {
      let lossOfStep = 0;
      for (const [m, micro] of micros.entries()) {
        const items = micro.map(({ item }) => item);
        if (reference) refLogp[m] ??= reference.logprobs(items, temperature);
        oldLogp[m] = scope(() => {
          const scores = completionLogprobs(this.#options.model.graph, items, { temperature, entropy: true });
          const { loss, metrics: ofMicro } = policyLoss(scores.logp, {
            ...policySettings(config),
            ...counts,
            advantages: torch.tensor(Float32Array.from(micro.flatMap(({ advantages }) => advantages))),
            cuSeqlens: scores.cuSeqlens,
            mask: torch.tensor(Uint8Array.from(micro.flatMap((group) => this.#mask(group)))),
            oldLogp: oldLogp[m],
            refLogp: refLogp[m],
            samplerLogp: torch.tensor(samplerLogprobs(micro)),
            entropy: scores.entropy,
          });
          lossOfStep += loop.backward(
            loss,
            micro.map(({ sample }) => sample),
            scores.numTokens,
          );
          metrics.add(ofMicro);
          return oldLogp[m] ?? scores.logp.detach();
        });
      }
      metrics.add({ loss: lossOfStep, grad_norm: loop.optimizerStep(groups.map(({ sample }) => sample)) });
    }
    return metrics.summary();
  }

  /** For every token of a group's completions: 1 in the loss, 0 not. */
  #mask({ completions }: Group): number[] {
    const { maskTruncatedCompletions } = this.config;
    return completions.flatMap(({ ids, finishReason }) =>
      ids.map(() => (maskTruncatedCompletions && finishReason === 'length' ? 0 : 1)),
    );
  }
}

/** What the config says about the loss. */
function policySettings(config: GRPOConfig) {
  return {
    type: config.lossType,
    importanceSamplingLevel: config.importanceSamplingLevel,
    epsilon: config.epsilon,
    epsilonHigh: config.epsilonHigh,
    delta: config.delta,
    beta: config.beta,
    useBiasCorrectionKl: config.useBiasCorrectionKl,
    offPolicyMaskThreshold: config.offPolicyMaskThreshold,
    topEntropyQuantile: config.topEntropyQuantile,
    entropyCoef: config.entropyCoef,
    maxCompletionLength: config.maxCompletionLength,
  };
}

/** With which the tokens were sampled, completions end to end. */
function samplerLogprobs(groups: readonly Group[]): Float32Array {
  return Float32Array.from(
    groups.flatMap(({ completions }) => completions.flatMap(({ logprobs }) => logprobs)),
  );
}
