/** SFT: the model learns the rationales and answers of the training samples, with captions repeated among them. */
import type { Sample } from '../../data/index.js';
import { BadInputError } from '../../files/index.js';
import { targetCaptions, targetCompletion } from '../../rewards/index.js';
import { scope, torch } from '../../tensor/index.js';
import { sftSchema } from '../../train/index.js';
import type { RecipeSamples } from '../samples.js';
import type { Recipe, Stage, StageContext, StageUse } from '../stage.js';
import { answersLearning } from './held-out.js';
import { freshSettings, type Lessons, supervised } from './supervised.js';
import { trainerProblems } from './trainer-settings.js';

export const sft: Stage = {
  name: 'sft',
  title: 'SFT',
  schema: sftSchema,
  defaults: { ...freshSettings, perDeviceTrainBatchSize: 12, numTrainEpochs: 6 },
  inputs: ['data'],
  outputs: ['model'],
  metrics: ['loss', 'eval_loss'],
  answersQuestions: true,
  check: ({ settings }, { validation }) =>
    trainerProblems(settings, {
      metrics: ['eval_loss'],
      isValidated: validation !== undefined,
      isFitted: true,
    }),
  checkSamples(use, recipe, samples) {
    const questions = sftSamples(use, recipe, samples);
    if (questions.length + samples.chats.length === 0) {
      throw new BadInputError(
        `${recipe.data}: no sample has "steps" or an "answer" for SFT to learn, and no row is a conversation; add some, or ` +
          "leave the stage out ('sft: false')",
      );
    }
    for (const sample of questions) {
      try {
        targetCompletion(sample);
      } catch (error) {
        throw new BadInputError(`${recipe.data}: ${(error as Error).message}`);
      }
    }
  },
  ...supervised((context) => ({
    ...sftLessons(context.use, context),
    validation: [...context.samples.validation, ...context.samples.chatsValidation],
  })),
  learning: answersLearning,
};

/** What an SFT stage of the recipe learns, without validation. */
export function sftLessons(use: StageUse, { recipe, samples }: StageContext): Omit<Lessons, 'validation'> {
  const questions = sftSamples(use, recipe, samples);
  const captions = repeatedCaptions(recipe, samples.captions, questions.length);
  const isCaption = new Set(captions);
  return {
    samples: [...questions, ...captions, ...samples.chats],
    completion: (sample) =>
      isCaption.has(sample) ? targetCaptions(sample) : targetCompletion(sample, recipe.answers),
  };
}

/** The samples with steps, and those with an answer only where no stage after it learns them. */
export function sftSamples(
  use: StageUse,
  { stages }: Pick<Recipe, 'stages'>,
  { withRationale, answerOnly }: Pick<RecipeSamples, 'withRationale' | 'answerOnly'>,
): Sample[] {
  const later = stages.slice(stages.indexOf(use) + 1);
  const areKept = withRationale.length > 0 && later.some(({ stage }) => stage.learnsAnswerOnly);
  return areKept ? withRationale : [...withRationale, ...answerOnly];
}

/** The captions that SFT repeats among its questions, drawn by the seed. */
export function repeatedCaptions(
  { captionsInSft, seed }: Pick<Recipe, 'captionsInSft' | 'seed'>,
  captions: readonly Sample[],
  questions: number,
): Sample[] {
  const wanted = Math.round((questions * captionsInSft) / (1 - captionsInSft));
  const generator = new torch.Generator().manualSeed(seed);
  const order = scope(() => torch.randperm(captions.length, { generator }).toArray() as number[]);
  return order.slice(0, wanted).map((index) => captions[index]);
}
