/** SFT: the model learns the rationales and answers of the training samples, with captions repeated among them. */
import { type ChatRow, type DataRow, isChatRow, readTrainingRows, type Sample } from '../../data/index.js';
import { BadInputError } from '../../files/index.js';
import { targetCaptions, targetTurns } from '../../rewards/index.js';
import { scope, torch } from '../../tensor/index.js';
import { mixtureProblem, parseSFTConfig, sftSchema } from '../../train/index.js';
import { pathSchema } from '../paths.js';
import { recipeProtocol, withPrompt } from '../protocol.js';
import type { RecipeSamples } from '../samples.js';
import type { Recipe, Settings, SettingsProblem, Stage, StageContext, StageUse } from '../stage.js';
import { checkTargets } from './check-targets.js';
import { answersLearning } from './held-out.js';
import { freshSettings, type Lessons, supervised } from './supervised.js';
import { trainerProblems } from './trainer-settings.js';

export const sft: Stage = {
  name: 'sft',
  title: 'SFT',
  schema: sftSchema.safeExtend({
    /** Samples and conversations in place of the recipe's. */
    data: pathSchema("expected a JSONL file of samples, as in 'sft: { data: samples.jsonl }'").optional(),
  }),
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
  readRows({ settings }, recipe): Record<string, DataRow[]> {
    const { data } = settings as OwnData;
    if (data === undefined) return {};
    const { samples, chats } = readTrainingRows(data);
    return { data: [...samples.map((sample) => withPrompt(sample, recipe)), ...chats] };
  },
  checkSamples(use, recipe, samples) {
    const { data = recipe.data } = use.settings as OwnData;
    const { questions, chats } = sftRows(use, recipe, samples);
    if (questions.length + chats.length === 0) {
      throw new BadInputError(
        `${data}: no sample has "steps" or an "answer" for SFT to learn, and no row is a conversation; add some, or ` +
          "leave the stage out ('sft: false')",
      );
    }
    const { directFraction } = parseSFTConfig(trainerSettings(use.settings));
    checkTargets(recipe, data, questions, directFraction > 0);
    // Their loss is that of what they would teach.
    const { validation = '' } = recipe;
    if (use.settings.evalSteps !== null)
      checkTargets(recipe, validation, samples.validation, directFraction > 0);
  },
  ...supervised(
    (context) => ({
      ...sftLessons(context.use, context),
      validation: [...context.samples.validation, ...context.samples.chatsValidation],
    }),
    ({ use }) => trainerSettings(use.settings),
  ),
  learning: answersLearning,
};

function mixtureProblems(settings: Settings, recipe: Recipe): SettingsProblem[] {
  const problem = mixtureProblem(parseSFTConfig(trainerSettings(settings)), recipeProtocol(recipe));
  return problem === null ? [] : [{ path: ['directFraction'], text: problem }];
}

/** What an SFT stage of the recipe learns, without validation. */
export function sftLessons(use: StageUse, { recipe, samples }: StageContext): Omit<Lessons, 'validation'> {
  const { questions, chats } = sftRows(use, recipe, samples);
  const captions = repeatedCaptions(recipe, samples.captions, questions.length);
  const isCaption = new Set(captions);
  return {
    samples: [...questions, ...captions, ...chats],
    protocol: recipeProtocol(recipe),
    completion: (sample, protocol) =>
      isCaption.has(sample) ? targetCaptions(sample) : targetTurns(sample, protocol, recipe.answers),
  };
}

interface OwnData {
  data?: string;
}

/** Without what is no setting of the trainer. */
export function trainerSettings({ data: _, ...settings }: Settings & OwnData): Settings {
  return settings;
}

/** Of the stage's own file all; else those with steps, and those with an answer only where no stage after it learns them. */
export function sftRows(
  use: StageUse,
  { stages }: Pick<Recipe, 'stages'>,
  samples: RecipeSamples,
): { questions: Sample[]; chats: ChatRow[] } {
  const own = samples[`${use.name}.data`] as (Sample | ChatRow)[] | undefined;
  if (own !== undefined) {
    const questions = own.filter((row): row is Sample => !isChatRow(row));
    return { questions, chats: own.filter(isChatRow) };
  }
  const { withRationale, answerOnly, chats } = samples;
  const later = stages.slice(stages.indexOf(use) + 1);
  const areKept = withRationale.length > 0 && later.some(({ stage }) => stage.learnsAnswerOnly);
  return { questions: areKept ? withRationale : [...withRationale, ...answerOnly], chats };
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
