// The trainers' settings under the names of transformers' TrainingArguments and TRL's GRPOConfig, in camelCase.
// Checked when a trainer is made: a misspelt or impossible setting is refused with its name, value and the fix.

import { z } from 'zod';
import { type Group, nearest } from '../data/index.js';
import { advantageModes, defaultPolicyLoss, policyLossTypes } from '../kernels/index.js';
import { shown } from '../runtime/index.js';
import { looksAtMicroBatch, lossFields } from './loss-settings.js';
import { fitsSchedule, scheduleFields, schedulePair } from './schedule.js';

const count = z.int().positive();
/** What lists are as long as. A million samples in a step is more than any training has. */
export const size = count.max(2 ** 20);
export const samplesInStep = {
  path: ['gradientAccumulationSteps'],
  error: 'makes steps of more than 2^20 samples with perDeviceTrainBatchSize',
};
export const fitsStep = (config: {
  perDeviceTrainBatchSize: number;
  gradientAccumulationSteps: number;
}): boolean => config.perDeviceTrainBatchSize * config.gradientAccumulationSteps <= 2 ** 20;
const nonNegative = z.number().nonnegative();
const fraction = z.number().min(0).max(1);

/** Parts of a graph that encode media (ModelGraph.towers). */
export const towers = ['vision', 'audio'] as const;
export type Tower = (typeof towers)[number];
/**
 * What `freeze` names: a tower with its projection to the decoder's width, the projections of all towers alone, or all that is in
 * no tower: the decoder with its embeddings and head.
 */
export const graphParts = [...towers, 'aligner', 'text'] as const;
export type GraphPart = (typeof graphParts)[number];

/** A setting of TRL's that has one value here. */
export const only = <T extends boolean | string>(value: T, error: string) =>
  z.literal(value, { error }).default(value);

export const trainingFields = {
  /** Checkpoints and metrics.jsonl are written here; null: nothing is written. */
  outputDir: z.string().min(1).nullable().default('run'),
  /** Replaces the training that outputDir holds; a training that is resumed there goes on. */
  overwriteOutputDir: z.boolean().default(false),
  seed: z.int().nonnegative().default(42),
  /** Samples are gone through this often, unless maxSteps or maxSeconds end the training before. */
  numTrainEpochs: z.number().positive().max(1e6).default(1),
  maxSteps: count.nullable().default(null),
  /**
   * Wall-clock cap in seconds, time before a resume included; the step in which it passes is finished. The learning
   * rate follows the steps alone, so a training that the cap does not cut short is the same on a slow machine.
   */
  maxSeconds: z.number().positive().nullable().default(null),
  /** Parts whose weights stay as they are. The tokens of a frozen tower are made once a step. */
  freeze: z.array(z.enum(graphParts)).default([]),
  /** Micro-batches that make up one optimizer step. */
  gradientAccumulationSteps: size.default(1),
  /**
   * Tokens of a micro-batch at most, prompts and media included; perDeviceTrainBatchSize and gradientAccumulationSteps then say
   * how many samples a step has, and not how they are divided. Null: no limit.
   */
  maxTokensPerMicroBatch: size.nullable().default(null),
  /** The decoder's layers are computed again in backward, which costs time and saves what they would have kept. */
  gradientCheckpointing: z.boolean().default(false),
  /** 'muon': Muon for the weights of hidden layers, AdamW for embeddings, output head, norms and biases. */
  optim: z.enum(['adamw', 'muon']).default('adamw'),
  /** Of Muon, on AdamW's scale; null: learningRate. */
  muonLearningRate: z.number().positive().nullable().default(null),
  ...scheduleFields,
  /** Of all parameters but norms and biases. */
  weightDecay: nonNegative.default(0),
  adamBeta1: fraction.lt(1).default(0.9),
  adamBeta2: fraction.lt(1).default(0.999),
  adamEpsilon: z.number().positive().default(1e-8),
  /** Gradients are scaled down to this joint norm. */
  maxGradNorm: z.number().positive().default(1),
  /** Steps between lines of metrics; each line averages the steps since the last. */
  loggingSteps: count.default(10),
  /** Where metrics go besides metrics.jsonl, in outputDir: event files of TensorBoard, metrics.csv. */
  reportTo: z.array(z.enum(['tensorboard', 'csv'])).default([]),
  /** Steps between checkpoints; one is always written at the end. */
  saveSteps: count.default(500),
  /** Older checkpoints beyond this many are removed; null keeps all. */
  saveTotalLimit: count.nullable().default(null),
  /** Steps between evaluations; null: none. */
  evalSteps: count.nullable().default(null),
  /** Evaluates before the first step too. */
  evalOnStart: z.boolean().default(false),
  /** Evaluated metric by which models are compared, with or without `eval_`. */
  metricForBestModel: z.string().min(1).default('eval_loss'),
  /** Null: unless its name ends in 'loss'. */
  greaterIsBetter: z.boolean().nullable().default(null),
  /**
   * The model that is left is the one of the best evaluation, in place of the last. Its checkpoint is written when it is
   * found, and stays whatever saveTotalLimit says.
   */
  loadBestModelAtEnd: z.boolean().default(false),
  /** Evaluations in a row without a new best after which the training ends; null: no such end. */
  earlyStoppingPatience: count.nullable().default(null),
  /** The training ends when the metric is this good; null: no such end. */
  earlyStoppingTarget: z.number().nullable().default(null),
};

