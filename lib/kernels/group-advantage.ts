/** Group-relative advantages: each completion's reward against those of its own prompt. */

import {
  checkOptions,
  either,
  kinds,
  listOf,
  oneOf,
  orNull,
  scope,
  type Tensor,
  torch,
} from '../tensor/index.js';

const operatorModes = {
  group: 'group',
  none: 'none',
  batch: 'batch',
  rloo: 'rloo',
  normalizeThenSum: 'normalize_then_sum',
  reinforcePlusPlusBaseline: 'reinforce_plus_plus_baseline',
  passAtK: 'pass_at_k',
  opo: 'opo',
} as const;

export type AdvantageMode = keyof typeof operatorModes;

export const advantageModes = Object.keys(operatorModes) as [AdvantageMode, ...AdvantageMode[]];

export interface AdvantageOptions {
  /** Default 'group'. */
  mode?: AdvantageMode;
  /**
   * Keeps small deviations from blowing advantages up. Default: TRL's 1e-4, verl's where TRL has no such mode (1e-8 for
   * reinforcePlusPlusBaseline, 1e-6 for passAtK).
   */
  eps?: number;
  /** The same for the deviation of the whole batch in normalizeThenSum. Default: eps. */
  batchEps?: number;
  /** Bessel's correction: deviations divide by n - 1. Default true. */
  unbiased?: boolean;
  /** Weight of each of K rewards, finite. Default 1 each. */
  weights?: Tensor | readonly number[] | null;
  /**
   * Tokens of each completion, int64 [B], from 0 up. opo needs them; reinforcePlusPlusBaseline and normalizeThenSum count a
   * completion in the statistics of the batch once for each token (verl) where they are given, and once where not.
   */
  lengths?: Tensor | null;
}

const optionKinds = {
  mode: oneOf(...advantageModes),
  eps: orNull(kinds.notNegative),
  batchEps: orNull(kinds.notNegative),
  unbiased: kinds.boolean,
  weights: orNull(either(kinds.tensor, listOf(kinds.number))),
  lengths: kinds.passedOn,
};
/** @internal */
export const advantageOptionNames = Object.keys(optionKinds) as (keyof AdvantageOptions)[];

/**
 * With R = sum_k w_k r_k over the scored rewards of a completion, mean_g and std_g over the scored ones of its group:
 *
 * | mode | A | source |
 * | --- | --- | --- |
 * | group | (R - mean_g) / (std_g + eps) | GRPO, arXiv 2402.03300 |
 * | none | R - mean_g | Dr. GRPO, arXiv 2503.20783 |
 * | batch | (R - mean_g) / (std of all R + eps) | TRL |
 * | rloo | R - mean of the others | arXiv 2402.14740 |
 * | normalizeThenSum | z = sum_k w_k (r_k - mean_gk) / (std_gk + eps), then (z - mean z) / (std z + batchEps) | GDPO, arXiv 2601.05242 |
 * | reinforcePlusPlusBaseline | c = R - mean_g, then (c - mean c) / sqrt(var c + eps) | arXiv 2501.03262 |
 * | passAtK | (R - second best) / (std_g + eps) for the best of the group, else 0 | arXiv 2503.19595 |
 * | opo | R - mean of R weighted by length | arXiv 2505.23585 |
 *
 * A completion that nothing scored takes part in no statistic. 0 for it, for groups of one, and where the rewards of a
 * group do not differ. A reward of weight 0 is as if it were not there: what it alone has scored is not scored. The
 * arithmetic is in float64 on the host, which is where rewards come from: those on a GPU are copied there and the
 * advantages back.
 *
 * @param rewards [B] or [B, K], floating; NaN = not scored
 * @param offsets int64 [groups + 1]: group g owns completions offsets[g] to offsets[g + 1]
 * @returns [B], rewards' dtype and device
 * @throws TypeError for unknown options, RangeError for an unknown mode, TorchError for shapes and offsets that do not fit
 */
export function groupAdvantage(rewards: Tensor, offsets: Tensor, options: AdvantageOptions = {}): Tensor {
  checkOptions('groupAdvantage', options, optionKinds);
  const { mode = 'group', eps = null, batchEps = null, unbiased = true, lengths = null } = options;
  return scope(() => {
    const weights = Array.isArray(options.weights)
      ? torch.tensor(Float64Array.from(options.weights))
      : options.weights;
    return torch.ops.earsight.group_advantage(rewards, offsets, {
      mode: operatorModes[mode],
      eps,
      batchEps,
      unbiased,
      weights: weights ?? null,
      lengths,
    }) as Tensor;
  });
}
