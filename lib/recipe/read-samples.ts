/** Reads the samples of a recipe. */
import { type ChatRow, readSamples, readTrainingRows, type Sample } from '../data/index.js';
import { BadInputError } from '../files/index.js';
import type { Protocol } from '../rewards/index.js';
import { recipeProtocol, withPrompt } from './protocol.js';
import type { RecipeSamples } from './samples.js';
import { selected, selectionText } from './selection.js';
import type { Recipe } from './stage.js';

/**
 * @param log is told what the recipe's filter and balance leave out
 * @throws DataError, BadInputError where a stage lacks what it learns
 */
export function readRecipeSamples(recipe: Recipe, log: (line: string) => void = () => {}): RecipeSamples {
  const { stages } = recipe;
  const own = stages.map((use) => ({ use, rows: use.stage.readRows?.(use, recipe) ?? {} }));
  // Where all stages read files of their own, `data` need hold no samples.
  const areOwn = stages.length > 0 && own.every(({ rows }) => rows.data !== undefined);
  const { samples: given, chats } = areOwn ? noRows : readTrainingRows(recipe.data);
  const train = chosen(recipe, given, chats, log);
  const validation = recipe.validation === undefined ? noRows : readTrainingRows(recipe.validation);
  const hasSteps = ({ steps }: Sample): boolean => steps !== undefined && steps.length > 0;
  const protocol = recipeProtocol(recipe);
  const asked = (read: Sample[], by = protocol): Sample[] =>
    read.map((sample) => withPrompt(sample, recipe, by));
  // Captions are laid out in one way under all protocols, and have an instruction under their own alone.
  const ofCaptions: Protocol = protocol.name === 'spans' ? protocol : { name: 'spans' };
  const samples: RecipeSamples = {
    captions: asked(optional(recipe.captions), ofCaptions),
    captionsValidation: asked(optional(recipe.captionsValidation), ofCaptions),
    withRationale: asked(train.filter(hasSteps)),
    answerOnly: asked(train.filter((sample) => !hasSteps(sample) && sample.answer !== undefined)),
    chats,
    validation: asked(answered(recipe.validation, validation.samples)),
    chatsValidation: validation.chats,
    test: asked(answered(recipe.test, optional(recipe.test))),
  };
  for (const { use, rows: bySetting } of own)
    for (const [setting, rows] of Object.entries(bySetting)) samples[`${use.name}.${setting}`] = rows;
  for (const use of stages) use.stage.checkSamples?.(use, recipe, samples);
  return samples;
}

/** The samples that the recipe's filter and balance leave. */
function chosen(
  { data, filter, balance }: Recipe,
  samples: readonly Sample[],
  chats: readonly ChatRow[],
  log: (line: string) => void,
): readonly Sample[] {
  const rule = filter === undefined ? 'balance' : 'filter';
  if (filter === undefined && balance === undefined) return samples;
  if (samples.length === 0)
    throw new BadInputError(`${data}: ${rule}: no stage reads samples there; leave it out`);
  if (chats.length > 0)
    throw new BadInputError(
      `${data}: ${rule}: conversation '${chats[0].id}' has no grades and no category; leave ${rule} out, or the conversations`,
    );
  const selection = selected(samples, { filter, balance }, data);
  for (const line of selectionText(selection, samples.length)) log(line);
  return selection.kept;
}

function optional(file: string | undefined): Sample[] {
  return file === undefined ? [] : readSamples(file);
}

const noRows = { samples: [], chats: [] };

/** @throws BadInputError naming a sample without an answer */
function answered(file: string | undefined, samples: Sample[]): Sample[] {
  const open = samples.find(({ answer }) => answer === undefined);
  if (open !== undefined)
    throw new BadInputError(`${file}: sample '${open.id}' has no "answer" to compare with; give each one`);
  return samples;
}
