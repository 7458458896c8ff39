/** `earsight report`: report.html of a run's folder, or the page that follows it. */
import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { BadInputError } from '../files/index.js';
import { examples, port } from './arguments.js';

interface ReportCommandOptions {
  data?: string[];
  live?: boolean;
  host: string;
  port: number;
}

export function addReport(program: Command, end: (code: number) => void): void {
  program
    .command('report')
    .description(
      "write report.html from a run's metrics, completions, accuracy and answers, or serve it live",
    )
    .argument('<run>', "the run's folder")
    .option('--data <paths...>', 'files of samples (JSONL) and folders of clips besides those of the run')
    .option('--live', 'serve the page, which follows the run, instead of writing it')
    .option('--host <host>', 'address of this machine that --live listens to', '127.0.0.1')
    .option('--port <number>', 'port of --live; 0: a free one', port, 0)
    .addHelpText(
      'after',
      examples('report runs/recipe', 'report runs/recipe --data clips', 'report --live runs/recipe'),
    )
    .action(async (folder: string, { data = [], live, host, port: number }: ReportCommandOptions) => {
      checkData(data);
      if (live) return end(await serveLive([folder], data, host, number));
      if (!isFolder(folder))
        throw new BadInputError(`${folder}: no such folder; give the output folder of a training`);
      const { writeReport } = await import('../report/index.js');
      const mediaFolders = data.filter(isFolder);
      const dataFiles = knownFiles(await dataFilesOf(folder, data));
      process.stdout.write(`${writeReport(folder, { mediaFolders, dataFiles })}\n`);
    });
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
