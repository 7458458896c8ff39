/** `earsight report`: report.html of a run's folder. */
import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { BadInputError } from './bad-input.js';

export function addReport(program: Command): void {
  program
    .command('report')
    .description("write report.html from a run's metrics, accuracy and answers")
    .argument('<run>', "the run's folder")
    .option('--data <folders...>', 'folders of the data: clips below these are shown, like those of the run')
    .action(async (run: string, { data }: { data?: string[] }) => {
      if (!statSync(run, { throwIfNoEntry: false })?.isDirectory())
        throw new BadInputError(`${run}: no such folder; give the output folder of a training`);
      const { writeReport } = await import('../report/index.js');
      process.stdout.write(`${writeReport(run, { mediaFolders: data })}\n`);
    });
}
