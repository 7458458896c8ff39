/** `earsight report`: report.html of a run's folder. */
import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { BadInputError } from '../files/index.js';
import { examples } from './arguments.js';

interface ReportCommandOptions {
  data?: string[];
}

/** Where a run's samples and clips are. */
interface RunInput {
  folder: string;
  mediaFolders: string[];
  dataFiles: string[];
}

export function addReport(program: Command): void {
  program
    .command('report')
    .description("write report.html from a run's metrics, completions, accuracy and answers")
    .argument('<run>', "the run's folder")
    .option('--data <paths...>', 'files of samples (JSONL) and folders of clips besides those of the run')
    .addHelpText('after', examples('report runs/recipe', 'report runs/recipe --data clips'))
    .action(async (folder: string, { data = [] }: ReportCommandOptions) => {
      if (!isFolder(folder))
        throw new BadInputError(`${folder}: no such folder; give the output folder of a training`);
      const { writeReport } = await import('../report/index.js');
      const { mediaFolders, dataFiles } = await inputOf(folder, data);
      process.stdout.write(`${writeReport(folder, { mediaFolders, dataFiles })}\n`);
    });
}

/** @param data what --data names */
async function inputOf(folder: string, data: readonly string[]): Promise<RunInput> {
  const missing = data.find((path) => statSync(path, { throwIfNoEntry: false }) === undefined);
  if (missing !== undefined)
    throw new BadInputError(
      `--data ${missing}: no such file or folder; give files of samples, or folders that hold clips of the run's data`,
    );
  const mediaFolders = data.filter(isFolder);
  const files = data.filter((path) => !isFolder(path));
  return { folder, mediaFolders, dataFiles: files.length > 0 ? files : await recordedData(folder) };
}

/** The samples that the run trained on, as its copy of the recipe has them. */
async function recordedData(folder: string): Promise<string[]> {
  const { recipeOfRun } = await import('../recipe/index.js');
  try {
    const recipe = await recipeOfRun(folder);
    return recipe === null ? [] : [recipe.data];
  } catch (error) {
    if (!(error instanceof BadInputError)) throw error;
    process.stderr.write(
      `${error.message}\nRollouts are shown without their samples; name the data by --data.\n`,
    );
    return [];
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
