/** `earsight train`: the stages of a recipe. */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { duration, examples, folder, minutesHelp } from './arguments.js';
import { commandText } from './command-text.js';
import {
  addMediaOptions,
  badClipOption,
  type ClipCommandOptions,
  clipWords,
  withClipOptions,
} from './media-options.js';

interface TrainOptions extends ClipCommandOptions {
  output?: string;
  resume?: boolean;
  overwrite?: boolean;
  minutes?: number;
}

export function addTrain(program: Command, end: (code: number) => void): void {
  const command = program
    .command('train')
    .description('train by a recipe: SFT on the samples with steps, then GRPO on the others')
    .argument('<recipe>', "YAML file; the smallest is one line, 'data: file.jsonl'")
    .option('--resume', 'go on with the run in the output folder')
    .option('--output <folder>', "where everything goes, in place of the recipe's output", folder)
    .addOption(new Option('--overwrite', 'replace the run that the output folder holds').conflicts('resume'))
    .option('--minutes <number>', minutesHelp, duration)
    .addOption(badClipOption())
    .addHelpText('after', examples('train recipe.yaml', 'train recipe.yaml --resume'))
    .action(async (file: string, options: TrainOptions) => {
      const { output, resume, overwrite, minutes, ...clips } = options;
      const { readRecipe } = await import('../recipe/index.js');
      const { runRecipeCommand } = await import('./run-recipe-command.js');
      const read = await withClipOptions(readRecipe(file), clips);
      const recipe = { ...read, output: output === undefined ? read.output : resolve(output) };
      const words = [...(output === undefined ? [] : ['--output', output]), ...clipWords(clips)];
      const resumeCommand = commandText('earsight', 'train', file, '--resume', ...words);
      end(await runRecipeCommand(recipe, { resume, overwrite, minutes, resumeCommand }));
    });
  addMediaOptions(command);
}
