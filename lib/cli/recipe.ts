/** Recipes: what `earsight train` runs, as YAML. The smallest is one line, `data: file.jsonl`. */
import { readFileSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { nearest } from '../data/index.js';
import { omniConfigSchema } from '../models/index.js';
import { processorConfigSchema } from '../rollout/index.js';
import { BadInputError } from './bad-input.js';

const rewardNames = ['format', 'answer', 'modality'] as const;
export type RewardName = (typeof rewardNames)[number];

const stageSettings = z.record(z.string(), z.unknown());

const recipeSchema = z.strictObject({
  /** Training samples, JSONL. Those with steps are learnt by SFT, the others by GRPO. */
  data: z.string(),
  /** Samples whose loss ends SFT when it stops falling. */
  validation: z.string().optional(),
  /** Samples that are answered before and after every stage. */
  test: z.string().optional(),
  /** Folder of a model to start from, or the configuration of a fresh one; default: the small one. */
  model: z.union([z.string(), omniConfigSchema]).optional(),
  processor: processorConfigSchema.partial().optional(),
  /** Where checkpoints, metrics and the report go; default: runs/<recipe's name>. */
  output: z.string().optional(),
  seed: z.int().nonnegative().default(0),
  /** CPU threads; default: torch's choice. */
  threads: z.int().positive().optional(),
  /** Fields of SFTConfig; false leaves the stage out. */
  sft: z.union([stageSettings, z.literal(false)]).optional(),
  /** Fields of GRPOConfig; false leaves the stage out. */
  grpo: z.union([stageSettings, z.literal(false)]).optional(),
  /** Reward functions of GRPO and their weights. */
  rewards: z.partialRecord(z.enum(rewardNames), z.number()).default({ format: 1, answer: 1, modality: 1 }),
  /** After GRPO, also trains the SFT model for GRPO's time on the labelled samples, to compare with. */
  compareWithSft: z.boolean().default(false),
});

export type Recipe = z.infer<typeof recipeSchema> & {
  /** Folder of the recipe: its paths are relative to it. */
  folder: string;
  output: string;
};

/** Reads and checks a recipe. @throws BadInputError naming file, line and field */
export function readRecipe(file: string): Recipe {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new BadInputError(`${file}: ${(error as Error).message}`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [problem] = document.errors;
  if (problem !== undefined) throw new BadInputError(`${file}:${lines.linePos(problem.pos[0]).line}: ${problem.message}`);
  const result = recipeSchema.safeParse(document.toJS() ?? {});
  if (!result.success) {
    const problems = result.error.issues.map((issue) => {
      const range = (document.getIn(issue.path, true) as { range?: [number] } | undefined)?.range;
      const line = range === undefined ? '' : `:${lines.linePos(range[0]).line}`;
      return `${file}${line}: ${describe(issue)}`;
    });
    throw new BadInputError(problems.join('\n'));
  }
  const folder = dirname(resolve(file));
  const inFolder = (path: string): string => resolve(folder, path);
  const recipe = result.data;
  return {
    ...recipe,
    folder,
    data: inFolder(recipe.data),
    validation: recipe.validation && inFolder(recipe.validation),
    test: recipe.test && inFolder(recipe.test),
    model: typeof recipe.model === 'string' ? inFolder(recipe.model) : recipe.model,
    output: inFolder(recipe.output ?? join('runs', basename(file, extname(file)))),
  };
}

function describe(issue: z.core.$ZodIssue): string {
  const field = issue.path.join('.');
  if (issue.code !== 'unrecognized_keys') return `${field || 'the recipe'}: ${issue.message}`;
  return issue.keys
    .map((key) => {
      const known = nearest(key, Object.keys(recipeSchema.shape));
      return `unknown field '${[...issue.path, key].join('.')}'${known === undefined ? '' : `; did you mean '${known}'?`}`;
    })
    .join('; ');
}
