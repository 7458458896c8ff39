/** Options of the commands that take a recipe: what they put in place of its own settings. */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Recipe } from '../recipe/index.js';
import { adapterOption, folder } from './arguments.js';
import {
  addMediaOptions,
  badClipOption,
  type ClipCommandOptions,
  clipWords,
  withClipOptions,
} from './media-options.js';

export interface RecipeCommandOptions extends ClipCommandOptions {
  output?: string;
  adapter?: string;
  set?: string[];
}

export function addRecipeOptions(command: Command): Command {
  const set = 'settings in place of those of the recipe, key=value: seed=3, grpo.learningRate=1e-5';
  command
    .addOption(new Option('--set <settings...>', set))
    .option('--output <folder>', "where everything goes, in place of the recipe's output", folder)
    .addOption(adapterOption())
    .addOption(badClipOption());
  return addMediaOptions(command);
}

/** The recipe with what the command line says in place of its own. @throws BadInputError */
export async function readRecipeWith(
  file: string,
  { output, adapter, set, ...clips }: RecipeCommandOptions,
  { anyMachine = false } = {},
): Promise<Recipe> {
  const { readRecipe } = await import('../recipe/index.js');
  // Relative to the working folder, as the command line has it.
  const given = adapter === undefined ? [] : [`adapter=${JSON.stringify(resolve(adapter))}`];
  const read = await readRecipe(file, { set: [...(set ?? []), ...given], anyMachine });
  const recipe = await withClipOptions(read, clips);
  return output === undefined ? recipe : { ...recipe, output: resolve(output) };
}

/** The given options as words of a command line. */
export function recipeWords({ output, adapter, set, ...clips }: RecipeCommandOptions): string[] {
  return [
    ...(adapter === undefined ? [] : ['--adapter', adapter]),
    ...(set ?? []).flatMap((setting) => ['--set', setting]),
    ...(output === undefined ? [] : ['--output', output]),
    ...clipWords(clips),
  ];
}
