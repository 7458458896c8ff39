// The settings of PRMTrainer under the names of TRL's PRMConfig, in camelCase.

import { z } from 'zod';
import { fitsStep, parseConfig, samplesInStep, size, trainingFields } from '../config.js';
import { fitsSchedule, schedulePair } from '../schedule.js';

export const prmSchema = z
  .strictObject({
    ...trainingFields,
    learningRate: z.number().positive().default(1e-5),
    /** Records in a micro-batch. */
    perDeviceTrainBatchSize: size.default(8),
    /** Tokens of prompt and steps: what ends beyond it is not learned. Null: no limit. */
    maxLength: size.nullable().default(null),
    disableDropout: z.boolean().default(true),
  })
  .refine(fitsSchedule, schedulePair)
  .refine(fitsStep, samplesInStep);

export type PRMConfig = z.infer<typeof prmSchema>;
export type PRMConfigInput = z.input<typeof prmSchema>;

/** @throws ConfigError naming each wrong field */
export const parsePRMConfig = (input: unknown): PRMConfig =>
  parseConfig('PRMConfig', prmSchema, prmSchema.shape, input);
