// report.html of a run's folder: accuracy, curves, rollouts and a few clips with their answers, all from the files that
// the run left there.

import { join } from 'node:path';
import type { Answered } from '../eval/index.js';
import { replaceFile } from '../files/index.js';
import { checkOptions, kinds, listOf } from '../tensor/index.js';
import { pickClips } from './clips.js';
import { EmbeddedClips } from './media.js';
import { metricPoints } from './metric-points.js';
import { page } from './page.js';
import { embeddedPaths } from './paths.js';
import { embeddedRollouts } from './rollouts.js';
import { CLIPS, checkBegun, type RunInput, RunReader } from './run-data.js';
import { runNames } from './run-names.js';
import { sectionsOf } from './sections.js';

/** Keeps what the report shows of a run's answers: clips.json in its folder. */
export function writeClips(
  folder: string,
  stages: readonly { name: string; answered: readonly Answered[] }[],
): void {
  replaceFile(join(folder, CLIPS), `${JSON.stringify(pickClips(stages), null, 2)}\n`);
}

export interface ReportOptions {
  /** Folders besides the run's own below which clips are embedded in the page: those of the run's data. */
  mediaFolders?: readonly string[];
  /** Files of samples (JSONL) that the run trained on: questions, answers, spans and clips of the rollouts. */
  dataFiles?: readonly string[];
}

/**
 * Writes report.html from what the folder holds: metrics.jsonl and run.json, its own or one in each stage's folder,
 * accuracy.json, clips.json, and the paths, steps and pairs of process DPO.
 * @returns the report's path
 * @throws FileError when the folder holds none of them, or one of them is not what a run writes
 */
export function writeReport(folder: string, options: ReportOptions = {}): string {
  checkOptions('writeReport', options, {
    mediaFolders: listOf(kinds.string),
    dataFiles: listOf(kinds.string),
  });
  const file = join(folder, 'report.html');
  const { mediaFolders = [], dataFiles = [] } = options;
  writePage(file, [{ folder, mediaFolders, dataFiles }]);
  return file;
}

/**
 * Writes the page of several runs side by side: their curves in the same charts, their accuracy tables beside each other.
 * @throws FileError as writeReport
 */
export function writeRunsReport(
  file: string,
  runs: readonly (Partial<RunInput> & Pick<RunInput, 'folder'>)[],
): void {
  writePage(
    file,
    runs.map((run) => ({ mediaFolders: [], dataFiles: [], ...run })),
  );
}

function writePage(file: string, inputs: readonly RunInput[]): void {
  const clips = new EmbeddedClips();
  const names = runNames(inputs.map(({ folder }) => folder));
  const runs = inputs.map((input, i) => {
    const run = { ...new RunReader(input.folder).read(input), name: names[i] };
    checkBegun(input.folder, run);
    return run;
  });
  const sections = sectionsOf(runs, clips);
  const views = runs.map((run) => ({
    name: run.name,
    stages: run.stages.map(({ name, lines, completions }) => ({
      name,
      metrics: metricPoints(lines),
      rollouts: embeddedRollouts(completions, run, clips),
    })),
    paths: embeddedPaths(run.paths, run, clips),
  }));
  const view = { refreshMs: null, runs: views, media: clips.media };
  replaceFile(file, page(`earsight: ${names.join(', ')}`, sections, view).html);
}
