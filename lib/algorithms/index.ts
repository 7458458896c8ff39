// Pure maths on tensors. Training runs on the kernels (groupAdvantage, policyLoss, preferenceLoss); the reference forms
// define them in tensor operations.

export {
  type AdvantageMode,
  type AdvantageOptions,
  groupAdvantage,
  type PolicyLoss,
  type PolicyLossOptions,
  type PolicyLossType,
  type PreferenceLoss,
  type PreferenceLossOptions,
  type PreferenceLossType,
  policyLossTypes,
  preferenceLoss,
} from '../kernels/index.js';
export { referenceGroupAdvantage } from './group-advantage.js';
export { mixedPreferenceLoss } from './mixed-preference.js';
export { type PairLogratios, type PairOptions, pairLogratios, wpoWeights } from './pairs.js';
export { passAtK } from './pass-at-k.js';
export { policyLoss, referencePolicyLoss } from './policy-loss.js';
export { referencePreferenceLoss } from './preference-loss.js';
export { dftLoss, sftLoss } from './sft.js';
export { softLabelLoss } from './soft-labels.js';
export { type Statistics, statistics } from './statistics.js';
export { type TokenLogprobs, tokenLogprobs } from './token-logprobs.js';
