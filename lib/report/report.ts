// report.html of a run's folder: the accuracy table, the curves of each stage and a few clips with their answers, all
// from the files that the run left there.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Answered } from '../eval/index.js';
import { replaceFile } from '../files/index.js';
import { checkOptions } from '../tensor/index.js';
import { type MetricsLine, readMetrics } from '../train/index.js';
import { accuracyTableHtml } from './accuracy-table.js';
import { clipHtml, pickClips } from './clips.js';
import { curves } from './curves.js';
import { realFolders } from './media.js';
import { page } from './page.js';
import { readAccuracy, readClips } from './run-files.js';

const METRICS = 'metrics.jsonl';
const ACCURACY = 'accuracy.json';
const CLIPS = 'clips.json';

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
}

/**
 * Writes report.html from what the folder holds: metrics.jsonl, its own or one in each stage's folder, accuracy.json
 * and clips.json.
 * @returns the report's path
 * @throws Error when the folder holds none of them; FileError when one of them is not what a run writes
 */
export function writeReport(folder: string, options: ReportOptions = {}): string {
  checkOptions('writeReport', options, ['mediaFolders']);
  const accuracy = readAccuracy(join(folder, ACCURACY));
  const clips = readClips(join(folder, CLIPS));
  const folders = realFolders([folder, ...(options.mediaFolders ?? [])]);
  const stages = readStages(folder);
  if (accuracy.length === 0 && stages.length === 0) {
    throw new Error(
      `${folder}: no run to report: neither ${METRICS} (here or one folder below) nor ${ACCURACY}`,
    );
  }
  const sections = [
    ...(accuracy.length > 0 ? [{ heading: 'Accuracy', body: accuracyTableHtml(accuracy) }] : []),
    ...stages.map(({ name, lines }) => ({
      heading: `Training: ${name}`,
      body: skippedNote(lines) + curves(lines),
    })),
    ...(clips.length > 0
      ? [{ heading: 'Clips', body: clips.map((clip) => clipHtml(clip, folders)).join('\n') }]
      : []),
  ];
  const file = join(folder, 'report.html');
  replaceFile(file, page(`earsight: ${basename(resolve(folder))}`, sections));
  return file;
}

/** Stages in the order in which they ended. */
function readStages(folder: string): { name: string; lines: MetricsLine[] }[] {
  if (!existsSync(folder)) return [];
  const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [
    { name: basename(resolve(folder)), file: join(folder, METRICS) },
    ...below.map(({ name }) => ({ name, file: join(folder, name, METRICS) })),
  ]
    .filter(({ file }) => existsSync(file))
    .sort((a, b) => statSync(a.file).mtimeMs - statSync(b.file).mtimeMs)
    .map(({ name, file }) => ({ name, lines: readMetrics(file) }));
}

function skippedNote(lines: readonly MetricsLine[]): string {
  const skipped = lines.filter((line) => line.skipped_samples !== undefined);
  if (skipped.length === 0) return '';
  return `<p class="note">${skipped.length} steps were skipped: their gradient was not finite (samples in ${METRICS}).</p>\n`;
}
