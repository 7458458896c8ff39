// report.html of a run's folder: the accuracy table, the curves of each stage and a few clips with their answers, all
// from the files that the run left there.

import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Answered, StageAccuracy } from '../eval/index.js';
import { readJsonFile } from '../runtime/index.js';
import { type MetricsLine, readMetrics } from '../train/index.js';
import { accuracyTableHtml } from './accuracy-table.js';
import { clipHtml, pickClips, type ReportClip } from './clips.js';
import { curves } from './curves.js';
import { page } from './page.js';

const METRICS = 'metrics.jsonl';
const ACCURACY = 'accuracy.json';
const CLIPS = 'clips.json';

/** Keeps what the report shows of a run's answers: clips.json in its folder. */
export function writeClips(
  folder: string,
  stages: readonly { name: string; answered: readonly Answered[] }[],
): void {
  writeFileSync(join(folder, CLIPS), `${JSON.stringify(pickClips(stages), null, 2)}\n`);
}

/**
 * Writes report.html from what the folder holds: metrics.jsonl, its own or one in each stage's folder, accuracy.json
 * and clips.json.
 * @returns the report's path
 * @throws Error when the folder holds none of them
 */
export function writeReport(folder: string): string {
  const accuracy = readJson<StageAccuracy[]>(join(folder, ACCURACY)) ?? [];
  const clips = readJson<ReportClip[]>(join(folder, CLIPS)) ?? [];
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
    ...(clips.length > 0 ? [{ heading: 'Clips', body: clips.map(clipHtml).join('\n') }] : []),
  ];
  const file = join(folder, 'report.html');
  writeFileSync(file, page(`earsight: ${basename(resolve(folder))}`, sections));
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

function readJson<T>(file: string): T | null {
  return existsSync(file) ? (readJsonFile(file) as T) : null;
}
