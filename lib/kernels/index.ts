/** Typed faces of our own operators. */
export {
  type AvAttentionOptions,
  type AvAttentionResult,
  avAttention,
  type RotaryTables,
} from './av-attention.js';
export {
  type AdvantageMode,
  type AdvantageOptions,
  advantageModes,
  advantageOptionNames,
  groupAdvantage,
} from './group-advantage.js';
export {
  type LinearLogprobOptions,
  type LinearLogprobResult,
  linearLogprob,
} from './linear-logprob.js';
export { maxNodeLevels, type NodeRow, NodeTable, nodeTable, type RowRange } from './node-table.js';
export {
  type Aggregation,
  aggregations,
  type PolicyLoss,
  type PolicyLossOptions,
  type PolicyLossType,
  policyLoss,
  policyLossTypes,
  policyOptionKinds,
} from './policy-loss.js';
export {
  type PreferenceLoss,
  type PreferenceLossOptions,
  type PreferenceLossType,
  preferenceLoss,
  preferenceLossTypes,
  preferenceOptionKinds,
} from './preference-loss.js';