const admitError = { error: "expected 'all', 'nonConstant', { min, max } with min <= max, or a function" };
const admitSchema = z.union(
  [
    z.enum(['all', 'nonConstant']),
    z.strictObject({ min: z.number(), max: z.number() }).refine(({ min, max }) => min <= max, admitError),
    z.custom<(group: Group) => boolean>((value) => typeof value === 'function'),
  ],
  admitError,
);

export const grpoSchema = z
  .strictObject({
    ...trainingFields,
    learningRate: z.number().positive().default(1e-6),
    metricForBestModel: z.string().min(1).default('eval_accuracy'),
    /** Completions in a micro-batch: whole groups, so a multiple of numGenerations. */
    perDeviceTrainBatchSize: size.default(8),
    /** Completions sampled for each prompt (the group). */
    numGenerations: size.min(2).default(8),
    /** Completions sampled for a prompt at evaluations; 0: none, greedy answers alone; null: numGenerations. */
    numGenerationsEval: z.int().nonnegative().max(1024).nullable().default(null),
    /** In which views evaluations ask: with sight and sound, sight, sound, neither. */
    evalViews: z
      .array(z.enum(['av', 'v', 'a', 'none']))
      .min(1)
      .refine((views) => new Set(views).size === views.length, { error: 'names a view twice' })
      .default(['av']),
    /** Tokens. */
    maxCompletionLength: size.default(256),
    temperature: z.number().positive().default(1),
    topP: z.number().positive().max(1).default(1),
    /** 0: no limit. */
    topK: z.int().nonnegative().default(0),
    /** Tokens less likely than this fraction of the likeliest one are left out; 0: none. */
    minP: fraction.default(0),
    /** Logits of tokens that occurred are divided by it where positive, else multiplied; 1: no penalty. */
    repetitionPenalty: z.number().positive().default(1),
    lossType: z.enum(policyLossTypes).default(defaultPolicyLoss),
    /** beta > 0 keeps a reference: the model that the training started from. */
    ...lossFields,
    /** How rewards become advantages: the modes of kernels.groupAdvantage. */
    scaleRewards: z.enum(advantageModes).default('group'),
    /** One weight for each reward function; default 1 each. */
    rewardWeights: z.array(z.number()).optional(),
    /**
     * A reward for which the training has waited this long has failed on the completions: they are left out of the step.
     * Time in which the program computes does not count. Null: no limit.
     */
    rewardTimeoutSeconds: z.number().positive().nullable().default(60),
    /** Updates made from one set of completions. */
    numIterations: size.default(1),
    /** Nothing is dropped out of the model while it learns; where completions are sampled, nothing ever is. */
    disableDropout: z.boolean().default(false),
    /** Leaves completions that hit maxCompletionLength out of the loss. */
    maskTruncatedCompletions: z.boolean().default(false),
    /**
     * Which groups a step trains on: those of which some rewards differ, those whose mean answer reward lies between
     * two bounds, or those for which a function returns true. For the others, further prompts are taken from the data.
     */
    admit: admitSchema.default('all'),
    /** How often a step takes further prompts; then it trains on the groups that it has. */
    maxRefillRounds: z.int().nonnegative().default(3),
    /** Writes completions with their rewards and advantages to completions.jsonl in outputDir. */
    logCompletions: z.boolean().default(false),
    /** Steps between those whose completions are written; null: loggingSteps. */
    logCompletionsSteps: count.nullable().default(null),
    /** Writes them to completions/completions_N.parquet too. */
    logCompletionsParquet: z.boolean().default(false),
  })
  .refine((config) => config.perDeviceTrainBatchSize % config.numGenerations === 0, {
    path: ['perDeviceTrainBatchSize'],
    error: 'must be a multiple of numGenerations: a micro-batch holds whole groups',
  })
  .refine(fitsSchedule, schedulePair)
  .refine(fitsStep, samplesInStep)
  .refine((config) => config.maxTokensPerMicroBatch === null || !looksAtMicroBatch(config), {
    path: ['maxTokensPerMicroBatch'],
    error:
      'would change the loss, which is over the tokens of a micro-batch by its aggregation or its entropies; leave it out',
  })
  .refine(({ logCompletions, logCompletionsParquet }) => logCompletions || !logCompletionsParquet, {
    path: ['logCompletionsParquet'],
    error: 'writes what logCompletions writes: set logCompletions too',
  });

