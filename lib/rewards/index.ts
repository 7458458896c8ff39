// Scoring of completions.

export { normaliseAnswer, parseOption } from '../data/index.js';
export { answerReward } from './answer.js';
export { type AnswerRule, isCorrect } from './answer-score.js';
export { type CompletenessRewardOptions, completenessReward } from './completeness.js';
export { type ConsistencyRewardOptions, consistencyReward } from './consistency.js';
export {
  type FormatRewardOptions,
  followsProtocol,
  formatReward,
  isStrictlyFormed,
  isWellFormed,
} from './format.js';
export type { Judge, JudgeRequest } from './judge.js';
export {
  makeReward,
  type RewardDefinition,
  type RewardSetting,
  RewardSettingError,
  rewardList,
  type WeightedReward,
} from './list.js';
export { type ModalityRewardOptions, modalityReward } from './modality.js';
export { type Necessity, type NecessityRewardOptions, necessityReward } from './necessity.js';
export { answerText, type TimedCaption, thinking, timedCaptions } from './parse.js';
export {
  directly,
  finalQuestionOf,
  instructed,
  type Protocol,
  type ProtocolName,
  type ProtocolOption,
  protocolNames,
  protocolOf,
  protocolTexts,
  withReply,
} from './protocol.js';
export { RewardError, type ScoredBatch, scoreCompletions, totalRewards } from './score.js';
export {
  type AnswerStyle,
  type TargetTurn,
  targetCaptions,
  targetCompletion,
  targetTurns,
} from './target.js';
export { type TemporalRewardOptions, temporalReward } from './temporal.js';
export type { RewardBatch, RewardFunc, Scores } from './types.js';
