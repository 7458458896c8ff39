/** Accuracy of a model on samples, by kind and view. */
export {
  type Accuracy,
  type Answered,
  accuracyTable,
  countAnswers,
  type EvaluateOptions,
  evaluate,
  evaluationViews,
  isOfText,
  kindLabel,
} from './accuracy.js';
export { benchmarkProtocol } from './benchmark/prompts.js';
export { type BenchmarkResults, type BenchmarkRunOptions, runBenchmark } from './benchmark/run.js';
export {
  type BenchmarkAnswer,
  type BenchmarkScore,
  type BenchmarkScores,
  benchmarkScores,
  type Detection,
} from './benchmark/score.js';
export { formatBenchmark } from './benchmark/text.js';
export { type Gain, gain } from './gain.js';
export {
  bootstrapInterval,
  type ClusterCount,
  type Interval,
  proportionInterval,
  tInterval,
} from './intervals.js';
export { answerLearning, captionLearning, isAtChance, type Learning } from './learning.js';
export type { AnsweringModel, CaptioningModel } from './model.js';
export { fixed, percent, points } from './number-text.js';
export {
  type BestOfNOptions,
  bestOfN,
  type ChosenPath,
  type MajorityVoteOptions,
  majorityVote,
  type PathChoice,
} from './path-votes.js';
export { temporalIoU } from './temporal-iou.js';
export { alignColumns, formatAccuracy, type StageAccuracy } from './text-table.js';
