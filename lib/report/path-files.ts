// What the stages of process DPO left in a run's folder or one below it: sampled paths, steps with their rollouts, and pairs.

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  DataError,
  type PairRecord,
  type PathRecord,
  readPairs,
  readPaths,
  readSteps,
  type StepRecord,
} from '../data/index.js';
import { FileError } from '../runtime/index.js';
import { fileMark } from './file-mark.js';

const readers = {
  'paths.jsonl': readPaths,
  'selected.jsonl': readPaths,
  'steps.jsonl': readSteps,
  'pairs.jsonl': readPairs,
};
type Name = keyof typeof readers;
const names = Object.keys(readers) as Name[];

export interface WrittenFile<R> {
  /** The name of its folder. */
  stage: string;
  name: string;
  /** Its place among all files, in the order in which they were last written. */
  order: number;
  records: readonly R[];
}

/** Files, in the order in which they were last written. */
export interface PathRecords {
  paths: WrittenFile<PathRecord>[];
  steps: WrittenFile<StepRecord>[];
  pairs: WrittenFile<PairRecord>[];
  /** Of files that cannot be read. */
  problems: string[];
}

interface Read {
  mark: string;
  records: readonly object[];
  problem: string | null;
}

/** Reads them, and again those that have changed. */
export class PathFiles {
  readonly #read = new Map<string, Read>();
  #all: { mark: string; records: PathRecords } | null = null;

  /** The same object as long as no file has changed. @param folders of the stages */
  read(folders: readonly { name: string; place: string }[]): PathRecords {
    const mark = pathFilesOf(folders).map(fileMark).join();
    if (this.#all?.mark !== mark) this.#all = { mark, records: this.#records(folders) };
    return this.#all.records;
  }

  #records(folders: readonly { name: string; place: string }[]): PathRecords {
    const files = folders
      .flatMap((folder) =>
        names.map((name) => ({ stage: folder.name, name, file: join(folder.place, name) })),
      )
      .filter(({ file }) => existsSync(file))
      .sort((a, b) => statSync(a.file).mtimeMs - statSync(b.file).mtimeMs)
      .map(({ stage, name, file }, order) => ({ stage, name, order, ...this.#readFile(name, file) }));
    const readBy = (reader: (typeof readers)[Name]) => files.filter(({ name }) => readers[name] === reader);
    return {
      paths: readBy(readPaths) as WrittenFile<PathRecord>[],
      steps: readBy(readSteps) as WrittenFile<StepRecord>[],
      pairs: readBy(readPairs) as WrittenFile<PairRecord>[],
      problems: files.flatMap(({ problem }) => problem ?? []),
    };
  }

  #readFile(name: Name, file: string): Read {
    const mark = fileMark(file);
    const known = this.#read.get(file);
    if (known?.mark === mark) return known;
    const read = { mark, ...recordsIn(name, file) };
    this.#read.set(file, read);
    return read;
  }
}

/** All that there may be. */
export function pathFilesOf(folders: readonly { place: string }[]): string[] {
  return folders.flatMap(({ place }) => names.map((name) => join(place, name)));
}

function recordsIn(name: Name, file: string): Pick<Read, 'records' | 'problem'> {
  try {
    // Stages add records as they make them.
    return { records: readers[name](file, { mayBeTorn: true }), problem: null };
  } catch (error) {
    if (!(error instanceof DataError || error instanceof FileError)) throw error;
    return { records: [], problem: `contrastive rollouts are missing: ${error.message}` };
  }
}
