/** `earsight train`: the stages of a recipe. */
import type { Command } from 'commander';
import { duration, examples } from './arguments.js';
import {
  addMediaOptions,
  badClipOption,
  type MediaCommandOptions,
  mediaWords,
  poolOptions,
} from './media-options.js';

interface TrainOptions extends MediaCommandOptions {
  onBadClip?: 'stop' | 'skip';
  resume?: boolean;
  minutes?: number;
}

export function addTrain(program: Command, end: (code: number) => void): void {
  const command = program
    .command('train')
    .description('train by a recipe: SFT on the samples with steps, then GRPO on the others')
    .argument('<recipe>', "YAML file; the smallest is one line, 'data: file.jsonl'")
    .option('--resume', 'go on with the run in the output folder')
    .option('--minutes <number>', 'cap the time: stages that do not fit are cut short', duration)
    .addOption(badClipOption())
    .addHelpText('after', examples('train recipe.yaml', 'train recipe.yaml --resume'))
    .action(async (file: string, { resume, minutes, onBadClip, ...media }: TrainOptions) => {
      const { readRecipe } = await import('./recipe.js');
      const { runAndTell } = await import('./run-and-tell.js');
      const read = readRecipe(file);
      const recipe = {
        ...read,
        onBadClip: onBadClip ?? read.onBadClip,
        media: await poolOptions(media, read.media),
      };
      const words = [...(onBadClip ? ['--on-bad-clip', onBadClip] : []), ...mediaWords(media)];
      const resumeCommand = ['earsight train', file, '--resume', ...words].join(' ');
      end(await runAndTell(recipe, { resume, minutes, resumeCommand }));
    });
  addMediaOptions(command);
}
