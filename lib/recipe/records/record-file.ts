/**
 * A file of records that grows sample by sample, one record a line. A program that is killed leaves whole lines and at most a
 * torn last one; the next goes on with the samples whose records are not all there. What the records were made of stands
 * beside the file: with other settings it is not gone on with, unless it holds nothing yet.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DataError } from '../../data/index.js';
import { BadInputError, namingFullDisk, replaceFile } from '../../files/index.js';
import { readJsonFile, shown } from '../../runtime/index.js';
import { differences } from '../../train/index.js';

export interface SampleRecord {
  sampleId: string;
}

export interface RecordFileOptions {
  /** What the records are made of: the stage, its settings, its inputs. */
  madeOf: object;
  /** Records of each sample once it is done. */
  expected: ReadonlyMap<string, number>;
  /** Takes the place of what is there. */
  overwrite?: boolean;
}

/** Samples whose records a file has, all of each. Changes nothing. @throws BadInputError, DataError */
export function finishedSamples(file: string, options: RecordFileOptions): ReadonlySet<string> {
  return new Set(wholeLines(file, options).keys());
}

/** Begins a file of records, or goes on with what it holds. */
export class RecordFile {
  /** Samples that are done. */
  readonly done: ReadonlySet<string>;
  readonly #file: string;

  /** @throws BadInputError, DataError */
  constructor(file: string, options: RecordFileOptions) {
    this.#file = file;
    const lines = wholeLines(file, options);
    this.done = new Set(lines.keys());
    mkdirSync(dirname(file), { recursive: true });
    if (options.overwrite) rmSync(file, { force: true });
    if (!isBegun(file)) {
      // First: records without it are refused.
      replaceFile(aboutFile(file), `${JSON.stringify(options.madeOf, null, 2)}\n`);
      replaceFile(file, '');
    }
    const text = [...lines.values()].flat().join('');
    if (readFileSync(file, 'utf8') !== text) replaceFile(file, text);
  }

  /** All records of a sample, in one write. @throws DiskFullError */
  append(records: readonly SampleRecord[]): void {
    try {
      appendFileSync(this.#file, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    } catch (error) {
      throw namingFullDisk(this.#file, error);
    }
  }
}

const aboutFile = (file: string): string => `${file}.settings.json`;

/** A stage that failed before its first records is none that is gone on with. */
const isBegun = (file: string): boolean => existsSync(file) && statSync(file).size > 0;

/** The lines of the samples that are done. */
function wholeLines(
  file: string,
  { madeOf, expected, overwrite = false }: RecordFileOptions,
): Map<string, string[]> {
  if (overwrite || !isBegun(file)) return new Map();
  checkMadeOf(file, madeOf);
  const lines = new Map<string, string[]>();
  // What follows the last line end is torn.
  for (const [i, line] of readFileSync(file, 'utf8').split('\n').slice(0, -1).entries()) {
    const id = sampleIdOf(line, file, i + 1);
    if (!expected.has(id))
      throw new BadInputError(
        `${file}:${i + 1}: sample ${shown(id)} is not among the stage's inputs; ${beginAnew}`,
      );
    lines.set(id, [...(lines.get(id) ?? []), `${line}\n`]);
  }
  for (const [id, own] of lines) if (own.length !== expected.get(id)) lines.delete(id);
  return lines;
}

function sampleIdOf(line: string, file: string, number: number): string {
  try {
    const { sampleId } = JSON.parse(line) as SampleRecord;
    if (typeof sampleId === 'string') return sampleId;
  } catch {
    // Told below.
  }
  throw new DataError({ file, line: number }, `not a record: ${shown(line)}`, beginAnew);
}

const beginAnew = 'begin anew: --overwrite, or another output';

function checkMadeOf(file: string, madeOf: object): void {
  const about = aboutFile(file);
  if (!existsSync(about))
    throw new BadInputError(`${file}: exists, and no stage has written it; ${beginAnew}`);
  const other = differences(readJsonFile(about) as object, JSON.parse(JSON.stringify(madeOf)) as object);
  if (other.length === 0) return;
  const list = other.map(([field, before, now]) => `${field} ${shown(before)}, now ${shown(now)}`).join('; ');
  throw new BadInputError(
    `${file}: was made otherwise (${list}). Go on with what it was made of, or ${beginAnew}`,
  );
}
