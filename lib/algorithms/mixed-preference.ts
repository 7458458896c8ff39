// Several preference losses at once, each with its weight: RPO (sigmoid + sft, arXiv 2404.19733), MPO (0.8 sigmoid + 0.2
// bco_pair + 1.0 sft, arXiv 2411.10442).

import {
  type PreferenceLoss,
  type PreferenceLossOptions,
  type PreferenceLossRow,
  type PreferenceLossType,
  preferenceLoss,
  preferenceLosses,
  preferenceLossTypes,
  preferenceOptionKinds,
} from '../kernels/index.js';
import { checkOptions, kinds, type OptionKind, type Tensor } from '../tensor/index.js';

const weightKinds = Object.fromEntries(preferenceLossTypes.map((type) => [type, kinds.number])) as Record<
  PreferenceLossType,
  OptionKind
>;
const { type: _, ...optionKinds } = preferenceOptionKinds;

/** @param weights of each type in the sum
 * @param options reach the types that read them */
export function mixedPreferenceLoss(
  chosenLogratio: Tensor,
  rejectedLogratio: Tensor,
  weights: Partial<Record<PreferenceLossType, number>>,
  options: Omit<PreferenceLossOptions, 'type'> = {},
): PreferenceLoss {
  checkOptions('mixedPreferenceLoss: weights', weights, weightKinds);
  checkOptions('mixedPreferenceLoss', options, optionKinds);
  const parts = Object.entries(weights).map(([name, weight]) => {
    const type = name as PreferenceLossType;
    const part = preferenceLoss(chosenLogratio, rejectedLogratio, { ...optionsOf(type, options), type });
    return { ...part, loss: part.loss.mul(weight) };
  });
  const [first, ...others] = parts;
  if (!first) throw new RangeError('mixedPreferenceLoss: weights: expected at least one type of loss');
  return { ...first, loss: others.reduce((sum, { loss }) => sum.add(loss), first.loss) };
}

type Options = Omit<PreferenceLossOptions, 'type'>;

const ofAll: readonly string[] = ['beta', 'weight', 'numPairsInBatch'];
const ofDifferences: readonly string[] = ['fDivergenceType', 'fAlphaDivergenceCoef'];

function optionsOf(type: PreferenceLossType, options: Options): Options {
  const { reads, ofDifference }: PreferenceLossRow = preferenceLosses[type];
  const isRead = (name: string): boolean =>
    ofAll.includes(name) ||
    (reads as readonly string[]).includes(name) ||
    (ofDifference === true && ofDifferences.includes(name));
  return Object.fromEntries(Object.entries(options).filter(([name]) => isRead(name)));
}
