/**
 * The change of accuracy by a stage, from pairs of answers to the same question: their difference has less variance than
 * that of two accuracies.
 */
import { clipKey } from '../data/index.js';
import { checkOptions, kinds, oneOf } from '../tensor/index.js';
import { type Answered, evaluationViews } from './accuracy.js';

export interface Gain {
  /** Questions answered in both. */
  count: number;
  /** Mean change of the fraction of right answers, in [-1, 1], with its 95 % interval. */
  mean: number;
  low: number;
  high: number;
}

/** Two-sided 95 % point of the normal distribution. */
const z = 1.96;

/** The change in `view` from one set of answers to another, over the questions in both (of one kind, or of all). */
export function gain(
  before: readonly Answered[],
  after: readonly Answered[],
  options: { kind?: string; view?: Answered['view'] } = {},
): Gain {
  checkOptions('gain', options, { kind: kinds.string, view: oneOf(...evaluationViews) });
  const { kind, view = 'av' } = options;
  const wanted = (entry: Answered): boolean =>
    entry.view === view && (kind === undefined || entry.sample.kind === kind);
  const earlier = new Map(before.filter(wanted).map(({ sample, correct }) => [sample.id, correct]));
  const pairs = after.filter((entry) => wanted(entry) && earlier.has(entry.sample.id));
  const changes = pairs.map(({ sample, correct }) => ({
    clip: clipKey(sample),
    change: Number(correct) - Number(earlier.get(sample.id)),
  }));
  return clusteredMean(changes);
}

/**
 * The mean of `changes`, each in [-1, 1], with its 95 % interval. The questions of one clip count as one draw, since
 * they are correlated; one clip gives no estimate of the spread, so its interval is all of [-1, 1].
 */
export function clusteredMean(changes: readonly { clip: string; change: number }[]): Gain {
  const count = changes.length;
  const mean = changes.reduce((sum, { change }) => sum + change, 0) / count;
  const byClip = new Map<string, number>();
  for (const { clip, change } of changes) byClip.set(clip, (byClip.get(clip) ?? 0) + change - mean);
  if (byClip.size < 2) return { count, mean, low: -1, high: 1 };
  const squares = [...byClip.values()].reduce((sum, total) => sum + total * total, 0);
  const error = Math.sqrt((squares * byClip.size) / (byClip.size - 1)) / count;
  return { count, mean, low: Math.max(-1, mean - z * error), high: Math.min(1, mean + z * error) };
}
