/** SFT: the model learns the rationales and answers of the training samples, with captions repeated among them. */
import type { Sample } from '../../data/index.js';
import { BadInputError } from '../../files/index.js';
import { targetCaptions, targetTurns } from '../../rewards/index.js';
import { scope, torch } from '../../tensor/index.js';
import { mixtureProblem, parseSFTConfig, sftSchema } from '../../train/index.js';
import { recipeProtocol } from '../protocol.js';
import type { RecipeSamples } from '../samples.js';
import type { Recipe, Settings, SettingsProblem, Stage, StageContext, StageUse } from '../stage.js';
import { checkTargets } from './check-targets.js';
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
  check: ({ settings }, recipe) => [
    ...trainerProblems(settings, {
      metrics: ['eval_loss'],
      isValidated: recipe.validation !== undefined,
      isFitted: true,
    }),
    ...mixtureProblems(settings, recipe),
  ],
  checkSamples(use, recipe, samples) {
    const questions = sftSamples(use, recipe, samples);
    if (questions.length + samples.chats.length === 0) {
      throw new BadInputError(
        `${recipe.data}: no sample has "steps" or an "answer" for SFT to learn, and no row is a conversation; add some, or ` +
          "leave the stage out ('sft: false')",
      );
    }
    const { directFraction } = parseSFTConfig(use.settings);
    checkTargets(recipe, recipe.data, questions, directFraction > 0);
    // Their loss is that of what they would teach.
    const { validation = '' } = recipe;
    if (use.settings.evalSteps !== null)
      checkTargets(recipe, validation, samples.validation, directFraction > 0);
  },
  ...supervised((context) => ({
    ...sftLessons(context.use, context),
    validation: [...context.samples.validation, ...context.samples.chatsValidation],
  })),
  learning: answersLearning,
};

function mixtureProblems(settings: Settings, recipe: Recipe): SettingsProblem[] {
  const problem = mixtureProblem(parseSFTConfig(settings), recipeProtocol(recipe));
  return problem === null ? [] : [{ path: ['directFraction'], text: problem }];
}

/** What an SFT stage of the recipe learns, without validation. */
export function sftLessons(use: StageUse, { recipe, samples }: StageContext): Omit<Lessons, 'validation'> {
  const questions = sftSamples(use, recipe, samples);
  const captions = repeatedCaptions(recipe, samples.captions, questions.length);
  const isCaption = new Set(captions);
  return {
    samples: [...questions, ...captions, ...samples.chats],
    protocol: recipeProtocol(recipe),
    completion: (sample, protocol) =>
      isCaption.has(sample) ? targetCaptions(sample) : targetTurns(sample, protocol, recipe.answers),
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
