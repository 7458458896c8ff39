/** `earsight report`: report.html of a run's folder, or the page that follows it. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { BadInputError } from '../files/index.js';
import { examples, port } from './arguments.js';

interface ReportCommandOptions {
  data?: string[];
  live?: boolean;
  output?: string;
  host: string;
  port: number;
}

export function addReport(program: Command, end: (code: number) => void): void {
  program
    .command('report')
    .description(
      "write report.html from a run's metrics, completions, accuracy and answers, or serve it live",
    )
    .argument('<runs...>', "the run's folder; of several runs one page shows them side by side")
    .option('--data <paths...>', 'files of samples (JSONL) and folders of clips besides those of the run')
    .option(
      '--output <file>',
      'the page (default: report.html in the folder of the run, comparison.html of several)',
    )
    .option('--live', 'serve the page, which follows the run, instead of writing it')
    .option('--host <host>', 'address of this machine that --live listens to', '127.0.0.1')
    .option('--port <number>', 'port of --live; 0: a free one', port, 0)
    .addHelpText(
      'after',
      examples(
        ...['report runs/recipe', 'report runs/recipe --data clips', 'report --live runs/recipe'],
        'report runs/first runs/second --output both.html',
      ),
    )
    .action(
      async (folders: string[], { data = [], live, host, port: number, output }: ReportCommandOptions) => {
        checkData(data);
        if (live) return end(await serveLive(folders, data, host, number));
        const missing = folders.find((folder) => !isFolder(folder));
        if (missing !== undefined)
          throw new BadInputError(`${missing}: no such folder; give the output folder of a training`);
        const { writeRunsReport } = await import('../report/index.js');
        const mediaFolders = data.filter(isFolder);
        const runs = [];
        for (const folder of folders)
          runs.push({ folder, mediaFolders, dataFiles: knownFiles(await dataFilesOf(folder, data)) });
        const file = output ?? (folders.length === 1 ? join(folders[0], 'report.html') : 'comparison.html');
        writeRunsReport(file, runs);
        process.stdout.write(`${file}\n`);
      },
    );
}

/** A report is written without samples where the recipe's copy cannot be read. */
function knownFiles(files: () => string[]): string[] {
  try {
    return files();
  } catch (error) {
    if (!(error instanceof BadInputError)) throw error;
    process.stderr.write(
      `${error.message}\nRollouts are shown without their samples: name these by --data.\n`,
    );
    return [];
  }
}

/** @returns the exit code of the signal that ends it */
async function serveLive(
  folders: readonly string[],
  data: readonly string[],
  host: string,
  number: number,
): Promise<number> {
  const { LiveReport } = await import('../report/index.js');
  const { startReportServer } = await import('../serve/index.js');
  const { exitCodeOf, onSignals } = await import('../train/index.js');
  const mediaFolders = data.filter(isFolder);
  const runs = await Promise.all(
    folders.map(async (folder) => ({ folder, mediaFolders, dataFiles: await dataFilesOf(folder, data) })),
  );
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const server = await startReportServer(new LiveReport(runs), { host, port: number, log });
  const ended = new Promise<number>((resolve) => onSignals((signal) => resolve(exitCodeOf(signal))));
  for (const folder of folders) if (!isFolder(folder)) log(`${folder}: not there yet; the page waits for it`);
  process.stdout.write(`${server.url}\n`);
  const code = await ended;
  await server.stop();
  return code;
}

function checkData(data: readonly string[]): void {
  const missing = data.find((path) => statSync(path, { throwIfNoEntry: false }) === undefined);
  if (missing === undefined) return;
  throw new BadInputError(
    `--data ${missing}: no such file or folder; give files of samples, or folders that hold clips of the run's data`,
  );
}

/** The files of samples that --data names, or else the one of the run's recipe, as it is whenever it is asked for. */
async function dataFilesOf(folder: string, data: readonly string[]): Promise<() => string[]> {
  const files = data.filter((path) => !isFolder(path));
  const { dataOfRun } = await import('../recipe/index.js');
  return () => (files.length > 0 ? files : [dataOfRun(folder) ?? []].flat());
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
