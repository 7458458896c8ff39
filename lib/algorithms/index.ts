// The algorithms floor: pure maths on tensors, one algorithm a file. Training runs on the kernels (groupAdvantage,
// policyLoss, preferenceLoss); the plain versions are their definition in tensor operations.

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
export { plainPreferenceLoss } from './dpo.js';
export { plainGroupAdvantage } from './group-advantage.js';
export { mixedPreferenceLoss } from './mixed-preference.js';
export { type PairLogratios, type PairOptions, pairLogratios, wpoWeights } from './pairs.js';
export { plainPolicyLoss, policyLoss } from './policy-loss.js';
export { hardLabels, processDpo, softLabels } from './process-dpo.js';
export { sftLoss } from './sft.js';
export { groupStatistics, type Statistics, statistics } from './statistics.js';
export { type TokenLogprobs, tokenLogprobs } from './token-logprobs.js';
