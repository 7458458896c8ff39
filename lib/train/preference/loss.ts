// The loss of a micro-batch of pairs: log-probabilities under policy and reference, log-ratios, and the losses of the
// config. Metrics carry TRL's names.

import { mixedPreferenceLoss, pairLogratios, wpoWeights } from '../../algorithms/index.js';
import type { EncodedTracks } from '../../batch/index.js';
import type { PreferenceLossType } from '../../kernels/index.js';
import { noGrad, type Tensor, torch } from '../../tensor/index.js';
import { completionLogprobs, type TrackCounts } from '../forward.js';
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

export function pairLoss(
  policy: Policy,
  config: PairConfig,
  pairs: readonly Pair[],
  numPairsInBatch: number,
  encoded?: EncodedTracks,
): PairLoss {
  const trees = pairs.map(({ tree }) => tree);
  const passed: TrackCounts[] = [];
  const reference = policy.reference as Reference;
  const scoring = { temperature: 1, encoded: encoded ?? new Map() };
  const refLogp = reference.logprobs(trees, scoring, (tracks) => void passed.push(tracks));
  const scores = completionLogprobs(policy.graph, trees, { entropy: true, encoded });
  passed.push(scores.passed);
  const { logp, cuSeqlens, numTokens } = scores;
  const ratios = pairLogratios(logp, cuSeqlens, { refLogp, ldAlpha: config.ldAlpha ?? 1 });
  const { chosenLogratio, rejectedLogratio, chosenLogp, rejectedLogp, chosenLengths, rejectedLengths } =
    ratios;
  const weights = Object.fromEntries(
    config.lossType.map((type, i) => [type, config.lossWeights?.[i] ?? 1]),
  ) as Partial<Record<PreferenceLossType, number>>;
  const { loss, chosenRewards, rejectedRewards } = mixedPreferenceLoss(
    chosenLogratio,
    rejectedLogratio,
    weights,
    {
      ...settingsIn(preferenceSettings, config),
      numPairsInBatch,
      chosenLengths,
      rejectedLengths,
      // The likelihood of the chosen ones counts each token as it is.
      chosenLogp: config.ldAlpha === null ? chosenLogp : pairLogratios(logp, cuSeqlens).chosenLogp,
      referenceMargin: chosenLogp.sub(rejectedLogp).sub(chosenLogratio.sub(rejectedLogratio)).detach(),
      alpha: alphasOf(pairs, logp),
      weight: config.useWeighting ? likelihoods(policy, pairs, scores, scoring.encoded) : null,
    },
  );
  const metrics = {
    'rewards/chosen': meanOf(chosenRewards),
    'rewards/rejected': meanOf(rejectedRewards),
    'rewards/accuracies': meanOf(chosenRewards.gt(rejectedRewards).to('float32')),
    'rewards/margins': meanOf(chosenRewards.sub(rejectedRewards)),
    'logps/chosen': meanOf(chosenLogp),
    'logps/rejected': meanOf(rejectedLogp),
    entropy: meanOf(scores.entropy as Tensor),
  };
  return { loss, metrics, numTokens, passed };
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
