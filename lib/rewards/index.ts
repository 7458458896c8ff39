// Scoring of completions.

export { normaliseAnswer, parseOption } from '../data/index.js';
export { answer, isCorrect } from './answer.js';
export { format, isWellFormed } from './format.js';
export { type ModalityRewardOptions, modality, modalityReward } from './modality.js';
export { answerText, type TimedCaption, thinking, timedCaptions } from './parse.js';
export { RewardError, type ScoredBatch, scoreCompletions } from './score.js';
export { type AnswerStyle, targetCaptions, targetCompletion } from './target.js';
export type { RewardBatch, RewardFunc, Scores } from './types.js';
