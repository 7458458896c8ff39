/**
 * The table of policy losses: for each its formula, source, aggregation and the settings that it reads, with their ranges
 * and defaults. Plain data. The types and checks of policyLoss, the settings of GRPOConfig and the C++ enumerations,
 * settings and schema follow from it: scripts/generate-losses writes native/kernels/policy/losses.generated.h and
 * native/ops/losses.generated.h.
 *
 *   r    pi / pi_old of the token or of its sequence, its logarithm bounded to +-20
 *   A    advantage       sg  without gradient       [lo, hi]  1 - epsilon, 1 + epsilonHigh
 */

import type { LossField } from './loss-fields.js';

/**
 * How token losses become one number (verl's names): mean over sequences of token means; sum over the tokens of the
 * whole optimizer step, divided by their number; mean over the tokens of this call; mean over sequences of token sums;
 * the same over maxCompletionLength; sum.
 */
export const aggregations = [
  'seq-mean-token-mean',
  'token-mean',
  'local-token-mean',
  'seq-mean-token-sum',
  'seq-mean-token-sum-norm',
  'token-sum',
] as const;

export type Aggregation = (typeof aggregations)[number];

/** Over what the ratio is taken; 'sequence_token' has the sequence's value and the token's gradient. */
export const ratioLevels = ['token', 'sequence', 'sequence_token'] as const;

export type RatioLevel = (typeof ratioLevels)[number];

/** The operator's metrics, in its order; `clip_ratio/*` where a term clips, by its own names. */
export const policyMetrics = [
  'kl',
  'entropy',
  'clip_ratio/low_mean',
  'clip_ratio/low_min',
  'clip_ratio/high_mean',
  'clip_ratio/high_max',
  'clip_ratio/region_mean',
  'sampling/sampling_logp_difference/mean',
  'sampling/sampling_logp_difference/max',
  'sampling/importance_sampling_ratio/min',
  'sampling/importance_sampling_ratio/mean',
  'sampling/importance_sampling_ratio/max',
  'vespo/phi_seq_mean',
] as const;

/** Settings of policyLoss, in the order of the operator's arguments. */
export const policyFields = {
  /** Over what the ratio is taken; types that have a level of their own refuse another. Default: the type's. */
  importanceSamplingLevel: { type: ['token', 'sequence'], default: null },
  /** Default: the type's. */
  aggregation: { type: aggregations, default: null },
  /**
   * The ratio is clipped to [1 - epsilon, 1 + epsilonHigh]; epsilonHigh defaults to epsilon. For geo_mean bounds of the
   * log-ratio, for dppo_* thresholds of the divergence; for cispo epsilonHigh is the upper bound of the weight itself.
   */
  epsilon: { type: 'bound', min: 0, default: 0.2 },
  epsilonHigh: { type: 'bound', min: 0, default: null, whenNull: 'epsilon' },
  /** Upper bound of the unclipped ratio, more than 1 + epsilonHigh (two-sided clipping). dppo_*: of the weight, default 20. */
  delta: { type: 'bound', above: 0, default: null, whenNull: Infinity },
  /** Where A < 0 the loss is at most dualClip |A| (arXiv 1912.09729; often 3). Default: no bound. */
  dualClip: { type: 'bound', above: 1, default: null, whenNull: Infinity },
  /** cispo: 'absolute' bounds the weight by epsilonHigh (TRL), 'relative' clips it to [1 - epsilon, 1 + epsilonHigh] (verl). */
  cispoBound: { type: ['absolute', 'relative'], default: 'absolute' },
  /** Temperature of sapo's gate where A > 0. Default 1. */
  sapoTemperaturePos: { type: 'bound', above: 0, default: 1 },
  /** The same where A <= 0. Default 1.05. */
  sapoTemperatureNeg: { type: 'bound', above: 0, default: 1.05 },
  /** Exponent and rate of vespo's weight where A >= 0. Defaults 2 and 3. */
  vespoKPos: { type: 'number', default: 2 },
  vespoLambdaPos: { type: 'number', default: 3 },
  /** The same where A < 0. Defaults 3 and 2. */
  vespoKNeg: { type: 'number', default: 3 },
  vespoLambdaNeg: { type: 'number', default: 2 },
  /** Weight of the KL penalty to the reference. Default 0. */
  beta: { type: 'number', min: 0, default: 0 },
  /** Default 'k3'. */
  klEstimator: { type: ['k1', 'k2', 'k3', 'abs'], default: 'k3' },
  /** Multiplies the penalty by the ratio, which makes its gradient unbiased off-policy (arXiv 2512.02556). Default true. */
  useBiasCorrectionKl: { type: 'boolean', default: true },
  /** How the weight exp(oldLogp - samplerLogp) is bounded, and whether it is a token's or a sequence's. Default 'none'. */
  importanceCorrection: {
    type: ['none', 'token_truncate', 'token_mask', 'sequence_truncate', 'sequence_mask'],
    default: 'none',
  },
  /** Default: no lower bound. */
  importanceCorrectionMin: { type: 'bound', min: 0, default: null, whenNull: -Infinity },
  /** Default 3; null: no upper bound. */
  importanceCorrectionMax: { type: 'bound', min: 0, default: 3, nullable: true, whenNull: Infinity },
  /** A sequence's weight is exp of the sum over its tokens (TRL) or of their mean (verl's geometric mean). Default 'sum'. */
  importanceCorrectionReduction: { type: ['sum', 'mean'], default: 'sum' },
  /** Whether the weight multiplies the KL penalty too (ms-swift). Default false (TRL). */
  importanceCorrectionKl: { type: 'boolean', default: false },
  /**
   * Drops the policy term of tokens with A < 0 in sequences whose mean of samplerLogp (or oldLogp) - logp exceeds this
   * (DeepSeek-V3.2, arXiv 2512.02556). Default: none.
   */
  offPolicyMaskThreshold: { type: 'bound', default: null, whenNull: Infinity },
  /** Only this fraction of the tokens, those of the highest entropy, has a policy term (arXiv 2506.01939). Default 1. */
  topEntropyQuantile: { type: 'bound', min: 0, max: 1, default: 1 },
  /** The same by the entropy itself: tokens at or above it. */
  entropyThreshold: { type: 'bound', default: null, whenNull: -Infinity },
  /** Weight of the mean entropy, which is subtracted from the loss. Default 0. */
  entropyCoef: { type: 'number', default: 0 },
  /** The denominator of dr_grpo. */
  maxCompletionLength: { type: 'count', default: null },
  /** Tokens in the loss over all micro-batches of an optimizer step. Default: those of this call. */
  numItemsInBatch: { type: 'number', min: 0, default: null },
  /** Sequences over all micro-batches of an optimizer step. Default: those of this call. */
  numSequencesInBatch: { type: 'count', default: null },
} as const satisfies Record<string, LossField>;

