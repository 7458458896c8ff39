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
  runRecordFile,
} from '../train/index.js';
import type { ReportClip } from './clips.js';
import { fileMark } from './file-mark.js';
import { realFolders } from './media.js';
import { PathFiles, type PathRecords, pathFilesOf } from './path-files.js';
import { RunPaths } from './paths.js';
import { readAccuracy, readClips } from './run-files.js';
import { type KnownSample, type RunSamples, readSampleFiles } from './sample-files.js';

const METRICS = 'metrics.jsonl';
const COMPLETIONS = 'completions.jsonl';
const RECORDS = runRecordFile;
const ACCURACY = 'accuracy.json';
export const CLIPS = 'clips.json';

export interface RunData {
  name: string;
  records: RunRecord[];
  accuracy: StageAccuracy[];
  clips: ReportClip[];
  stages: TrainedStage[];
  /** Of its stages that sample and expand paths. */
  paths: RunPaths;
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

export const noPaths = new RunPaths({ paths: [], steps: [], pairs: [] });

/** Where a run and its data lie. */
export interface RunInput {
  folder: string;
  /** Folders besides the run's own below which clips are shown. */
  mediaFolders: readonly string[];
  /** Files of samples. */
  dataFiles: readonly string[];
}

/** Reads a run, and again what has changed of it. */
export class RunReader {
  readonly #folder: string;
  readonly #metrics = new Map<string, { mark: string; lines: MetricsLine[] }>();
  readonly #completions = new Map<string, CompletionsByStep>();
  readonly #pathFiles = new PathFiles();
  #paths: { records: PathRecords | null; joined: RunPaths } = { records: null, joined: noPaths };
  #samples: { mark: string; read: RunSamples } = { mark: '', read: readSampleFiles([]) };

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Differs when a file of the run has changed. */
  mark(dataFiles: readonly string[]): string {
    const files = [RECORDS, ACCURACY, CLIPS].map((name) => join(this.#folder, name));
    const ofStages = this.#stageFolders().flatMap(({ place }) =>
      [METRICS, COMPLETIONS, RECORDS].map((name) => join(place, name)),
    );
    const ofPaths = pathFilesOf(this.#folders());
    return [...files, ...ofStages, ...ofPaths, ...dataFiles].map(fileMark).join();
  }

  /** @throws FileError where a file is not what a run writes */
  read({ mediaFolders, dataFiles }: Omit<RunInput, 'folder'>): Omit<RunData, 'name'> {
    const folder = this.#folder;
    const stages = this.#readStages();
    const { paths, problems } = this.#readPaths();
    const hasRollouts = stages.some(({ completions }) => completions.steps.length > 0) || !paths.isEmpty;
    const known = this.#readSamples(hasRollouts ? dataFiles : []);
    return {
      samples: known.samples,
      problems: [...known.problems, ...problems],
      records: readRecords(folder),
      accuracy: readAccuracy(join(folder, ACCURACY)),
      clips: readClips(join(folder, CLIPS)),
      stages,
      paths,
      mediaFolders: realFolders([folder, ...mediaFolders]),
    };
  }

  /** Joined anew where a file has changed. */
  #readPaths(): { paths: RunPaths; problems: string[] } {
    const named = this.#folders().map(({ name, place }) => ({ name: basename(resolve(place, name)), place }));
    const records = this.#pathFiles.read(named);
    if (records !== this.#paths.records) this.#paths = { records, joined: new RunPaths(records) };
    return { paths: this.#paths.joined, problems: records.problems };
  }

  #readSamples(files: readonly string[]): RunSamples {
    const mark = files.map(fileMark).join();
    if (mark !== this.#samples.mark) this.#samples = { mark, read: readSampleFiles(files) };
    return this.#samples.read;
  }

  /** The run's folder and those below it. */
  #folders(): { name: string; place: string }[] {
    const folder = this.#folder;
    if (!existsSync(folder)) return [];
    const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return ['.', ...below.map(({ name }) => name)].map((name) => ({ name, place: join(folder, name) }));
  }

  /** Those that have metrics. */
  #stageFolders(): { name: string; place: string; file: string }[] {
    return this.#folders()
      .map((folder) => ({ ...folder, file: join(folder.place, METRICS) }))
      .filter(({ file }) => existsSync(file));
  }

  /** In the order in which they started, or else in which they were last written. */
  #readStages(): TrainedStage[] {
    return this.#stageFolders()
      .map(({ name, place, file }) => {
        const records = readRecords(place);
        const started = records.length > 0 ? Date.parse(records[0].started) : statSync(file).mtimeMs;
        const settings = name === '.' ? {} : (records.at(-1)?.settings ?? {});
        const completions = this.#completionsOf(join(place, COMPLETIONS));
        return { name: basename(resolve(place)), started, lines: this.#linesOf(file), settings, completions };
      })
      .sort((a, b) => a.started - b.started);
  }

  #linesOf(file: string): MetricsLine[] {
    const mark = fileMark(file);
    const known = this.#metrics.get(file);
    if (known?.mark === mark) return known.lines;
    const lines = readMetrics(file);
    this.#metrics.set(file, { mark, lines });
    return lines;
  }

  #completionsOf(file: string): CompletionsByStep {
    const completions = this.#completions.get(file) ?? new CompletionsByStep(file);
    this.#completions.set(file, completions);
    completions.refresh();
    return completions;
  }
}

/** @throws FileError for a folder in which no run has begun */
export function checkBegun(folder: string, run: RunData): void {
  if (hasBegun(run)) return;
  throw new FileError(
    folder,
    `no run to report: neither ${METRICS} or paths.jsonl (here or one folder below) nor ${ACCURACY}; give the output folder of a training`,
  );
}

export function hasBegun({ records, accuracy, stages, paths }: Omit<RunData, 'name'>): boolean {
  return records.length > 0 || accuracy.length > 0 || stages.length > 0 || !paths.isEmpty;
}
