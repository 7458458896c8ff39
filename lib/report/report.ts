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
import { embeddedRollouts } from './rollouts.js';
import { CLIPS, checkBegun, RunReader } from './run-data.js';
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
 * accuracy.json and clips.json.
 * @returns the report's path
 * @throws FileError when the folder holds none of them, or one of them is not what a run writes
 */
export function writeReport(folder: string, options: ReportOptions = {}): string {
  checkOptions('writeReport', options, {
    mediaFolders: listOf(kinds.string),
    dataFiles: listOf(kinds.string),
  });
  const { mediaFolders = [], dataFiles = [] } = options;
  const run = new RunReader(folder).read({ mediaFolders, dataFiles });
  checkBegun(folder, run);
  const clips = new EmbeddedClips();
  const sections = sectionsOf([run], clips);
  const stages = run.stages.map(({ name, lines, completions }) => ({
    name,
    metrics: metricPoints(lines),
    rollouts: embeddedRollouts(completions, run, clips),
  }));
  const { html } = page(`earsight: ${run.name}`, sections, {
    refreshMs: null,
    runs: [{ name: run.name, stages }],
    media: clips.media,
  });
  const file = join(folder, 'report.html');
  replaceFile(file, html);
  return file;
}
