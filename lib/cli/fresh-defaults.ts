/**
 * Settings of the stages for a fresh small model. The trainers' own defaults are those of Hugging Face and TRL,
 * made for models that know most things already; these are for one that knows nothing.
 */
import type { GRPOConfigInput, SFTConfigInput } from '../train/index.js';

const alignment: SFTConfigInput = {
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
};

const sft: SFTConfigInput = {
  learningRate: 7e-4,
  optim: 'muon',
  muonLearningRate: 1.4e-3,
  perDeviceTrainBatchSize: 12,
  numTrainEpochs: 6,
  warmupSteps: 40,
  weightDecay: 0.05,
  adamBeta2: 0.98,
  saveTotalLimit: 2,
};

const grpo: GRPOConfigInput = {
  learningRate: 1e-4,
  numGenerations: 8,
  perDeviceTrainBatchSize: 128,
  numTrainEpochs: 4,
  warmupSteps: 5,
  maxCompletionLength: 48,
  saveTotalLimit: 2,
};

export const freshDefaults = { alignment, sft, grpo };
