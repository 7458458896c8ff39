/** The DPO family: losses of pairs of completions, one of which is preferred. */

import { checkOptions, kinds, type OptionKind, orNull, scope, type Tensor, torch } from '../tensor/index.js';

export const preferenceLossTypes = [
  'sigmoid',
  'hinge',
  'ipo',
  'exo_pair',
  'nca_pair',
  'robust',
  'bco_pair',
  'sppo_hard',
  'aot',
  'aot_unpaired',
  'apo_zero',
  'apo_down',
  'discopop',
  'sft',
  'sigmoid_norm',
  'process',
] as const;

export type PreferenceLossType = (typeof preferenceLossTypes)[number];

export interface PreferenceLossOptions {
  /** Default 'sigmoid'. */
  type?: PreferenceLossType;
  /** How strongly the policy is held to the reference. Default 0.1. */
  beta?: number;
  /**
   * Share of pairs whose labels are taken to be wrong: cDPO for sigmoid (and sigmoid_norm, aot), robust DPO for robust;
   * for exo_pair the target probability of the rejected one, more than 0. Default 0.
   */
  labelSmoothing?: number;
  /** 'process': probability that the chosen one is preferred, [pairs]. */
  alpha?: Tensor | null;
  /** Weight of each pair (of a step, of WPO), [pairs], without gradient. Default 1 each. */
  weight?: Tensor | null;
  /** Tokens of the completions, [pairs]: sigmoid_norm and sft need them, ipo averages scores over them where given. */
  chosenLengths?: Tensor | null;
  rejectedLengths?: Tensor | null;
  /** 'aot': log pi_ref(chosen) - log pi_ref(rejected), [pairs]. Default 0, as without a reference. */
  referenceMargin?: Tensor | null;
  /** 'sft': log-probability of the chosen completions, [pairs], differentiable. */
  chosenLogp?: Tensor | null;
  /** Subtracted from beta D: SimPO's gamma (arXiv 2405.14734). Default 0. */
  margin?: number;
  /** Default 0.05. */
  discopopTau?: number;
  /** Score map of the losses of D: f-DPO, arXiv 2309.16240. Default 'reverse_kl'. */
  fDivergenceType?: 'reverse_kl' | 'forward_kl' | 'js_divergence' | 'alpha_divergence';
  /** Of 'alpha_divergence'. Default 0.5. */
  fAlphaDivergenceCoef?: number;
  /** Pairs over all micro-batches of an optimizer step. Default: those of this call. */
  numPairsInBatch?: number | null;
}

/** @internal The operator checks what is passed on, and ranges. */
export const preferenceOptionKinds: Readonly<Record<keyof PreferenceLossOptions, OptionKind>> = {
  type: kinds.passedOn,
  beta: kinds.number,
  labelSmoothing: kinds.number,
  alpha: kinds.passedOn,
  weight: kinds.passedOn,
  chosenLengths: kinds.passedOn,
  rejectedLengths: kinds.passedOn,
  referenceMargin: kinds.passedOn,
  chosenLogp: kinds.passedOn,
  margin: kinds.number,
  discopopTau: kinds.number,
  fDivergenceType: kinds.passedOn,
  fAlphaDivergenceCoef: kinds.number,
  numPairsInBatch: orNull(kinds.number),
};

export interface PreferenceLoss {
  /** Scalar: sum over pairs of weight times loss, over the number of pairs. Differentiable (once) in both log-ratios. */
  loss: Tensor;
  /** beta times the log-ratios, [pairs], detached. */
  chosenRewards: Tensor;
  rejectedRewards: Tensor;
}

/**
 * The formula of each type stands in lib/algorithms/preference-loss.ts. The arithmetic is in float64 on the host: a number a pair is
 * copied there from a GPU, the loss and its gradients back.
 *
 * @param chosenLogratio [pairs]: log pi - log pi_ref of the preferred completion, summed over its tokens (log pi alone
 * without a reference)
 * @param rejectedLogratio [pairs], the same of the other
 * @throws TypeError for unknown options, TorchError naming the option, its value and what was expected
 */
export function preferenceLoss(
  chosenLogratio: Tensor,
  rejectedLogratio: Tensor,
  options: PreferenceLossOptions = {},
): PreferenceLoss {
  checkOptions('preferenceLoss', options, preferenceOptionKinds);
  const named = Object.entries(options).filter(([, value]) => value !== undefined);
  return scope(() => {
    const [loss, chosenRewards, rejectedRewards] = torch.ops.earsight.preference_loss(
      chosenLogratio,
      rejectedLogratio,
      Object.fromEntries(named),
    ) as [Tensor, Tensor, Tensor];
    return { loss, chosenRewards, rejectedRewards };
  });
}
