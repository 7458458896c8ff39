/** Recipes: what `earsight train` runs, as YAML. The smallest is one line, `data: file.jsonl`. */
import { basename, dirname, extname, join, resolve } from 'node:path';
import type { Document, LineCounter } from 'yaml';
import { z } from 'zod';
import { nearest } from '../data/index.js';
import { BadInputError } from '../files/index.js';
import { MediaPool } from '../media/index.js';
import { knownKeys, type SmallConfig, smallConfigIssues } from '../models/index.js';
import { processorConfigSchema } from '../omni/index.js';
import { maxThreads, shown } from '../runtime/index.js';
import { ConfigError, parseGRPOConfig, parseSFTConfig } from '../train/index.js';
import { freshDefaults } from './fresh-defaults.js';
import { readYaml } from './read-yaml.js';

const settings = z.record(z.string(), z.unknown());
const stage = z.union([z.literal(false), settings], {
  error: 'expected settings, or false to leave the stage out',
});
const path = z.string().min(1);

export const recipeShape = {
  /** Training samples, JSONL. Those with steps are learnt by SFT, the others by GRPO. */
  data: z.string({ error: "expected a JSONL file of samples, as in 'data: samples.jsonl'" }).min(1),
  /** Samples of which only the captions are learnt, before SFT: short ones that teach to look and to listen. */
  moments: path.optional(),
  /** Moments that are not learnt: their loss ends alignment when it stops falling. */
  momentsValidation: path.optional(),
  /** Fraction of SFT's samples that are moments, drawn by the seed: without them SFT forgets what they taught. */
  momentsInSft: z.number().min(0).max(0.95).default(0.25),
  /** Samples whose loss ends SFT when it stops falling, and whose answers GRPO can be evaluated by. */
  validation: path.optional(),
  /** Samples that are answered before and after every stage. */
  test: path.optional(),
  /** Folder of a model to start from, or what differs from the small one in a fresh model's configuration. */
  model: z
    .union([path, settings], { error: 'expected the path of a folder, or settings of a fresh model' })
    .optional(),
  /** How a fresh model sees clips; a model from a folder brings its own. */
  processor: processorConfigSchema.partial().optional(),
  /** How clips are decoded: processes, and what each may take. */
  media: z
    .strictObject({
      workers: z.number(),
      timeoutMs: z.number(),
      maxRssBytes: z.number(),
      maxResultBytes: z.number(),
    })
    .partial()
    .default({}),
  /** What becomes of samples whose clip cannot be used: the run ends and lists them, or goes on without them. */
  onBadClip: z.enum(['stop', 'skip']).default('stop'),
  /** Where checkpoints, metrics and the report go; default: runs/<recipe's name>. */
  output: path.optional(),
  seed: z.int().nonnegative().default(0),
  /** CPU threads; default: libtorch's choice. */
  threads: z.int().min(1).max(maxThreads).optional(),
  /** Matrix products in bfloat16, everything else and the weights in float32. */
  bf16: z.boolean().default(false),
  /** How SFT's completions name an option; rewards and evaluation take both. */
  answers: z.enum(['letter', 'text']).default('letter'),
  /** Fields of SFTConfig for the moments. */
  alignment: settings.default({}),
  /** Fields of SFTConfig; false leaves the stage out. */
  sft: stage.default({}),
  /** Fields of GRPOConfig; false leaves the stage out. */
  grpo: stage.default({}),
  /** Reward functions of GRPO and their weights. */
  rewards: z
    .strictObject({ format: z.number(), answer: z.number(), modality: z.number() })
    .partial()
    .default({ format: 1, answer: 1, modality: 1 }),
  /** How the modality reward compares the views: completion by completion, or by the group's means. */
  modalityCompare: z.enum(['index', 'groupMean']).default('index'),
  /** Ends the run after a stage whose held-out answers are no better than guesses from the text. */
  stopAtChance: z.boolean().default(true),
  /** After GRPO, also trains the SFT model for GRPO's time on the labelled samples, to compare with. */
  compareWithSft: z.boolean().default(false),
};

export interface Recipe extends z.infer<z.ZodObject<typeof recipeShape>> {
  output: string;
  model?: string | SmallConfig;
}
export type RewardName = keyof Recipe['rewards'];

/** What a stage is told: the recipe's words over the defaults that suit its model. */
function stageSettings<T extends Record<string, unknown> | false>(
  stage: keyof typeof freshDefaults,
  given: T,
  model: unknown,
): T {
  if (given === false || typeof model === 'string') return given;
  // The warm-up has to fit the number of steps, which the samples decide (stages.ts).
  const { warmupSteps: _, ...defaults } = freshDefaults[stage];
  return { ...defaults, ...given };
}

/** Settings of the stages that follow from other fields of the recipe. */
export const ownedElsewhere: Record<string, string> = {
  outputDir: "'output' at the top of the recipe",
  overwriteOutputDir: "'--overwrite' of the command",
  rewardWeights: "'rewards' at the top of the recipe",
};

