/** The DPO family: losses of pairs of completions, one of which is preferred. */

import { checkOptions, type OptionKind, oneOf, scope, type Tensor, torch } from '../tensor/index.js';
import type { LossSettings } from './loss-fields.js';
import { optionKindsOf } from './loss-options.js';
import { preferenceFields, preferenceLosses } from './preference-losses.js';

export type PreferenceLossType = keyof typeof preferenceLosses;

export const preferenceLossTypes = Object.keys(preferenceLosses) as [
  PreferenceLossType,
  ...PreferenceLossType[],
];

/** Settings of a preference loss; preferenceFields has their ranges and defaults. */
export type PreferenceLossSettings = LossSettings<typeof preferenceFields>;

export interface PreferenceLossOptions extends PreferenceLossSettings {
  /** Default 'sigmoid'. */
  type?: PreferenceLossType;
  /** 'process': probability that the chosen one is preferred, [pairs], 0 to 1. */
  alpha?: Tensor | null;
  /** Weight of each pair (of a step, of WPO), [pairs], finite, without gradient. Default 1 each. */
  weight?: Tensor | null;
  /** Tokens of the completions, [pairs], from 0 up: sigmoid_norm and sft need them, ipo averages scores over them where given. */
  chosenLengths?: Tensor | null;
  rejectedLengths?: Tensor | null;
  /** 'aot': log pi_ref(chosen) - log pi_ref(rejected), [pairs]. Default 0, as without a reference. */
  referenceMargin?: Tensor | null;
  /** 'sft': log-probability of the chosen completions, [pairs], differentiable. */
  chosenLogp?: Tensor | null;
}

/** @internal */
export const preferenceOptionKinds: Readonly<Record<keyof PreferenceLossOptions, OptionKind>> = {
  type: oneOf(...preferenceLossTypes),
  ...optionKindsOf(preferenceFields),
};

export interface PreferenceLoss {
  /** Scalar: sum over pairs of weight times loss, over the number of pairs. Differentiable (once) in both log-ratios. */
  loss: Tensor;
  /** beta times the log-ratios, [pairs], detached. */
  chosenRewards: Tensor;
  rejectedRewards: Tensor;
}

/**
 * The table in preference-losses.ts has the formula of each type. The arithmetic is in float64 on the host: a number a pair is
 * copied there from a GPU, the loss and its gradients back.
 *
 * @param chosenLogratio [pairs]: log pi - log pi_ref of the preferred completion, summed over its tokens (log pi alone
 * without a reference)
 * @param rejectedLogratio [pairs], the same of the other, on the same device
 * @throws TypeError for unknown options, RangeError for values out of range, TorchError naming the argument, its value and
 * what was expected
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
