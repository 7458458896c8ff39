// A run as its folder has it: what the report shows of one run, as far as it came. A run that goes on or was killed is
// read like any other.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { StageAccuracy } from '../eval/index.js';
import { FileError } from '../runtime/index.js';
import {
  CompletionsByStep,
  type MetricsLine,
  type RunRecord,
  readMetrics,
  readRecords,
} from '../train/index.js';
import type { ReportClip } from './clips.js';
import { realFolders } from './media.js';
import { readAccuracy, readClips } from './run-files.js';
import { type KnownSample, readSampleFiles } from './sample-files.js';

const METRICS = 'metrics.jsonl';
const COMPLETIONS = 'completions.jsonl';
const ACCURACY = 'accuracy.json';
export const CLIPS = 'clips.json';

export interface RunData {
  name: string;
  records: RunRecord[];
  accuracy: StageAccuracy[];
  clips: ReportClip[];
  stages: TrainedStage[];
  /** Without links: clips below these are shown. */
  mediaFolders: string[];
  /** That the run trained on, as far as its files can be read. */
  samples: ReadonlyMap<string, KnownSample>;
  /** What could not be read. */
  problems: string[];
}

interface TrainedStage {
  name: string;
  lines: MetricsLine[];
  /** As its own folder records them; empty where that is the run's. */
  settings: object;
  completions: CompletionsByStep;
}

/** @throws FileError where a file is not what a run writes */
export function readRun(
  folder: string,
  { mediaFolders, dataFiles }: Record<'mediaFolders' | 'dataFiles', readonly string[]>,
): RunData {
  const stages = readStages(folder);
  const hasRollouts = stages.some(({ completions }) => completions.steps.length > 0);
  return {
    ...readSampleFiles(hasRollouts ? dataFiles : []),
    name: basename(resolve(folder)),
    records: readRecords(folder),
    accuracy: readAccuracy(join(folder, ACCURACY)),
    clips: readClips(join(folder, CLIPS)),
    stages,
    mediaFolders: realFolders([folder, ...mediaFolders]),
  };
}

/** @throws FileError for a folder in which no run has begun */
export function checkBegun(folder: string, { records, accuracy, stages }: RunData): void {
  if (records.length > 0 || accuracy.length > 0 || stages.length > 0) return;
  throw new FileError(
    folder,
    `no run to report: neither ${METRICS} (here or one folder below) nor ${ACCURACY}; give the output folder of a training`,
  );
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
      const completions = new CompletionsByStep(join(place, COMPLETIONS));
      completions.refresh();
      return { name: basename(resolve(place)), started, lines: readMetrics(file), settings, completions };
    })
    .sort((a, b) => a.started - b.started);
}
