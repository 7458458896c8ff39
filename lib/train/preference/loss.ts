// The loss of a micro-batch of pairs: log-probabilities under policy and reference, log-ratios, and the losses of the
// config. Metrics carry TRL's names.

import { mixedPreferenceLoss, pairLogratios, sftLoss, wpoWeights } from '../../algorithms/index.js';
import { type EncodedTracks, int64, type TokenTree } from '../../batch/index.js';
import type { PreferenceLossType } from '../../kernels/index.js';
import { noGrad, type Tensor, torch } from '../../tensor/index.js';
import { type CompletionLogprobs, completionLogprobs, type TrackCounts } from '../forward.js';
import { settingsIn } from '../loss-settings.js';
import type { Policy } from '../policy.js';
import type { Reference } from '../reference.js';
import type { StepMetrics } from '../training-loop.js';
import { type PairConfig, preferenceSettings } from './config.js';
import type { Pair } from './pairs.js';

interface PairLoss {
  /** Scalar: the part of these pairs in the mean over all pairs of the step. */
  loss: Tensor;
  metrics: StepMetrics;
  numTokens: number;
  /** Tracks that passed a tower, of policy and reference. */
  passed: TrackCounts[];
}

/** What all micro-batches of a step have together. */
interface PairCounts {
  pairs: number;
  /** Tokens of the reference answers. */
  targetTokens: number;
}

export function countPairs(pairs: readonly Pair[]): PairCounts {
  const masks = pairs.flatMap(({ target }) => target?.lossMask ?? []);
  const targetTokens = masks.reduce((sum, one) => sum + one, 0);
  return { pairs: pairs.length, targetTokens };
}

export function pairLoss(
  policy: Policy,
  config: PairConfig,
  pairs: readonly Pair[],
  inStep: PairCounts,
  encoded?: EncodedTracks,
): PairLoss {
  const trees = pairs.map(({ tree }) => tree);
  const passed: TrackCounts[] = [];
  const reference = policy.reference as Reference;
  const scoring = { temperature: 1, encoded: encoded ?? new Map() };
  const refLogp = reference.logprobs(trees, scoring, (tracks) => void passed.push(tracks));
  const all = completionLogprobs(policy.graph, pairs.map(learnedTree), { entropy: true, encoded });
  passed.push(all.passed);
  const { scores, targetLogp } = apart(all, pairs);
  const { logp, cuSeqlens } = scores;
  const ratios = pairLogratios(logp, cuSeqlens, { refLogp, ldAlpha: config.ldAlpha ?? 1 });
  const { chosenLogratio, rejectedLogratio, chosenLogp, rejectedLogp, chosenLengths, rejectedLengths } =
    ratios;
  const weights = Object.fromEntries(
    config.lossType.map((type, i) => [type, config.lossWeights?.[i] ?? 1]),
  ) as Partial<Record<PreferenceLossType, number>>;
  const {
    loss: preference,
    chosenRewards,
    rejectedRewards,
  } = mixedPreferenceLoss(chosenLogratio, rejectedLogratio, weights, {
    ...settingsIn(preferenceSettings, config),
    numPairsInBatch: inStep.pairs,
    chosenLengths,
    rejectedLengths,
    // The likelihood of the chosen ones counts each token as it is.
    chosenLogp: config.ldAlpha === null ? chosenLogp : pairLogratios(logp, cuSeqlens).chosenLogp,
    referenceMargin: chosenLogp.sub(rejectedLogp).sub(chosenLogratio.sub(rejectedLogratio)).detach(),
    alpha: alphasOf(pairs, logp),
    weight: config.useWeighting ? likelihoods(policy, pairs, scores, scoring.encoded) : null,
  });
  const metrics = {
    'rewards/chosen': meanOf(chosenRewards),
    'rewards/rejected': meanOf(rejectedRewards),
    'rewards/accuracies': meanOf(chosenRewards.gt(rejectedRewards).to('float32')),
    'rewards/margins': meanOf(chosenRewards.sub(rejectedRewards)),
    'logps/chosen': meanOf(chosenLogp),
    'logps/rejected': meanOf(rejectedLogp),
    entropy: meanOf(scores.entropy as Tensor),
    ...(targetLogp && { nll_loss: -meanOf(targetLogp) }),
  };
  const { numTokens } = all;
  if (targetLogp === null) return { loss: preference, metrics, numTokens, passed };
  const loss = preference.add(sftLoss(targetLogp, inStep.targetTokens), { alpha: config.sftWeight ?? 0 });
  return { loss, metrics, numTokens, passed };
}

/** What the policy reads: with the reference answer as a third completion. */
export function learnedTree({ tree, target }: Pair): TokenTree {
  if (target === undefined) return tree;
  const [question] = tree.children;
  return { root: tree.root, children: [{ ...question, children: [...(question.children ?? []), target] }] };
}

type Scores = Pick<CompletionLogprobs, 'logp' | 'entropy' | 'cuSeqlens'>;

/** The tokens of the pairs, and those of the reference answers, which follow those of their pair. */
function apart(
  all: CompletionLogprobs,
  pairs: readonly Pair[],
): { scores: Scores; targetLogp: Tensor | null } {
  if (pairs.every(({ target }) => target === undefined)) return { scores: all, targetLogp: null };
  const bounds = all.cuSeqlens.toArray() as number[];
  const ofPairs: number[] = [];
  const ofTargets: number[] = [];
  const cuSeqlens = [0];
  let sequence = 0;
  const take = (tokens: number[]): void => {
    for (let token = bounds[sequence]; token < bounds[sequence + 1]; token += 1) tokens.push(token);
    sequence += 1;
  };
  for (const { target } of pairs) {
    for (const _ of ['chosen', 'rejected']) {
      take(ofPairs);
      cuSeqlens.push(ofPairs.length);
    }
    if (target !== undefined) take(ofTargets);
  }
  const { logp, entropy } = all;
  const { device } = logp;
  const rows = int64(ofPairs, device);
  const scores = {
    logp: logp.indexSelect(0, rows),
    entropy: entropy?.indexSelect(0, rows),
    cuSeqlens: int64(cuSeqlens, device),
  };
  return { scores, targetLogp: logp.indexSelect(0, int64(ofTargets, device)) };
}

function alphasOf(pairs: readonly Pair[], { device }: Tensor): Tensor | null {
  if (pairs.every(({ alpha }) => alpha === undefined)) return null;
  return torch.tensor(
    Float32Array.from(pairs, ({ alpha }) => alpha ?? 1),
    { device },
  );
}

/**
 * WPO's weights. With logits twice as sharp, a token has the log-probability 2 log p - log sum p^2: the pass gives the
 * sum of the squares.
 */
function likelihoods(
  policy: Policy,
  pairs: readonly Pair[],
  { logp, cuSeqlens }: { logp: Tensor; cuSeqlens: Tensor },
  encoded: EncodedTracks,
): Tensor {
  return noGrad(() => {
    const trees = pairs.map(({ tree }) => tree);
    const sharp = completionLogprobs(policy.graph, trees, { temperature: 0.5, encoded }).logp;
    return wpoWeights(logp, logp.mul(2).sub(sharp), cuSeqlens);
  });
}

function meanOf(values: Tensor): number {
  return values.detach().mean().item();
}
