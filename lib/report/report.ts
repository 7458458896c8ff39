// report.html of a run's folder: the accuracy table, the curves of each stage and a few clips with their answers, all
// from the files that the run left there. A run that goes on or was killed is shown as far as it came.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { hasMedia } from '../data/index.js';
import type { Answered } from '../eval/index.js';
import { replaceFile } from '../files/index.js';
import { FileError } from '../runtime/index.js';
import { checkOptions, kinds, listOf } from '../tensor/index.js';
import { type MetricsLine, readMetrics, readRecords } from '../train/index.js';
import { accuracyTableHtml } from './accuracy-table.js';
import { clipHtml, pickClips } from './clips.js';
import { curves } from './curves.js';
import { headerHtml, settingsHtml } from './header.js';
import { realFolders } from './media.js';
import { page } from './page.js';
import { readAccuracy, readClips } from './run-files.js';

const METRICS = 'metrics.jsonl';
const ACCURACY = 'accuracy.json';
const CLIPS = 'clips.json';

const noMetrics = '<p class="note">No metrics yet.</p>\n';

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
 * Writes report.html from what the folder holds: metrics.jsonl and run.json, its own or one in each stage's folder,
 * accuracy.json and clips.json.
 * @returns the report's path
 * @throws FileError when the folder holds none of them, or one of them is not what a run writes
 */
export function writeReport(folder: string, options: ReportOptions = {}): string {
  checkOptions('writeReport', options, { mediaFolders: listOf(kinds.string) });
  const accuracy = readAccuracy(join(folder, ACCURACY));
  const clips = readClips(join(folder, CLIPS));
  const folders = realFolders([folder, ...(options.mediaFolders ?? [])]);
  const stages = readStages(folder);
  const records = readRecords(folder);
  if (accuracy.length === 0 && stages.length === 0 && records.length === 0) {
    throw new FileError(
      folder,
      `no run to report: neither ${METRICS} (here or one folder below) nor ${ACCURACY}; give the output folder of a training`,
    );
  }
  const sections = [
    ...(accuracy.length > 0 ? [{ heading: 'Accuracy', body: accuracyTableHtml(accuracy) }] : []),
    ...stages.map(({ name, lines, settings }) => ({
      heading: `Training: ${name}`,
      body: skippedNote(lines) + (curves(lines) || noMetrics) + settingsHtml(settings),
    })),
    ...(clips.length > 0
      ? [
          {
            heading: clips.some(({ sample }) => hasMedia(sample)) ? 'Clips' : 'Questions',
            body: clips.map((clip) => clipHtml(clip, folders)).join('\n'),
          },
        ]
      : []),
  ];
  const file = join(folder, 'report.html');
  replaceFile(file, page(`earsight: ${basename(resolve(folder))}`, headerHtml(records), sections));
  return file;
}

interface TrainedStage {
  name: string;
  lines: MetricsLine[];
  /** As its own folder records them; empty where that is the run's. */
  settings: object;
}

/** Stages in the order in which they started, or else in which they were last written. */
function readStages(folder: string): TrainedStage[] {
  if (!existsSync(folder)) return [];
  const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return ['.', ...below.map(({ name }) => name)]
    .map((name) => ({ name, place: join(folder, name), file: join(folder, name, METRICS) }))
    .filter(({ file }) => existsSync(file))
    .map(({ name, place, file }) => {
      const records = readRecords(place);
      const started = records.length > 0 ? Date.parse(records[0].started) : statSync(file).mtimeMs;
      const settings = name === '.' ? {} : (records.at(-1)?.settings ?? {});
      return { name: basename(resolve(place)), started, lines: readMetrics(file), settings };
    })
    .sort((a, b) => a.started - b.started);
}

function skippedNote(lines: readonly MetricsLine[]): string {
  const skipped = lines.filter((line) => line.skipped_samples !== undefined);
  if (skipped.length === 0) return '';
  return `<p class="note">${skipped.length} steps were skipped: their gradient was not finite (samples in ${METRICS}).</p>\n`;
}
