/** `earsight train`: the stages of a recipe. */
import type { Command } from 'commander';
import { duration } from './arguments.js';

export function addTrain(program: Command, end: (code: number) => void): void {
  program
    .command('train')
    .description('train by a recipe: SFT on the samples with steps, then GRPO on the others')
    .argument('<recipe>', "YAML file; the smallest is one line, 'data: file.jsonl'")
    .option('--resume', 'go on with the run in the output folder')
    .option('--minutes <number>', 'cap the time: stages that do not fit are cut short', duration)
    .action(async (file: string, { resume, minutes }: { resume?: boolean; minutes?: number }) => {
      const { readRecipe } = await import('./recipe.js');
      const { runAndTell } = await import('./run-and-tell.js');
      const recipe = readRecipe(file);
      end(await runAndTell(recipe, { resume, minutes, resumeCommand: `earsight train ${file} --resume` }));
    });
}
