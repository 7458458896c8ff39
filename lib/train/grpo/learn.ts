// The last part of a GRPO step: updates from the scored groups, micro-batch by micro-batch.

import { policyLoss } from '../../algorithms/index.js';
import { completionTree, type TokenTree } from '../../batch/index.js';
import { scope, type Tensor, torch } from '../../tensor/index.js';
import { chunks } from '../chunks.js';
import type { GRPOConfig } from '../config.js';
import { completionLogprobs } from '../forward.js';
import type { Policy } from '../policy.js';
import type { StepMetrics, TrainingLoop } from '../training-loop.js';
import { UpdateMetrics } from './metrics.js';
import { advantagesOf, type ScoredGroup } from './score.js';

/** A group as the loss takes it. */
interface LossGroup extends ScoredGroup {
  advantages: number[];
  tree: TokenTree;
  /** For every token of the completions, end to end: 1 in the loss, 0 not. */
  mask: number[];
}

/** `numIterations` updates from one set of completions. */
export function learn(
  loop: TrainingLoop,
  policy: Policy,
  config: GRPOConfig,
  scored: readonly ScoredGroup[],
): StepMetrics {
  const { temperature } = config;
  const groups = lossGroups(scored, config);
  const counts = {
    numItemsInBatch: Math.max(1, sum(groups.flatMap(({ mask }) => mask))),
    numSequencesInBatch: groups.length * config.numGenerations,
  };
  const active = groups.filter(
    ({ advantages }) => everyGroupCounts(config) || advantages.some((value) => value !== 0),
  );
  const micros = chunks(active, config.perDeviceTrainBatchSize / config.numGenerations);
  const oldLogp: Tensor[] = [];
  const refLogp: Tensor[] = [];
  const metrics = new UpdateMetrics();
  for (let iteration = 0; iteration < config.numIterations; iteration++) {
    let lossOfStep = 0;
    for (const [m, micro] of micros.entries()) {
      const trees = micro.map(({ tree }) => tree);
      if (policy.reference) refLogp[m] ??= policy.reference.logprobs(trees, temperature);
      oldLogp[m] = scope(() => {
        const scores = completionLogprobs(policy.graph, trees, { temperature, entropy: true });
        const { loss, metrics: ofMicro } = policyLoss(scores.logp, {
          ...policySettings(config),
          ...counts,
          advantages: torch.tensor(Float32Array.from(micro.flatMap(({ advantages }) => advantages))),
          cuSeqlens: scores.cuSeqlens,
          mask: torch.tensor(Uint8Array.from(micro.flatMap(({ mask }) => mask))),
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

function lossGroups(groups: readonly ScoredGroup[], config: GRPOConfig): LossGroup[] {
  const advantages = advantagesOf(groups, config);
  return groups.map((group, g) => {
    const { prompt, completions, failures } = group;
    return {
      ...group,
      advantages: advantages[g],
      tree: completionTree(
        prompt,
        completions.map(({ ids }) => ids),
      ),
      mask: completions.flatMap(({ ids, finishReason }, i) => {
        const isCutOff = config.maskTruncatedCompletions && finishReason === 'length';
        return Array<number>(ids.length).fill(isCutOff || failures[i].includes(true) ? 0 : 1);
      }),
    };
  });
}

/**
 * A group of equal rewards has no gradient and counts in the denominators alone, unless the loss has other terms or
 * looks at all tokens of a micro-batch. Left out, it has no part in the update's metrics either.
 */
function everyGroupCounts({ beta, entropyCoef, topEntropyQuantile, lossType }: GRPOConfig): boolean {
  return beta !== 0 || entropyCoef !== 0 || topEntropyQuantile < 1 || lossType === 'bnpo';
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
    importanceCorrection: config.importanceCorrection,
    importanceCorrectionMin: config.importanceCorrectionMin,
    importanceCorrectionMax: config.importanceCorrectionMax,
    importanceCorrectionReduction: config.importanceCorrectionReduction,
    importanceCorrectionKl: config.importanceCorrectionKl,
  };
}

/** With which the tokens were sampled, completions end to end. */
function samplerLogprobs(groups: readonly LossGroup[]): Float32Array {
  return Float32Array.from(
    groups.flatMap(({ completions }) => completions.flatMap(({ logprobs }) => logprobs)),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