/** Reads and checks a recipe; its paths come out absolute. @throws BadInputError naming file, line and field */
export function readRecipe(file: string): Recipe {
  if (extname(file) === '.jsonl') {
    const name = basename(file);
    throw new BadInputError(`${file}: a file of samples, not a recipe; write one of a line, 'data: ${name}'`);
  }
  const { document, lines, value } = readYaml(file);
  const result = recipeSchema.safeParse(value);
  if (!result.success) {
    const problems = result.error.issues
      .flatMap((issue) => describe(issue, value))
      .map(({ path, text }) => ({ line: lineOf(document, lines, path), text }))
      .sort((a, b) => a.line - b.line);
    throw new BadInputError(
      problems.map(({ line, text }) => `${file}${line > 0 ? `:${line}` : ''}: ${text}`).join('\n'),
    );
  }
  const recipe = result.data;
  const inFolder = (path: string): string => resolve(dirname(file), path);
  return {
    ...recipe,
    alignment: stageSettings('alignment', recipe.alignment, recipe.model),
    sft: stageSettings('sft', recipe.sft, recipe.model),
    grpo: stageSettings('grpo', recipe.grpo, recipe.model),
    data: inFolder(recipe.data),
    moments: recipe.moments && inFolder(recipe.moments),
    momentsValidation: recipe.momentsValidation && inFolder(recipe.momentsValidation),
    validation: recipe.validation && inFolder(recipe.validation),
    test: recipe.test && inFolder(recipe.test),
    model:
      typeof recipe.model === 'string' ? inFolder(recipe.model) : (recipe.model as SmallConfig | undefined),
    output: inFolder(recipe.output ?? join('runs', basename(file, extname(file)))),
  };
}

const noFields = "expected fields; the smallest recipe is one line, 'data: samples.jsonl'";
const recipeObject = z.strictObject(recipeShape, {
  error: ({ code }) => (code === 'invalid_type' ? noFields : undefined),
});

/** Of problems that name the value themselves. */
const saysValue = {};

const recipeSchema = recipeObject.superRefine((recipe, context) => {
  const complain = (path: string[], message: string, params = {}): void =>
    context.addIssue({ code: 'custom', path, message, params });
  for (const [stage, parse, evaluated] of [
    ['alignment', parseSFTConfig, 'eval_loss'],
    ['sft', parseSFTConfig, 'eval_loss'],
    ['grpo', parseGRPOConfig, 'eval_accuracy'],
  ] as const) {
    const settings = stageSettings(stage, recipe[stage], recipe.model);
    if (settings === false) continue;
    for (const [field, elsewhere] of Object.entries(ownedElsewhere)) {
      if (field in settings) complain([stage, field], `is given by ${elsewhere}`);
    }
    try {
      parse(settings);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const { field, problem } of error.problems) complain([stage, field], problem, saysValue);
    }
    const { metricForBestModel: metric = evaluated } = settings;
    if (typeof metric === 'string' && metric !== evaluated)
      complain(
        [stage, 'metricForBestModel'],
        `expected '${evaluated}', which is all that the stage is evaluated by`,
      );
  }
  // Where the only one is misspelt, that is told already.
  const isTold = context.issues.some(({ path }) => path?.[0] === 'rewards');
  if (recipe.grpo !== false && Object.keys(recipe.rewards).length === 0 && !isTold)
    complain(
      ['rewards'],
      "expected a weight for 'format', 'answer' or 'modality'; leave it out, or write 'grpo: false'",
    );
  try {
    new MediaPool(recipe.media);
  } catch (error) {
    complain(['media'], (error as Error).message.replace(/^MediaPool: /, ''));
  }
  if (recipe.sft === false && recipe.grpo === false && (recipe.moments ?? recipe.test) === undefined)
    complain(
      ['grpo'],
      "with 'sft: false' too nothing is left to do; leave out one of them, or name 'moments' or 'test'",
    );
  if (typeof recipe.model === 'object') {
    for (const issue of smallConfigIssues(recipe.model))
      context.addIssue({ ...issue, path: ['model', ...issue.path] } as never);
  } else if (typeof recipe.model === 'string' && recipe.processor !== undefined) {
    complain(
      ['processor'],
      'is for fresh models; a model from a folder has its own preprocessor_config.json',
    );
  }
});

interface Problem {
  path: PropertyKey[];
  text: string;
}

function describe(issue: z.core.$ZodIssue, recipe: unknown): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const close = nearest(key, knownKeys(recipeSchema, issue.path));
      const path = [...issue.path, key];
      return { path, text: `unknown field '${path.join('.')}'${close ? `; did you mean '${close}'?` : ''}` };
    });
  }
  const field = issue.path.join('.') || 'the recipe';
  const got = issue.path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | null)?.[key],
    recipe,
  );
  if (issue.code === 'custom' && issue.params === saysValue)
    return [{ path: issue.path, text: `${field}: ${issue.message}` }];
  const value = got === undefined ? 'missing' : `got ${shown(got)}`;
  return [{ path: issue.path, text: `${field}: ${issue.message} (${value})` }];
}

/** The line of a field or of the closest field around it; 0 where there is none. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const items =
      (parent as { items?: { key?: { value?: unknown; range?: [number] } }[] } | null)?.items ?? [];
    const range = items.find(({ key }) => key?.value === path[length - 1])?.key?.range;
    if (range !== undefined) return lines.linePos(range[0]).line;
  }
  return 0;
}
