// Scoring of completions.

export { normaliseAnswer, parseOption } from '../data/index.js';
export { answer, isCorrect } from './answer.js';
export { format, isWellFormed } from './format.js';
export { type AnswerStyle, goldCaptions, goldCompletion } from './gold.js';
export { type ModalityRewardOptions, modality, modalityReward } from './modality.js';
export { answerText, type Segment, segments, thinking } from './parse.js';
export { RewardError, type ScoredBatch, scoreCompletions } from './score.js';
export type { RewardBatch, RewardFunc, Scores } from './types.js';
