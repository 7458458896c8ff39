/** `earsight report`: report.html of a run's folder. */
import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { BadInputError } from '../files/index.js';
import { examples } from './arguments.js';

export function addReport(program: Command): void {
  program
    .command('report')
    .description("write report.html from a run's metrics, accuracy and answers")
    .argument('<run>', "the run's folder")
    .option('--data <folders...>', 'folders of the data: clips below these are shown, like those of the run')
    .addHelpText('after', examples('report runs/recipe', 'report runs/recipe --data clips'))
    .action(async (run: string, { data }: { data?: string[] }) => {
      for (const folder of [run, ...(data ?? [])]) {
        if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) continue;
        throw new BadInputError(
          folder === run
            ? `${run}: no such folder; give the output folder of a training`
            : `--data ${folder}: no such folder; give folders that hold the clips of the run's data`,
        );
      }
      const { writeReport } = await import('../report/index.js');
      process.stdout.write(`${writeReport(run, { mediaFolders: data })}\n`);
    });
}
