/** The fields of a recipe, checked one by one; stage-items.ts and rewards.ts check what they hold together. */
import { z } from 'zod';
import type { SmallConfig } from '../../models/index.js';
import { processorConfigSchema } from '../../omni/index.js';
import { protocolNames } from '../../rewards/index.js';
import { maxThreads } from '../../runtime/index.js';
import { pathSchema } from '../paths.js';
import { topRewardsSchema } from '../rewards.js';
import { selectionFields } from '../selection.js';

const settings = z.record(z.string(), z.unknown());
const presetStage = z.union([z.literal(false), settings], {
  error: 'expected settings, or false to leave the stage out',
});
const path = pathSchema();
const filled = z.string({ error: 'expected a text' }).regex(/\S/, 'expected a text that is not empty');

/** Of every recipe. */
const sharedFields = {
  /** Training samples, JSONL. Those with steps are learnt by SFT, the others by GRPO. */
  data: pathSchema("expected a JSONL file of samples, as in 'data: samples.jsonl'"),
  /** Which of them are trained on, by grades and categories; stages may choose further. */
  ...selectionFields,
  /** Samples of which only the captions are learnt, before SFT: short ones that teach to look and to listen. */
  captions: path.optional(),
  /** Captions that are not learnt: their loss ends caption SFT when it stops falling. */
  captionsValidation: path.optional(),
  /** Fraction of SFT's samples that are captions, drawn by the seed: without them SFT forgets what they taught. */
  captionsInSft: z.number().min(0).max(0.95).default(0.25),
  /** Samples whose loss ends SFT when it stops falling, and whose answers GRPO can be evaluated by. */
  validation: path.optional(),
  /** Samples that are answered before and after every stage. */
  test: path.optional(),
  /** Folder of a model to start from, or what differs from the small one in a fresh model's configuration. */
  model: z
    .union([path, settings], { error: 'expected the path of a folder, or settings of a fresh model' })
    .optional(),
  /** Folder of an adapter of the model, which the first stage goes on with. */
  adapter: path.optional(),
  /**
   * What the prompts of all samples say besides the question, and how answers are laid out: a system message where a sample has
   * none, what is written after each question, after those that ask for a direct answer, and in the second turn.
   */
  prompt: z
    .strictObject(
      {
        protocol: z.enum(protocolNames),
        system: filled,
        instruction: filled,
        directInstruction: filled,
        finalQuestion: filled,
      },
      { error: 'expected { protocol, system, instruction, directInstruction, finalQuestion }' },
    )
    .partial()
    .default({}),
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
  /** Where the model computes: cpu, cuda or cuda:<index>. */
  device: z.string().default('cpu'),
  /** CPU threads; default: libtorch's choice. */
  threads: z.int().min(1).max(maxThreads).optional(),
  /** Matrix products in bfloat16, everything else and the weights in float32. */
  bf16: z.boolean().default(false),
  /** How SFT's completions name an option; rewards and evaluation take both. */
  answers: z.enum(['letter', 'text']).default('letter'),
  /** Ends the run after a stage whose held-out answers are no better than guesses from the text. */
  stopAtChance: z.boolean().default(true),
};

/** Of a recipe without `stages`: they stand for a list of stages (preset.ts). */
const presetFields = {
  /** Settings of caption SFT. */
  captionSft: settings.optional(),
  /** Settings of SFT; false leaves the stage out. */
  sft: presetStage.optional(),
  /** Settings of GRPO; false leaves the stage out. */
  grpo: presetStage.optional(),
  /** How the modality reward compares the views: completion by completion, or by the group's means. */
  modalityCompare: z.enum(['index', 'groupMean']).optional(),
  /** After GRPO, also trains the SFT model by SFT for GRPO's time, to compare with. */
  compareWithSft: z.boolean().default(false),
};

export const recipeShape = {
  ...sharedFields,
  ...presetFields,
  /** The stages in order, each a name or `{ name: settings }`. */
  stages: z.array(z.unknown(), { error: 'expected a list of stages' }).optional(),
  /** Rewards of the stages that sample, where they name none: a list, or a map from names to weights. */
  rewards: topRewardsSchema.optional(),
};

export const presetNames = Object.keys(presetFields) as (keyof typeof presetFields)[];

const noFields = "expected fields; the smallest recipe is one line, 'data: samples.jsonl'";
export const recipeSchema = z.strictObject(recipeShape, {
  error: ({ code }) => (code === 'invalid_type' ? noFields : undefined),
});

/** As written, with the defaults of what is left out. */
export type RecipeFields = z.infer<typeof recipeSchema>;

/** What all stages see of a recipe; its paths are absolute. */
export interface SharedFields
  extends Omit<RecipeFields, (typeof presetNames)[number] | 'stages' | 'rewards'> {
  output: string;
  model?: string | SmallConfig;
}
