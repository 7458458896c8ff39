// The settings of ProcessDPOTrainer: those of DPOTrainer that process DPO has, with the published values as defaults.

import { z } from 'zod';
import { preferenceFields, withDefaults } from '../../kernels/index.js';
import { fitsStep, only, parseConfig, samplesInStep, size, trainingFields } from '../config.js';
import { settingSchemas, settingsIn } from '../loss-settings.js';
import { fitsSchedule, schedulePair } from '../schedule.js';
import { type PairConfig, preferenceSettings } from './config.js';

export const processDPOSchema = z
  .strictObject({
    ...trainingFields,
    learningRate: z.number().positive().default(5e-6),
    /** Pairs in a micro-batch. */
    perDeviceTrainBatchSize: size.default(8),
    /** Tokens of prompt, shared steps and completion together; completions are cut there. Null: no limit. */
    maxLength: size.nullable().default(null),
    truncationMode: only('keep_start', "expected 'keep_start', which cuts the ends of completions"),
    ...settingSchemas(preferenceFields, ['beta']),
    /** Weight of the cross-entropy on the sample's reference answer, the mean over its tokens; 0: none is learned. */
    sftWeight: z.number().nonnegative().default(0),
    /**
     * How often the training is repeated, each time held to what the round before left: its adapter is merged, and a new one
     * is added. All other settings are of each round.
     */
    rounds: size.default(1),
    /** Nothing is dropped out of the policy, as nothing is of the reference. */
    disableDropout: z.boolean().default(true),
  })
  .refine(fitsSchedule, schedulePair)
  .refine(fitsStep, samplesInStep);

export type ProcessDPOConfig = z.infer<typeof processDPOSchema>;
export type ProcessDPOConfigInput = z.input<typeof processDPOSchema>;

/** @throws ConfigError naming each wrong field */
export const parseProcessDPOConfig = (input: unknown): ProcessDPOConfig =>
  parseConfig('ProcessDPOConfig', processDPOSchema, processDPOSchema.shape, input);

/** The loss that the settings mean, as the training of pairs has it: sums of log-probabilities, whatever the lengths. */
export function processLoss({
  beta,
}: ProcessDPOConfig): Omit<PairConfig, 'disableDropout' | 'maxLength' | 'perDeviceTrainBatchSize'> {
  return {
    ...settingsIn(preferenceSettings, withDefaults(preferenceFields, { beta })),
    lossType: ['process'],
    lossWeights: null,
    ldAlpha: null,
    useWeighting: false,
  };
}
