// Training: loops, checkpoints, callbacks.

export {
  earlyStopping,
  type TrainerCallback,
  type TrainerControl,
  type TrainerState,
} from './callbacks.js';
export { checkpointSteps } from './checkpoint.js';
export {
  ConfigError,
  type GRPOConfig,
  type GRPOConfigInput,
  type GraphPart,
  grpoSchema,
  parseGRPOConfig,
} from './config.js';
export { FolderLock } from './folder-lock.js';
export { type CompletionLogprobs, completionLogprobs, type LogprobOptions } from './forward.js';
export { admission } from './grpo/admit.js';
export { type CompletionRecord, readCompletions } from './grpo/completion-record.js';
export { CompletionsByStep } from './grpo/completions-by-step.js';
export { evaluatedMetrics, idleEvaluationSetting } from './grpo/evaluate.js';
export type { GeneratedGroup, RewardedGroup, WeightedGroup } from './grpo/groups.js';
export { GRPOTrainer, type GRPOTrainerOptions } from './grpo/trainer.js';
export { type EndingSignal, exitCodeOf, isTraining, onSignals } from './interrupt.js';
export { csvLog } from './logging/csv.js';
export { tensorBoardLog } from './logging/tensorboard.js';
export { type MetricsLine, readMetrics } from './metrics.js';
export type { TrainableModel } from './model.js';
export type { Evaluation } from './model-metric.js';
export { trainedParameters } from './policy.js';
export { type DPOConfig, type DPOConfigInput, dpoSchema, parseDPOConfig } from './preference/config.js';
export { DPOTrainer, type DPOTrainerOptions } from './preference/dpo-trainer.js';
export { learnedTree } from './preference/loss.js';
export { preferencePairs } from './preference/pairs.js';
export {
  type ProcessDPOConfig,
  type ProcessDPOConfigInput,
  parseProcessDPOConfig,
  processDPOSchema,
} from './preference/process-config.js';
export { ProcessDPOTrainer, type ProcessDPOTrainerOptions } from './preference/process-dpo-trainer.js';
export { processPairs, processRows } from './preference/process-pairs.js';
export { type PRMConfig, type PRMConfigInput, parsePRMConfig, prmSchema } from './prm/config.js';
export { type RewardRecord, rewardExamples, rewardRows } from './prm/examples.js';
export { rewardHeadFile } from './prm/reward-head.js';
export { RewardModel } from './prm/reward-model.js';
export { PRMTrainer, type PRMTrainerOptions } from './prm/trainer.js';
export { differences } from './resume.js';
export { type RunRecord, readRecords, recordRun, runRecordFile } from './run-record.js';
export { parseSFTConfig, type SFTConfig, type SFTConfigInput, sftSchema } from './sft/config.js';
export { type SFTRow, targetLength } from './sft/examples.js';
export { type FormatCompletion, mixtureProblem } from './sft/lessons.js';
export { SFTTrainer, type SFTTrainerOptions } from './sft/trainer.js';
export type { TrainResult } from './training-loop.js';
export { evaluationProblem } from './training-options.js';
