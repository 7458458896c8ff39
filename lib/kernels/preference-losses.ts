/**
 * The table of preference losses: for each its formula, source and what it reads, and the settings with their ranges and
 * defaults. Plain data. The types and checks of preferenceLoss and the C++ enumeration, settings and schema follow from
 * it: scripts/generate-losses writes native/kernels/policy/losses.generated.h and native/ops/losses.generated.h.
 *
 *   c, l  log pi / pi_ref of the chosen and the rejected completion, summed over tokens       b, e  beta, labelSmoothing
 *   D     f(c) - f(l), f the score map of the divergence (f(x) = x for reverse KL)            s     sigmoid
 *   z     bD - margin
 */

import type { LossField } from './loss-fields.js';

/** Settings of preferenceLoss, in the order of the operator's arguments. */
export const preferenceFields = {
  /** How strongly the policy is held to the reference. Default 0.1. */
  beta: { type: 'number', above: 0, default: 0.1 },
  /**
   * Fraction of pairs whose labels are taken to be wrong: cDPO for sigmoid (and sigmoid_norm, aot), robust DPO for robust;
   * for exo_pair the target probability of the rejected one, more than 0. Default 0.
   */
  labelSmoothing: { type: 'number', min: 0, max: 1, default: 0 },
  alpha: { type: 'tensor', default: null },
  weight: { type: 'tensor', default: null },
  chosenLengths: { type: 'tensor', default: null },
  rejectedLengths: { type: 'tensor', default: null },
  referenceMargin: { type: 'tensor', default: null },
  chosenLogp: { type: 'tensor', default: null },
  /** Subtracted from beta D: SimPO's gamma (arXiv 2405.14734). Default 0. */
  margin: { type: 'number', default: 0 },
  /** Default 0.05. */
  discopopTau: { type: 'number', above: 0, default: 0.05 },
  /** Score map of the losses of D: f-DPO, arXiv 2309.16240. Default 'reverse_kl'. */
  fDivergenceType: {
    type: ['reverse_kl', 'forward_kl', 'js_divergence', 'alpha_divergence'],
    default: 'reverse_kl',
  },
  /** Of 'alpha_divergence'. Default 0.5. */
  fAlphaDivergenceCoef: { type: 'number', default: 0.5 },
  /** Pairs over all micro-batches of an optimizer step. Default: those of this call. */
  numPairsInBatch: { type: 'count', default: null },
} as const satisfies Record<string, LossField>;

type Name = keyof typeof preferenceFields;

/** A row of the table. */
export interface PreferenceLossRow {
  formula: string;
  source: string;
  /** The loss whose formula it has. */
  as?: string;
  /** Whether it is a loss of D, which a divergence maps. */
  ofDifference?: true;
  /** Whether scores are averaged over tokens where lengths are given. */
  averages?: true;
  /** What must be given. */
  needs?: readonly Name[];
  /** What it reads beside beta, weight, numPairsInBatch and, for losses of D, the divergence. */
  reads: readonly Name[];
  /** Narrower ranges. */
  ranges?: Partial<Record<Name, Pick<LossField, 'min' | 'above' | 'max' | 'below'>>>;
}

/** The types of preferenceLoss: TRL's DPOConfig loss_type, and process. */
export const preferenceLosses = {
  sigmoid: {
    formula: '-(1 - e) log s(z) - e log s(-z)',
    source: 'DPO, arXiv 2305.18290; e > 0: cDPO',
    ofDifference: true,
    reads: ['labelSmoothing', 'margin'],
  },
  hinge: {
    formula: 'relu(1 - z)',
    source: 'SLiC, arXiv 2305.10425',
    ofDifference: true,
    reads: ['margin'],
  },
  ipo: {
    formula: '(f(c) / L_c - f(l) / L_l - 1 / (2b))^2, L = 1 without lengths',
    source: 'IPO, arXiv 2310.12036',
    ofDifference: true,
    averages: true,
    reads: ['chosenLengths', 'rejectedLengths'],
  },
  exo_pair: {
    formula: 'KL((s(z), s(-z)) || (1 - e, e))',
    source: 'EXO, arXiv 2402.00856; e = 1e-3',
    ofDifference: true,
    reads: ['labelSmoothing', 'margin'],
    ranges: { labelSmoothing: { above: 0, below: 1 } },
  },
  nca_pair: {
    formula: '-log s(bc) - log s(-bc) / 2 - log s(-bl) / 2',
    source: 'NCA, arXiv 2402.05369',
    reads: [],
  },
  robust: {
    formula: '(-(1 - e) log s(z) + e log s(-z)) / (1 - 2e)',
    source: 'robust DPO, arXiv 2403.00409',
    ofDifference: true,
    reads: ['labelSmoothing', 'margin'],
    ranges: { labelSmoothing: { min: 0, below: 0.5 } },
  },
  bco_pair: { formula: '-log s(bc) - log s(-bl)', source: 'BCO, arXiv 2404.04656', reads: [] },
  sppo_hard: {
    formula: '(c - 1 / (2b))^2 + (l + 1 / (2b))^2',
    source: 'SPPO, arXiv 2405.00675',
    reads: [],
  },
  aot: {
    formula: 'sigmoid of z from the sorted margins of the policy against the sorted referenceMargin',
    source: 'AOT, arXiv 2406.05882',
    reads: ['labelSmoothing', 'margin', 'referenceMargin'],
  },
  aot_unpaired: {
    formula: 'sigmoid of z from the sorted c against the sorted l',
    source: 'AOT, arXiv 2406.05882',
    reads: ['labelSmoothing', 'margin'],
  },
  apo_zero: { formula: '1 - s(bc) + s(bl)', source: 'APO, arXiv 2408.06266', reads: [] },
  apo_down: { formula: 's(bc) + 1 - s(b(c - l))', source: 'APO, arXiv 2408.06266', reads: [] },
  discopop: {
    formula: '-(1 - g) log s(z) + g exp(-z), g = s(z / discopopTau)',
    source: 'DiscoPOP, arXiv 2406.08414',
    ofDifference: true,
    reads: ['margin', 'discopopTau'],
  },
  sft: {
    formula: '-sum log pi(chosen) / sum L_c',
    source: 'the NLL term of RPO, arXiv 2404.19733, and MPO, arXiv 2411.10442',
    needs: ['chosenLogp', 'chosenLengths'],
    reads: ['chosenLogp', 'chosenLengths'],
  },
  sigmoid_norm: {
    formula: 'sigmoid of z from f(c) / L_c - f(l) / L_l',
    source: 'TRL',
    as: 'sigmoid',
    ofDifference: true,
    averages: true,
    needs: ['chosenLengths', 'rejectedLengths'],
    reads: ['labelSmoothing', 'margin', 'chosenLengths', 'rejectedLengths'],
  },
  process: {
    formula: '-alpha log s(z) - (1 - alpha) log s(-z)',
    source: 'process DPO (video-SALMONN-o1), arXiv 2502.11775',
    ofDifference: true,
    needs: ['alpha'],
    reads: ['alpha', 'margin'],
  },
} as const satisfies Record<string, PreferenceLossRow>;

export const defaultPreferenceLoss = 'sigmoid' satisfies keyof typeof preferenceLosses;