/** Settings that a call knows, not a configuration. */
export const callFields = ['maxCompletionLength', 'numItemsInBatch', 'numSequencesInBatch'] as const;

/** A row of the table of terms. */
export interface PolicyTermRow {
  formula: string;
  source: string;
  /** Settings that this term alone reads, or reads in its own way. All terms read the others. */
  fields: readonly (keyof typeof policyFields)[];
  /** Defaults that differ from the field's. */
  defaults?: Partial<Record<keyof typeof policyFields, number>>;
  /** Metrics by the names under which they are reported. */
  metrics?: Readonly<Record<string, (typeof policyMetrics)[number]>>;
}

const clipRatios = Object.fromEntries(
  policyMetrics.filter((name) => name.startsWith('clip_ratio/')).map((name) => [name, name]),
);

/** What a token costs, KL penalty and weights apart. */
export const policyTerms = {
  clipped: {
    formula: '-min(min(r, delta) A, clip(r, lo, hi) A), at most dualClip |A| where A < 0',
    source: 'PPO, arXiv 1707.06347; delta: INTELLECT-2, arXiv 2505.07291',
    fields: ['epsilon', 'epsilonHigh', 'delta', 'dualClip'],
    metrics: clipRatios,
  },
  geo_mean: {
    formula: '-exp(mean_t d_t) A, d_t = min(log r_t, epsilonHigh) where A >= 0, else max(log r_t, -epsilon)',
    source: 'GMPO, arXiv 2507.20673',
    fields: ['epsilon', 'epsilonHigh'],
    metrics: clipRatios,
  },
  sapo: {
    formula:
      '-(4 / tau) sigmoid(tau (r - 1)) A, tau = sapoTemperaturePos where A > 0, else sapoTemperatureNeg',
    source: 'SAPO, arXiv 2511.20347',
    fields: ['sapoTemperaturePos', 'sapoTemperatureNeg'],
  },
  cispo: {
    formula: "-sg(min(r, epsilonHigh)) A log pi; cispoBound 'relative': -sg(clip(r, lo, hi)) A log pi",
    source: 'CISPO (MiniMax-M1), arXiv 2506.13585; epsilonHigh about 5 in the paper',
    fields: ['epsilon', 'epsilonHigh', 'cispoBound'],
    metrics: { cispo_clip_ratio: 'clip_ratio/region_mean' },
  },
  dppo_tv: {
    formula: '-sg(min(r, delta)) A log pi; 0 where pi - pi_old > epsilonHigh (A > 0) or < -epsilon (A <= 0)',
    source: 'DPPO, arXiv 2602.04879; delta: verl',
    fields: ['epsilon', 'epsilonHigh', 'delta'],
    defaults: { delta: 20 },
    metrics: clipRatios,
  },
  dppo_kl: {
    formula:
      '-sg(min(r, delta)) A log pi; 0 where pi moved in the direction of A and KL of the two binary distributions of ' +
      'this token against all others > epsilonHigh (A > 0) or epsilon (A <= 0)',
    source: 'DPPO, arXiv 2602.04879; delta: verl',
    fields: ['epsilon', 'epsilonHigh', 'delta'],
    defaults: { delta: 20 },
    metrics: clipRatios,
  },
  vespo: {
    formula:
      '-sg(exp(lambda) w^k exp(-lambda w)) A log pi, w the ratio of the whole sequence times its importance weights, ' +
      'k and lambda vespoKPos and vespoLambdaPos where A >= 0, else vespoKNeg and vespoLambdaNeg',
    source: 'VESPO, arXiv 2602.10693',
    fields: ['vespoKPos', 'vespoLambdaPos', 'vespoKNeg', 'vespoLambdaNeg'],
    metrics: { 'vespo/phi_seq_mean': 'vespo/phi_seq_mean' },
  },
  reinforce: {
    formula: '-A log pi',
    source: 'Williams 1992',
    fields: [],
  },
} as const satisfies Record<string, PolicyTermRow>;