export type GRPOConfig = z.infer<typeof grpoSchema>;
export type GRPOConfigInput = z.input<typeof grpoSchema>;
/** The settings that all trainers share. */
export type TrainingConfig = z.infer<z.ZodObject<typeof trainingFields>> & { learningRate: number };

/** @throws ConfigError naming each wrong field */
export const parseGRPOConfig = (input: unknown): GRPOConfig =>
  parseConfig('GRPOConfig', grpoSchema, grpoSchema.shape, input);

/** A training setting is unknown or impossible. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  /** The first field at fault. */
  readonly field: string;
  /** What is wrong with each field. */
  readonly problems: readonly FieldProblem[];

  constructor(
    message: string,
    field: string,
    problems: readonly FieldProblem[] = [{ field, problem: message }],
  ) {
    super(message);
    this.field = field;
    this.problems = problems;
  }
}

export interface FieldProblem {
  field: string;
  problem: string;
}

/** @throws ConfigError naming each wrong field */
export function parseConfig<T>(name: string, schema: z.ZodType<T>, shape: object, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => unknownKey(key, Object.keys(shape)));
    const field = issue.path.join('.');
    const got = issue.path.reduce<unknown>(
      (value, key) => (value as Record<PropertyKey, unknown>)?.[key],
      input,
    );
    return { field: field || 'config', problem: `${issue.message} (got ${shown(got)})` };
  });
  const message = problems.map(({ field, problem }) => `${field}: ${problem}`).join('; ');
  throw new ConfigError(`${name}: ${message}`, problems[0].field, problems);
}

function unknownKey(key: string, known: string[]): FieldProblem {
  const close = nearest(key, known);
  const hint = close ? `did you mean ${close}?` : `expected ${known.join(', ')}`;
  return { field: key, problem: `no such setting; ${hint}` };
}
