// The settings of SFTTrainer under the names of TRL's SFTConfig, in camelCase.

import { z } from 'zod';
import { fitsStep, only, parseConfig, samplesInStep, size, trainingFields } from '../config.js';
import { fitsSchedule, schedulePair } from '../schedule.js';

export const sftSchema = z
  .strictObject({
    ...trainingFields,
    learningRate: z.number().positive().default(2e-5),
    /** Rows in a micro-batch; with packing, packed sequences. */
    perDeviceTrainBatchSize: size.default(8),
    /** Tokens of a conversation, beyond which it is cut; with packing, of a packed sequence. Null: no limit. Samples are never cut. */
    maxLength: size.nullable().default(1024),
    /** What is left of a conversation that is too long. */
    truncationMode: z.enum(['keep_start', 'keep_end']).default('keep_start'),
    /** Of conversations, only what the assistant says is learned. */
    assistantOnlyLoss: z.boolean().default(false),
    /**
     * Only what follows the prompt is learned; of a conversation in `messages`, the last turn. Null: of samples and of rows
     * with a prompt and a completion.
     */
    completionOnlyLoss: z.boolean().nullable().default(null),
    /** Conversations are packed into sequences of up to maxLength tokens before the training; none sees another. */
    packing: z.boolean().default(false),
    packingStrategy: only(
      'bfd',
      "expected 'bfd' (best fit, the longest first), which keeps conversations whole",
    ),
    /**
     * Of samples with steps and an answer, the fraction that teach the answer alone under a prompt that asks for it so; drawn by
     * seed, id and occurrence, so that over the epochs a sample teaches both. Above 0, samples without steps teach their answer.
     */
    directFraction: z.number().min(0).max(1).default(0),
    /** nll: the mean negative log-likelihood of the tokens; dft: each weighted by its probability (arXiv 2508.05629). */
    lossType: z.enum(['nll', 'dft']).default('nll'),
    paddingFree: only(true, 'expected true: micro-batches never hold padding'),
    activationOffloading: only(false, 'is not implemented; gradientCheckpointing saves memory too'),
  })
  .refine(({ packing, maxLength }) => !packing || maxLength !== null, {
    path: ['maxLength'],
    error: 'must be a number of tokens where packing is on: sequences are packed up to it',
  })
  .refine(fitsSchedule, schedulePair)
  .refine(fitsStep, samplesInStep);

export type SFTConfig = z.infer<typeof sftSchema>;
export type SFTConfigInput = z.input<typeof sftSchema>;

/** @throws ConfigError naming each wrong field */
export const parseSFTConfig = (input: unknown): SFTConfig =>
  parseConfig('SFTConfig', sftSchema, sftSchema.shape, input);
