// The settings of DPOTrainer under the names of TRL's DPOConfig, in camelCase, with TRL's defaults.

import { z } from 'zod';
import {
  defaultPreferenceLoss,
  inRange,
  type LossField,
  type PreferenceLossRow,
  type PreferenceLossType,
  preferenceFields,
  preferenceLosses,
  preferenceLossTypes,
  rangeOf,
} from '../../kernels/index.js';
import { fitsStep, only, parseConfig, samplesInStep, size, trainingFields } from '../config.js';
import { type SettingsOf, settingNames, settingSchemas } from '../loss-settings.js';
import { fitsSchedule, schedulePair } from '../schedule.js';

export const preferenceSettings = settingNames(preferenceFields, ['numPairsInBatch']);

/** What the training of pairs reads of a config, whichever trainer it belongs to. */
export interface PairConfig extends SettingsOf<typeof preferenceFields, (typeof preferenceSettings)[number]> {
  lossType: readonly PreferenceLossType[];
  /** Null: 1 each. */
  lossWeights: readonly number[] | null;
  ldAlpha: number | null;
  useWeighting: boolean;
  disableDropout: boolean;
  maxLength: number | null;
  perDeviceTrainBatchSize: number;
  /** Weight of the cross-entropy on reference answers, for pairs that have one. */
  sftWeight?: number;
}

type DPOLossType = Exclude<PreferenceLossType, 'process'>;
/** `process` takes a probability for each pair, which rows of DPOTrainer do not have. */
const lossTypes = preferenceLossTypes.filter((type) => type !== 'process') as [DPOLossType, ...DPOLossType[]];
const lossType = z.enum(lossTypes);

/** One loss or a list. */
const lossTypeList: z.ZodType<DPOLossType[], DPOLossType | DPOLossType[]> = z
  .union([lossType, z.array(lossType).min(1)], `expected one of ${lossTypes.join(', ')}, or a list of these`)
  .transform((given) => (typeof given === 'string' ? [given] : given));

export const dpoSchema = z
  .strictObject({
    ...trainingFields,
    learningRate: z.number().positive().default(1e-6),
    /** Pairs in a micro-batch. */
    perDeviceTrainBatchSize: size.default(8),
    /** Tokens of prompt and completion together; completions are cut there. Null: no limit. */
    maxLength: size.nullable().default(1024),
    truncationMode: only('keep_start', "expected 'keep_start', which cuts the ends of completions"),
    /** One loss, or several that are added up by lossWeights. */
    lossType: lossTypeList.default([defaultPreferenceLoss]),
    /** One weight for each loss; null: 1 each. */
    lossWeights: z.array(z.number()).nullable().default(null),
    ...settingSchemas(preferenceFields, preferenceSettings),
    /** LD-DPO: weight of the tokens beyond the shorter completion of a pair; null: 1. */
    ldAlpha: z.number().min(0).max(1).nullable().default(null),
    /** WPO: a pair counts by how likely the policy is to write it. Costs a second pass of the policy. */
    useWeighting: z.boolean().default(false),
    /** Nothing is dropped out of the policy, as nothing is of the reference. */
    disableDropout: z.boolean().default(true),
    precomputeRefLogProbs: only(
      false,
      'is not implemented; the reference scores pairs in the step that trains on them',
    ),
    syncRefModel: only(
      false,
      'is not implemented; the reference stays the model from which the training started',
    ),
  })
  .superRefine((config, context) => {
    for (const { field, problem } of lossProblems(config))
      context.addIssue({ code: 'custom', path: [field], message: problem });
  })
  .refine(fitsSchedule, schedulePair)
  .refine(fitsStep, samplesInStep);

export type DPOConfig = z.infer<typeof dpoSchema>;
export type DPOConfigInput = z.input<typeof dpoSchema>;

/** @throws ConfigError naming each wrong field */
export const parseDPOConfig = (input: unknown): DPOConfig =>
  parseConfig('DPOConfig', dpoSchema, dpoSchema.shape, input);

type LossConfig = Omit<PairConfig, 'maxLength' | 'perDeviceTrainBatchSize' | 'disableDropout'> & {
  maxTokensPerMicroBatch: number | null;
};

/** What the losses of a config ask of its other settings. */
function lossProblems(config: LossConfig): { field: string; problem: string }[] {
  const { lossType: types, lossWeights, useWeighting, fDivergenceType, maxTokensPerMicroBatch } = config;
  const problems: { field: string; problem: string }[] = [];
  const repeated = types.find((type, i) => types.indexOf(type) < i);
  if (repeated !== undefined)
    problems.push({
      field: 'lossType',
      problem: `names '${repeated}' twice; name it once with its weight in lossWeights`,
    });
  if (lossWeights !== null && lossWeights.length !== types.length)
    problems.push({
      field: 'lossWeights',
      problem: `expected ${types.length} weights, one for each of lossType`,
    });
  for (const type of types) {
    const row: PreferenceLossRow = preferenceLosses[type];
    for (const [name, range] of Object.entries(row.ranges ?? {})) {
      const field: LossField = { type: 'number', default: null, ...range };
      if (inRange(config[name as 'labelSmoothing'], field)) continue;
      problems.push({ field: name, problem: `lossType '${type}' expects ${rangeOf(field)}` });
    }
    if (fDivergenceType !== 'reverse_kl' && !row.ofDifference && type !== 'sft')
      problems.push({
        field: 'fDivergenceType',
        problem: `lossType '${type}' has no other than 'reverse_kl'`,
      });
    if (maxTokensPerMicroBatch !== null && type.startsWith('aot'))
      problems.push({
        field: 'maxTokensPerMicroBatch',
        problem: `lossType '${type}' sorts the pairs of a micro-batch, which it would divide otherwise; leave it out`,
      });
    if (useWeighting && type.startsWith('aot'))
      problems.push({
        field: 'useWeighting',
        problem: `lossType '${type}' sorts pairs, which then have no weights of their own`,
      });
  }
  return problems;
}
