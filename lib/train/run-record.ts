// run.json: with what settings and on what a training ran. One entry for each process that worked on it, so that a
// report can say how its figures came about.

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { packageVersion, replaceFile } from '../files/index.js';
import { fieldProblems } from '../models/index.js';
import { FileError, nativeInfo, readJsonFile } from '../runtime/index.js';
import { torch } from '../tensor/index.js';

/** Its name in the folder of a run or of a training. */
export const runRecordFile = 'run.json';

export interface RunRecord {
  /** ISO 8601, UTC. */
  started: string;
  /** Of earsight, Node and libtorch. */
  versions: Record<string, string>;
  /** That the kernels use, as EARSIGHT_ISA names it. */
  instructionSet: string;
  threads: number;
  /** The recipe, or the trainer's config. */
  settings: object;
}

/** Writes down that a run starts in `folder`. @param resume keeps what earlier processes wrote */
export function recordRun(folder: string, settings: object, { resume = false } = {}): void {
  const file = join(folder, runRecordFile);
  const earlier = resume && existsSync(file) ? readJsonFile(file) : [];
  const record: RunRecord = {
    started: new Date().toISOString(),
    versions: {
      earsight: packageVersion(),
      node: process.version.slice(1),
      libtorch: nativeInfo().libtorch.version,
    },
    instructionSet: String(torch.ops.earsight.isa()),
    threads: torch.getNumThreads(),
    settings,
  };
  mkdirSync(folder, { recursive: true });
  replaceFile(file, `${JSON.stringify([...(Array.isArray(earlier) ? earlier : []), record], null, 2)}\n`);
}

const recordsSchema = z.array(
  z.object({
    started: z.iso.datetime(),
    versions: z.record(z.string(), z.string()),
    instructionSet: z.string(),
    threads: z.int().nonnegative(),
    settings: z.record(z.string(), z.unknown()),
  }),
);

/** run.json, oldest first; none where the file is missing. @throws FileError naming the first wrong fields */
export function readRecords(folder: string): RunRecord[] {
  const file = join(folder, runRecordFile);
  if (!existsSync(file)) return [];
  const value = readJsonFile(file);
  const result = recordsSchema.safeParse(value);
  if (result.success) return result.data;
  throw new FileError(file, fieldProblems(recordsSchema, result.error, value));
}
