// The last part of a GRPO step: updates from the scored groups, micro-batch by micro-batch.

import { policyLoss } from '../../algorithms/index.js';
import type { TokenTree } from '../../batch/index.js';
import type { Sample } from '../../data/index.js';
import type { EncodedMedia } from '../../rollout/index.js';
import { noGrad, scope, type Tensor, torch } from '../../tensor/index.js';
import type { GRPOConfig } from '../config.js';
import { completionLogprobs, type TrackCounts } from '../forward.js';
import { equalGroupsCount, lossSettings } from '../loss-settings.js';
import { tracksOf } from '../media.js';
import type { TokenBudget } from '../token-budget.js';
import type { StepMetrics, TrainingLoop } from '../training-loop.js';
import type { TrainedGroup } from './groups.js';
import { UpdateMetrics } from './metrics.js';

/** A group, or a part of one, as the loss takes it. */
interface LossGroup {
  /** The sample's. */
  id: string;
  sample: Sample;
  advantages: number[];
  /** Completions that are not in the loss have no target. */
  tree: TokenTree;
  /** With which the targets of each completion were sampled. */
  samplerLogp: number[][];
}

/** What the updates report, and how many tracks passed a tower in them. */
interface Learned {
  metrics: StepMetrics;
  passed: TrackCounts;
}

/**
 * `numIterations` updates from one set of completions.
 * @param media what frozen towers made of the clips is used again
 */
export function learn(
  loop: TrainingLoop,
  config: GRPOConfig,
  scored: readonly TrainedGroup[],
  media: EncodedMedia,
  budget: TokenBudget,
): Learned {
  const { policy } = loop;
  const { temperature } = config;
  const groups = scored.map(lossGroup);
  const counts = {
    numItemsInBatch: Math.max(1, countTargets(groups)),
    numSequencesInBatch: groups.length * config.numGenerations,
  };
  // What is left out has no part in the update's metrics either.
  const active = groups.filter(
    ({ advantages }) => equalGroupsCount(config) || advantages.some((value) => value !== 0),
  );
  const parts = active.flatMap((group) => budget.parts(group.tree).map((indices) => partOf(group, indices)));
  const micros = budget
    .microBatches(parts, config.perDeviceTrainBatchSize / config.numGenerations, ({ tree }) => [tree])
    .filter((micro) => countTargets(micro) > 0);
  const { device } = policy.graph.headWeight;
  const values = (list: number[]): Tensor => torch.tensor(Float32Array.from(list), { device });
  const frozen = policy.frozenTowers();
  if (frozen.length > 0) media.encode(scored.map(({ prompt }) => prompt));
  const encoded = tracksOf(media, frozen);
  const passed: TrackCounts = { vision: 0, audio: 0 };
  const count = (tracks: TrackCounts): void => {
    passed.vision += tracks.vision;
    passed.audio += tracks.audio;
  };
  const oldLogp: Tensor[] = [];
  const refLogp: Tensor[] = [];
  const metrics = new UpdateMetrics();
  const scoresAndLoss = (micro: LossGroup[], m: number) => {
    const trees = micro.map(({ tree }) => tree);
    const scores = completionLogprobs(policy.graph, trees, { temperature, entropy: true, encoded });
    count(scores.passed);
    const { loss, metrics: ofMicro } = policyLoss(scores.logp, {
      ...lossSettings(config),
      ...counts,
      advantages: values(micro.flatMap(({ advantages }) => advantages)),
      cuSeqlens: scores.cuSeqlens,
      oldLogp: oldLogp[m],
      refLogp: refLogp[m],
      samplerLogp: values(micro.flatMap((group) => group.samplerLogp.flat())),
      entropy: scores.entropy,
    });
    metrics.add(ofMicro, budget.weight(countTargets(micro)));
    return { scores, loss };
  };
  // Without an update, one group tells how far sampler and learner are apart.
  const measured = micros.length === 0 ? groups.find((group) => countTargets([group]) > 0) : undefined;
  if (measured) noGrad(() => scope(() => void scoresAndLoss([measured], 0)));
  for (let iteration = 0; iteration < config.numIterations; iteration++) {
    let lossOfStep = 0;
    for (const [m, micro] of micros.entries()) {
      if (policy.reference) {
        const trees = micro.map(({ tree }) => tree);
        refLogp[m] ??= policy.reference.logprobs(trees, { temperature, encoded }, count);
      }
      oldLogp[m] = scope(() => {
        const { scores, loss } = scoresAndLoss(micro, m);
        lossOfStep += loop.backward(
          loss,
          micro.map(({ sample }) => sample),
          scores.numTokens,
          scores.logp,
        );
        return oldLogp[m] ?? scores.logp.detach();
      });
    }
    metrics.add({ loss: lossOfStep, grad_norm: loop.optimizerStep(groups.map(({ sample }) => sample)) });
  }
  return { metrics: metrics.summary(), passed };
}

function lossGroup({ sample, prompt, completions, advantages, inLoss }: TrainedGroup): LossGroup {
  const children = completions.map(({ ids }, i) => ({ ids, lossMask: ids.map(() => Number(inLoss[i])) }));
  return {
    id: sample.id,
    sample,
    advantages,
    tree: { root: prompt.root, children: [{ ids: prompt.question, children }] },
    samplerLogp: completions.map(({ logprobs }, i) => (inLoss[i] ? logprobs : [])),
  };
}

/** Some completions of a group, with its prompt. */
function partOf(group: LossGroup, indices: readonly number[]): LossGroup {
  const { tree, advantages, samplerLogp } = group;
  if (indices.length === advantages.length) return group;
  const [{ ids, children = [] }] = tree.children;
  const pick = <T>(values: readonly T[]): T[] => indices.map((i) => values[i]);
  return {
    ...group,
    tree: { root: tree.root, children: [{ ids, children: pick(children) }] },
    advantages: pick(advantages),
    samplerLogp: pick(samplerLogp),
  };
}

function countTargets(groups: readonly LossGroup[]): number {
  return groups.reduce((count, { samplerLogp }) => count + samplerLogp.flat().length, 0);
}
