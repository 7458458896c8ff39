/** The samples of a recipe, by what they are for, and the model that it starts from. */
import { readSamples, type Sample } from '../data/index.js';
import { BadInputError } from '../files/index.js';
import { newSmallModel, type OmniModel } from '../omni/index.js';
import { targetCompletion } from '../rewards/index.js';
import { scope, torch } from '../tensor/index.js';
import { openFolder } from './open-folder.js';
import type { Recipe } from './recipe.js';

export interface RecipeData {
  moments: Sample[];
  momentsValidation: Sample[];
  labelled: Sample[];
  /** With an answer only. */
  answered: Sample[];
  validation: Sample[];
  test: Sample[];
}

/** @throws DataError, BadInputError */
export function readData(recipe: Recipe): RecipeData {
  const train = readSamples(recipe.data);
  const isLabelled = ({ steps }: Sample): boolean => steps !== undefined && steps.length > 0;
  const labelled = train.filter(isLabelled);
  const answered = train.filter((sample) => !isLabelled(sample) && sample.answer !== undefined);
  const learnt = recipe.sft === false ? [] : sftSamples(recipe, { labelled, answered });
  if (recipe.sft !== false && learnt.length === 0) {
    throw new BadInputError(
      `${recipe.data}: no sample has "steps" or an "answer" for SFT to learn; add some, or leave the stage out with 'sft: false'`,
    );
  }
  if (recipe.grpo !== false && labelled.length + answered.length === 0) {
    throw new BadInputError(
      `${recipe.data}: no sample has an "answer" to reward; add some, or write 'grpo: false'`,
    );
  }
  for (const sample of learnt) {
    try {
      targetCompletion(sample);
    } catch (error) {
      throw new BadInputError(`${recipe.data}: ${(error as Error).message}`);
    }
  }
  const answers = (file: string | undefined): Sample[] => {
    const samples = optional(file);
    const open = samples.find(({ answer }) => answer === undefined);
    if (open !== undefined)
      throw new BadInputError(`${file}: sample '${open.id}' has no "answer" to compare with; give each one`);
    return samples;
  };
  const optional = (file: string | undefined): Sample[] => (file === undefined ? [] : readSamples(file));
  return {
    moments: optional(recipe.moments),
    momentsValidation: optional(recipe.momentsValidation),
    labelled,
    answered,
    validation: answers(recipe.validation),
    test: answers(recipe.test),
  };
}

/** What SFT learns: the samples with steps, and those with an answer only where no stage after it is kept for them. */
export function sftSamples(
  { grpo }: Recipe,
  { labelled, answered }: Pick<RecipeData, 'labelled' | 'answered'>,
): Sample[] {
  return grpo === false || labelled.length === 0 ? [...labelled, ...answered] : labelled;
}

/** The moments that SFT repeats among its samples, drawn by the seed. */
export function repeatedMoments(recipe: Recipe, data: RecipeData): Sample[] {
  const { momentsInSft, seed } = recipe;
  const wanted = Math.round((sftSamples(recipe, data).length * momentsInSft) / (1 - momentsInSft));
  const generator = new torch.Generator().manualSeed(seed);
  const order = scope(() => torch.randperm(data.moments.length, { generator }).toArray() as number[]);
  return order.slice(0, wanted).map((index) => data.moments[index]);
}

/** The model that a recipe starts from. */
export async function openModel(
  recipe: Recipe,
  { moments, labelled, answered }: RecipeData,
): Promise<OmniModel> {
  torch.manualSeed(recipe.seed);
  const { model: given, processor } = recipe;
  const model =
    typeof given === 'string'
      ? await openFolder(given, recipe.media, 'model')
      : newSmallModel([...moments, ...labelled, ...answered], { config: given, processor });
  model.mediaOptions = recipe.media;
  if (recipe.bf16) model.graph.computeIn('bfloat16');
  return model;
}
