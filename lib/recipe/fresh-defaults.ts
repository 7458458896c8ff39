/**
 * Settings of the stages for a fresh small model. The trainers' own defaults are those of Hugging Face and TRL,
 * made for models that know most things already; these are for one that knows nothing. `warmupSteps` is the most that a
 * stage of a recipe warms up: a tenth of its steps where that is less.
 */
import type { GRPOConfigInput, SFTConfigInput } from '../train/index.js';

const alignment = {
  learningRate: 7e-4,
  optim: 'muon',
  muonLearningRate: 1.4e-3,
  lrSchedulerType: 'cosine',
  perDeviceTrainBatchSize: 52,
  numTrainEpochs: 9,
  warmupSteps: 40,
  weightDecay: 0.05,
  adamBeta2: 0.98,
  saveTotalLimit: 2,
} satisfies SFTConfigInput;

const sft = {
  learningRate: 7e-4,
  optim: 'muon',
  muonLearningRate: 1.4e-3,
  perDeviceTrainBatchSize: 12,
  numTrainEpochs: 6,
  warmupSteps: 40,
  weightDecay: 0.05,
  adamBeta2: 0.98,
  saveTotalLimit: 2,
} satisfies SFTConfigInput;

const grpo = {
  learningRate: 1e-4,
  numGenerations: 8,
  perDeviceTrainBatchSize: 128,
  numTrainEpochs: 4,
  warmupSteps: 5,
  maxCompletionLength: 48,
  saveTotalLimit: 2,
} satisfies GRPOConfigInput;

export const freshDefaults = { alignment, sft, grpo };
