// Several preference losses at once, each with its weight: RPO (sigmoid + sft, arXiv 2404.19733), MPO (0.8 sigmoid + 0.2
// bco_pair + 1.0 sft, arXiv 2411.10442).

import {
  type PreferenceLoss,
  type PreferenceLossOptions,
  type PreferenceLossType,
  preferenceLoss,
  preferenceLossTypes,
  preferenceOptionKinds,
} from '../kernels/index.js';
import { checkOptions, kinds, type OptionKind, type Tensor } from '../tensor/index.js';

const weightKinds = Object.fromEntries(preferenceLossTypes.map((type) => [type, kinds.number])) as Record<
  PreferenceLossType,
  OptionKind
>;
const { type: _, ...optionKinds } = preferenceOptionKinds;

/** @param weights of each type in the sum */
export function mixedPreferenceLoss(
  chosenLogratio: Tensor,
  rejectedLogratio: Tensor,
  weights: Partial<Record<PreferenceLossType, number>>,
  options: Omit<PreferenceLossOptions, 'type'> = {},
): PreferenceLoss {
  checkOptions('mixedPreferenceLoss: weights', weights, weightKinds);
  checkOptions('mixedPreferenceLoss', options, optionKinds);
  const parts = Object.entries(weights).map(([type, weight]) => {
    const part = preferenceLoss(chosenLogratio, rejectedLogratio, {
      ...options,
      type: type as PreferenceLossType,
    });
    return { ...part, loss: part.loss.mul(weight) };
  });
  const [first, ...others] = parts;
  if (!first) throw new RangeError('mixedPreferenceLoss: weights: expected at least one type of loss');
  return { ...first, loss: others.reduce((sum, { loss }) => sum.add(loss), first.loss) };
}
