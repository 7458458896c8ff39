/** Pairs of process DPO from what paths and steps turned out to be worth (video-SALMONN-o1, arXiv 2502.11775, equation 6). */
import { checkPaths, checkSteps, type PairRecord, type PathRecord, type StepRecord } from '../data/index.js';
import { streamKey, uniformAt } from '../rollout/index.js';
import { groupBy } from '../runtime/index.js';
import { checkOptions, kinds, oneOf, required } from '../tensor/index.js';

export interface PairSettings {
  /**
   * alpha of a step pair: 'soft' sigma((pChosen - pRejected) / mu), which tolerates the noise of few rollouts; 'hard' 1. Of a
   * path pair it is 1. Default 'soft'.
   */
  labels?: 'soft' | 'hard';
  /** Default 0.25. */
  mu?: number;
  /** Step pairs whose expected correctness differs by less are left out. Default 1 / 6: one rollout of six. */
  minGap?: number;
  /** Path pairs of one sample, at most. Default 10. */
  maxPathPairs?: number;
  /** Of the right path that each wrong one is compared with. Default 0. */
  seed?: number;
}

export interface BuildPairsOptions extends PairSettings {
  paths: readonly PathRecord[];
  steps: readonly StepRecord[];
  /** Hears once what was left out. */
  onDropped?: (dropped: DroppedPairs) => void;
}

/** What makes no pair: wrong paths first, then steps. */
export interface DroppedPairs {
  /** Wrong paths of samples without a right one. */
  withoutRightPath: number;
  /** Wrong paths beyond `maxPathPairs`. */
  beyondMaxPathPairs: number;
  /** Paths and steps whose two sides are the same text. */
  sameText: number;
  /** Steps with a side of which no rollout could be scored. */
  unscored: number;
  /** Steps with equal expected correctness of both sides. */
  equal: number;
  /** Steps with a smaller difference than `minGap`. */
  belowMinGap: number;
}

const pairKinds = {
  labels: oneOf('soft', 'hard'),
  mu: kinds.positive,
  minGap: kinds.fraction,
  maxPathPairs: kinds.count,
  seed: kinds.seed,
};
const optionKinds = {
  paths: required(kinds.list),
  steps: required(kinds.list),
  onDropped: kinds.function,
  ...pairKinds,
};

/** Fractions of rollouts are rounded: 4/6 - 3/6 is below 1/6. */
const rounding = 1e-9;

/**
 * Path pairs: each wrong path of a sample with one right path of it, drawn by the seed, the wrong path's number in the sample
 * and the sample's id. Step pairs: the side with the higher expected correctness, the mean over its rollouts, is chosen.
 * A sample's pairs follow one another, path pairs first, in the order of the paths.
 */
export function buildPairs(options: BuildPairsOptions): PairRecord[] {
  checkOptions('buildPairs', options, optionKinds);
  const { paths, steps, onDropped, ...settings } = options;
  checkPaths('buildPairs', paths);
  checkSteps('buildPairs', steps);
  const dropped: DroppedPairs = {
    withoutRightPath: 0,
    beyondMaxPathPairs: 0,
    sameText: 0,
    unscored: 0,
    equal: 0,
    belowMinGap: 0,
  };
  const ids = new Set([...paths, ...steps].map(({ sampleId }) => sampleId));
  const pathsOf = groupBy(paths, ({ sampleId }) => sampleId);
  const stepsOf = groupBy(steps, ({ sampleId }) => sampleId);
  const pairs = [...ids].flatMap((id) => [
    ...pathPairs(pathsOf.get(id) ?? [], settings, dropped),
    ...stepPairs(stepsOf.get(id) ?? [], settings, dropped),
  ]);
  onDropped?.(dropped);
  return pairs;
}

/** Of path pairs. */
const certain = { pChosen: 1, pRejected: 0, alpha: 1 };

function pathPairs(
  paths: readonly PathRecord[],
  { maxPathPairs = 10, seed = 0 }: PairSettings,
  dropped: DroppedPairs,
): PairRecord[] {
  const right = paths.filter(({ correct }) => correct);
  const pairs: PairRecord[] = [];
  for (const [i, { sampleId, path }] of paths.filter(({ correct }) => !correct).entries()) {
    const drawn = right[Math.floor(uniformAt(streamKey(seed, sampleId, i), 0) * right.length)];
    const [chosen, rejected] = [drawn?.path.join(''), path.join('')];
    if (chosen === undefined) dropped.withoutRightPath += 1;
    else if (chosen === rejected) dropped.sameText += 1;
    else if (pairs.length >= maxPathPairs) dropped.beyondMaxPathPairs += 1;
    else pairs.push({ sampleId, prefix: [], chosen, rejected, ...certain, kind: 'path' });
  }
  return pairs;
}

function stepPairs(
  steps: readonly StepRecord[],
  { minGap = 1 / 6, ...settings }: PairSettings,
  dropped: DroppedPairs,
): PairRecord[] {
  return steps.flatMap(({ sampleId, prefix, ...step }): PairRecord[] => {
    const own = { text: step.step, p: mean(step.correct) };
    const other = { text: step.alternative, p: mean(step.alternativeCorrect) };
    const reason = reasonToDrop(own, other, minGap);
    if (reason !== null) {
      dropped[reason] += 1;
      return [];
    }
    const [chosen, rejected] = own.p > other.p ? [own, other] : [other, own];
    const values = { pChosen: chosen.p, pRejected: rejected.p };
    const pair = { sampleId, prefix, chosen: chosen.text, rejected: rejected.text, ...values };
    return [{ ...pair, alpha: alphaOf({ ...values, kind: 'step' }, settings), kind: 'step' }];
  });
}

/** The label of a pair: how likely the chosen side is the better one. */
export function alphaOf(
  { pChosen, pRejected, kind }: Pick<PairRecord, 'pChosen' | 'pRejected' | 'kind'>,
  { labels = 'soft', mu = 0.25 }: Pick<PairSettings, 'labels' | 'mu'>,
): number {
  return kind === 'path' || labels === 'hard' ? 1 : 1 / (1 + Math.exp(-(pChosen - pRejected) / mu));
}

interface Side {
  text: string;
  /** NaN: not known. */
  p: number;
}

function reasonToDrop(own: Side, other: Side, minGap: number): keyof DroppedPairs | null {
  if (own.text === other.text) return 'sameText';
  const gap = Math.abs(own.p - other.p);
  if (Number.isNaN(gap)) return 'unscored';
  if (gap < rounding) return 'equal';
  return gap < minGap - rounding ? 'belowMinGap' : null;
}

function mean(outcomes: readonly boolean[]): number {
  return outcomes.filter(Boolean).length / outcomes.length;
}
