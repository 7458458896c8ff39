/** `earsight report`: report.html of a run's folder. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { BadInputError } from './bad-input.js';

export function addReport(program: Command): void {
  program
    .command('report')
    .description("write report.html from a run's metrics, accuracy and answers")
    .argument('<run>', "the run's folder")
    .action(async (run: string) => {
      if (!existsSync(run))
        throw new BadInputError(`${run}: no such folder; give the output folder of a training`);
      const { writeReport } = await import('../report/index.js');
      process.stdout.write(`${writeReport(run)}\n`);
    });
}
