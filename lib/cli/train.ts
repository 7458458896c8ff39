/** `earsight train`: the stages of a recipe. */
import { type Command, Option } from 'commander';
import { duration, examples, minutesHelp } from './arguments.js';
import { commandText } from './command-text.js';
import {
  addRecipeOptions,
  type RecipeCommandOptions,
  readRecipeWith,
  recipeWords,
} from './recipe-options.js';

interface TrainOptions extends RecipeCommandOptions {
  resume?: boolean;
  overwrite?: boolean;
  minutes?: number;
}

export function addTrain(program: Command, end: (code: number) => void): void {
  const command = program
    .command('train')
    .description('run the stages of a recipe')
    .argument('<recipe>', "YAML file; the smallest is one line, 'data: file.jsonl'")
    .option('--resume', 'go on with the run in the output folder')
    .addOption(new Option('--overwrite', 'replace the run that the output folder holds').conflicts('resume'))
    .option('--minutes <number>', minutesHelp, duration)
    .addHelpText(
      'after',
      examples(
        'train recipe.yaml',
        'train recipe.yaml --resume',
        'train recipe.yaml --set seed=3 sft.maxSteps=200',
      ),
    )
    .action(async (file: string, { resume, overwrite, minutes, ...options }: TrainOptions) => {
      const { runRecipeCommand } = await import('./run-recipe-command.js');
      const recipe = await readRecipeWith(file, options);
      const resumeCommand = commandText('earsight', 'train', file, '--resume', ...recipeWords(options));
      end(await runRecipeCommand(recipe, { resume, overwrite, minutes, resumeCommand }));
    });
  addRecipeOptions(command);
}
