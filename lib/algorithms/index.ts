// The algorithms floor: pure maths on tensors, one algorithm a file.

export {
  type AdvantageMode,
  type AdvantageOptions,
  groupAdvantage,
  groupStatistics,
  type Statistics,
  statistics,
} from './advantages.js';
export {
  type PolicyLoss,
  type PolicyLossOptions,
  type PolicyLossType,
  policyLoss,
  policyLossTypes,
} from './policy-loss.js';
export { sftLoss } from './sft.js';
export { type TokenLogprobs, tokenLogprobs } from './token-logprobs.js';
