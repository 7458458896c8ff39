/** TypeScript functions and types of our own operators. */
export {
  type AvAttentionOptions,
  type AvAttentionResult,
  avAttention,
  type RotaryTables,
} from './av-attention.js';
export { type DecodeAttentionOptions, decodeAttention } from './decode-attention.js';
export {
  type AdvantageMode,
  type AdvantageOptions,
  advantageModes,
  advantageOptionNames,
  groupAdvantage,
} from './group-advantage.js';
export { type HeadChoice, type HeadChoiceOptions, headChoice } from './head-choice.js';
export { linear } from './linear.js';
export { type LinearKlOptions, linearKl } from './linear-kl.js';
export {
  type LinearLogprobOptions,
  type LinearLogprobResult,
  linearLogprob,
} from './linear-logprob.js';
export { inRange, type LossField, type LossFieldValue, rangeOf, withDefaults } from './loss-fields.js';
export { maxNodeLevels, type NodeRow, NodeTable, nodeTable, type RowRange } from './node-table.js';
export {
  type PackedWeight,
  type PackOptions,
  packedGated,
  packedLinear,
  packGated,
  packLinear,
} from './packed-linear.js';
export {
  type PolicyLoss,
  type PolicyLossOptions,
  type PolicyLossSettings,
  type PolicyLossType,
  policyLoss,
  policyLossTypes,
  policyOptionKinds,
} from './policy-loss.js';
export {
  type Aggregation,
  aggregations,
  callFields,
  defaultPolicyLoss,
  type PolicyLossRow,
  type PolicyTerm,
  type PolicyTermRow,
  policyFields,
  policyLosses,
  policyTerms,
  type RatioLevel,
} from './policy-losses.js';
export {
  type PreferenceLoss,
  type PreferenceLossOptions,
  type PreferenceLossSettings,
  type PreferenceLossType,
  preferenceLoss,
  preferenceLossTypes,
  preferenceOptionKinds,
} from './preference-loss.js';
export {
  defaultPreferenceLoss,
  type PreferenceLossRow,
  preferenceFields,
  preferenceLosses,
} from './preference-losses.js';
export { rmsNorm } from './rms-norm.js';
