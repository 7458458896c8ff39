// Group-relative advantages, a few lines a mode: the reference that kernels.groupAdvantage is compared with.
//
//   group   A = (R - mean_g) / (std_g + eps)            GRPO, arXiv 2402.03300
//   none    A =  R - mean_g                             Dr. GRPO, arXiv 2503.20783
//   batch   A = (R - mean_g) / (std_batch + eps)        TRL's scale_rewards "batch": std of the raw rewards
//   rloo    A =  R - mean of the others of the group    arXiv 2402.14740
//   passAtK A = (R - second best) / (std_g + eps) for the best of the group, else 0        arXiv 2503.19595
//   opo     A =  R - mean_g weighted by length          arXiv 2505.23585
//   reinforcePlusPlusBaseline   c = R - mean_g, A = (c - mean c) / sqrt(var c + eps) over the batch   arXiv 2501.03262
//   normalizeThenSum            the same by reward first: see below                        GDPO, arXiv 2601.05242
//
// NaN means "not scored": such a completion counts in no mean and gets A = 0, so that a reward that could not be computed
// never shifts the baseline. Groups of one and groups whose rewards do not differ get 0. A reward of weight 0 is as if it were
// not there: what it alone has scored is not scored.

import { type AdvantageOptions, advantageOptionNames } from '../kernels/index.js';
import { checkOptions } from '../tensor/index.js';
import { statistics } from './statistics.js';

/** Rewards of one completion by reward function. */
type RewardRow = readonly number[];

const scored = (value: number) => !Number.isNaN(value);

/**
 * @param given rewards, [B][K]
 * @param offsets [groups + 1]: group g owns completions offsets[g] to offsets[g + 1]
 */
export function referenceGroupAdvantage(
  given: readonly RewardRow[],
  offsets: readonly number[],
  options: Omit<AdvantageOptions, 'weights' | 'lengths'> & { weights?: number[]; lengths?: number[] } = {},
): number[] {
  checkOptions('referenceGroupAdvantage', options, advantageOptionNames);
  const { mode = 'group', unbiased = true, lengths } = options;
  const all = options.weights ?? (given[0] ?? []).map(() => 1);
  const counts = (_: number, k: number) => all[k] !== 0;
  const weights = all.filter(counts);
  const rewards = given.map((row) => row.filter(counts));
  const groups = offsets
    .slice(1)
    .map((end, g) => ({ start: offsets[g], rows: rewards.slice(offsets[g], end) }));
  const totals = rewards.map((row) => weightedSum(row, weights));
  const std = statistics(totals, unbiased).std;

  if (mode === 'normalizeThenSum') {
    const { eps = 1e-4, batchEps = eps } = options;
    const z = groups.flatMap(({ rows }) => normalizeThenSum(rows, weights, eps, unbiased));
    const whitened = whiten(z, lengths, unbiased, (variance) => Math.sqrt(variance) + batchEps);
    const flat = groups.flatMap(({ rows }) =>
      Array(rows.length).fill(weights.every((_, k) => isFlat(rows.map((row) => row[k])))),
    );
    return whitened.map((value, i) => (flat[i] ? 0 : value));
  }
  const centred = groups.flatMap(({ start, rows }) => {
    const group = totals.slice(start, start + rows.length);
    return isFlat(group) ? group.map(() => 0) : ofGroup(group, start, std, options);
  });
  if (mode !== 'reinforcePlusPlusBaseline') return centred;
  const { eps = 1e-8 } = options;
  const known = centred.map((value, i) => (scored(totals[i]) ? value : NaN));
  const whitened = whiten(known, lengths, unbiased, (variance) => Math.sqrt(variance + eps));
  const flat = groups.flatMap(({ start, rows }) =>
    Array(rows.length).fill(isFlat(totals.slice(start, start + rows.length))),
  );
  return whitened.map((value, i) => (flat[i] ? 0 : value));
}

function ofGroup(
  rewards: number[],
  start: number,
  batchStd: number,
  {
    mode = 'group',
    unbiased = true,
    lengths,
    ...options
  }: Parameters<typeof referenceGroupAdvantage>[2] & object,
): number[] {
  const { mean, std, count } = statistics(rewards, unbiased);
  const each = (advantage: (reward: number) => number) =>
    rewards.map((reward) => (scored(reward) ? advantage(reward) : 0));
  switch (mode) {
    case 'group':
      return each((reward) => (reward - mean) / (std + (options.eps ?? 1e-4)));
    case 'batch':
      return each((reward) => (reward - mean) / (batchStd + (options.eps ?? 1e-4)));
    case 'rloo':
      return each((reward) => reward - (count * mean - reward) / (count - 1));
    case 'passAtK': {
      const [best, second] = rewards.filter(scored).sort((a, b) => b - a);
      return each((reward) => (reward === best ? (best - second) / (std + (options.eps ?? 1e-6)) : 0));
    }
    case 'opo': {
      if (!lengths)
        throw new RangeError('groupAdvantage: lengths: missing; mode opo weights rewards by them');
      const tokens = rewards.map((reward, i) => (scored(reward) ? lengths[start + i] : 0));
      const total = tokens.reduce((sum, value) => sum + value, 0);
      const sum = rewards.reduce((all, reward, i) => (scored(reward) ? all + tokens[i] * reward : all), 0);
      const baseline = total === 0 ? 0 : sum / total;
      return each((reward) => reward - baseline);
    }
    default:
      return each((reward) => reward - mean);
  }
}

/** z = sum_k w_k (r_k - mean_gk) / (std_gk + eps); NaN where nothing was scored. */
function normalizeThenSum(
  rows: readonly RewardRow[],
  weights: number[],
  eps: number,
  unbiased: boolean,
): number[] {
  const columns = weights.map((_, k) =>
    statistics(
      rows.map((row) => row[k]),
      unbiased,
    ),
  );
  return rows.map((row) =>
    weightedSum(
      row.map((reward, k) => {
        const { mean, std } = columns[k];
        return std === 0 && scored(reward) ? 0 : (reward - mean) / (std + eps);
      }),
      weights,
    ),
  );
}

/** By mean and variance of the whole batch, each completion counted `lengths` times. */
function whiten(
  values: number[],
  lengths: number[] | undefined,
  unbiased: boolean,
  scale: (variance: number) => number,
): number[] {
  const repeated = values.flatMap((value, i) => Array<number>(lengths?.[i] ?? 1).fill(value));
  const { mean, std } = statistics(repeated, unbiased);
  return values.map((value) => (scored(value) && std > 0 ? (value - mean) / scale(std ** 2) : 0));
}

/** NaN where nothing was scored. */
function weightedSum(row: RewardRow, weights: readonly number[]): number {
  if (!row.some(scored)) return NaN;
  return row.reduce((sum, reward, k) => (scored(reward) ? sum + weights[k] * reward : sum), 0);
}

function isFlat(values: readonly number[]): boolean {
  const known = values.filter(scored);
  return known.every((value) => value === known[0]);
}