export type PolicyTerm = keyof typeof policyTerms;

/** A row of the table of losses. */
export interface PolicyLossRow {
  term: PolicyTerm;
  /** Over what the ratio is taken. */
  level: RatioLevel;
  /** Whether importanceSamplingLevel may choose another level. */
  anyLevel?: true;
  aggregation: Aggregation;
  source: string;
}

const clipped = { term: 'clipped', level: 'token', anyLevel: true } as const;
const sequenceMeans = { aggregation: 'seq-mean-token-mean' } as const;
const tokenMean = { level: 'token', aggregation: 'token-mean' } as const;

/** The types of policyLoss: a term, the level of its ratio, an aggregation. */
export const policyLosses = {
  /** Short and long completions count the same. */
  grpo: { ...clipped, ...sequenceMeans, source: 'GRPO (DeepSeekMath), arXiv 2402.03300' },
  /** The tokens of this call alone: under accumulation the mean of the calls' means. No Beta normalisation of rewards. */
  bnpo: { ...clipped, aggregation: 'local-token-mean', source: 'TRL; the name: BNPO, arXiv 2506.02864' },
  /** A constant denominator: a completion's length does not change the weight of its tokens. Advantages of mode 'none'. */
  dr_grpo: { ...clipped, aggregation: 'seq-mean-token-sum-norm', source: 'Dr. GRPO, arXiv 2503.20783' },
  /** Every token of the optimizer step counts the same; epsilonHigh > epsilon. */
  dapo: { ...clipped, aggregation: 'token-mean', source: 'DAPO, arXiv 2503.14476' },
  /** One ratio for a completion, exp of the mean of its tokens' log-ratios; the paper clips at 3e-4 and 4e-4. */
  gspo: { ...sequenceMeans, term: 'clipped', level: 'sequence', source: 'GSPO, arXiv 2507.18071' },
  /** The same value with each token's own gradient, sg(r) pi / sg(pi), for advantages that differ within a completion. */
  gspo_token: {
    ...sequenceMeans,
    term: 'clipped',
    level: 'sequence_token',
    source: 'GSPO, arXiv 2507.18071',
  },
  cispo: { ...tokenMean, term: 'cispo', anyLevel: true, source: 'CISPO (MiniMax-M1), arXiv 2506.13585' },
  sapo: { ...sequenceMeans, term: 'sapo', level: 'token', anyLevel: true, source: 'SAPO, arXiv 2511.20347' },
  vespo: { ...tokenMean, term: 'vespo', source: 'VESPO, arXiv 2602.10693' },
  /** GSPO's loss of a completion times its length, so that long completions are not held back. */
  luspo: {
    ...clipped,
    level: 'sequence',
    aggregation: 'seq-mean-token-sum',
    source: 'LUSPO, arXiv 2602.05261',
  },
  geo_mean: { ...sequenceMeans, term: 'geo_mean', level: 'token', source: 'GMPO, arXiv 2507.20673' },
  dppo_tv: { ...tokenMean, term: 'dppo_tv', source: 'DPPO, arXiv 2602.04879' },
  dppo_kl: { ...tokenMean, term: 'dppo_kl', source: 'DPPO, arXiv 2602.04879' },
  /** REINFORCE on advantages of mode 'none'. */
  gpg: { ...tokenMean, term: 'reinforce', source: 'GPG, arXiv 2504.02546' },
  reinforce: { ...tokenMean, term: 'reinforce', source: 'Williams 1992' },
} as const satisfies Record<string, PolicyLossRow>;

export const defaultPolicyLoss = 'dapo' satisfies keyof typeof policyLosses;
