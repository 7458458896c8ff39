// The samples of a run by id, from the files of its data. A report is written without them where they are gone.

import { dirname } from 'node:path';
import { DataError, readTrainingRows, type Sample } from '../data/index.js';
import { FileError } from '../runtime/index.js';
import { realFolders } from './media.js';

export interface KnownSample {
  sample: Sample;
  /** Without links: where its clips may lie besides the run's own folders, which is below its file. */
  folders: readonly string[];
}

export interface RunSamples {
  samples: ReadonlyMap<string, KnownSample>;
  /** Of files that cannot be read. */
  problems: string[];
}

export function readSampleFiles(files: readonly string[]): RunSamples {
  const samples = new Map<string, KnownSample>();
  const problems: string[] = [];
  for (const file of files) {
    const folders = realFolders([dirname(file)]);
    try {
      for (const sample of readTrainingRows(file).samples) samples.set(sample.id, { sample, folders });
    } catch (error) {
      if (!(error instanceof DataError || error instanceof FileError)) throw error;
      problems.push(`questions and clips of rollouts are missing: ${error.message}`);
    }
  }
  return { samples, problems };
}
