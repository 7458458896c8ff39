// JSONL files of a training whose lines belong to steps: metrics.jsonl and completions.jsonl. Lines are appended as the
// training goes, so that they can be watched and survive a crash. A resumed training first drops the lines written after
// its checkpoint: every step appears once.

import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  readSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { DiskFullError, namingFullDisk } from '../files/index.js';
import { FileError, openUserFile, parseJson, shown } from '../runtime/index.js';

interface StepLine {
  /** Finished optimizer steps. */
  step: number;
}

export class StepLines<Line extends StepLine> {
  readonly file: string;

  private constructor(file: string) {
    this.file = file;
  }

  /** Starts a new file. @throws Error when it exists */
  static create<Line extends StepLine>(file: string): StepLines<Line> {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '', { flag: 'wx' });
    return new StepLines(file);
  }

  /** Continues a file after `step`: later lines and a half-written last one are dropped. */
  static resume<Line extends StepLine>(file: string, step: number): StepLines<Line> {
    if (!existsSync(file)) return StepLines.create(file);
    let end = 0;
    for (const line of readStepLines(file)) {
      if (line.value.step > step) break;
      end = line.end;
    }
    truncateSync(file, end);
    return new StepLines(file);
  }

  /** @throws FileError, DiskFullError when it cannot be written; so does appendAll */
  append(line: Line): void {
    this.appendAll([line]);
  }

  appendAll(lines: readonly Line[]): void {
    writing(this.file, () =>
      appendFileSync(this.file, lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
    );
  }
}

/** Runs `write`, whose errors name no file or another one. @throws FileError, DiskFullError naming `file` */
export function writing<T>(file: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const named = namingFullDisk(file, error, 'free some there, then resume from the last checkpoint');
    if (named instanceof DiskFullError) throw named;
    throw new FileError(file, `cannot be written: ${(error as Error).message}`);
  }
}

interface ReadLine {
  /** The file and the line's number, from 1. */
  place: string;
  value: StepLine;
  /** The byte after its end. */
  end: number;
}

/** Where reading begins: at the byte after so many lines. */
export interface LinePosition {
  byte: number;
  lines: number;
}

const CHUNK = 2 ** 20;
const MAX_LINE = 2 ** 26;

/**
 * The lines of a file in turn. A last line without its end, as a crash leaves it, is left out.
 * @throws FileError naming the line that is no object with a step
 */
export function* readStepLines(
  file: string,
  from: LinePosition = { byte: 0, lines: 0 },
): Generator<ReadLine> {
  const { fd } = openUserFile(file);
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    let rest = Buffer.alloc(0);
    let end = from.byte;
    let read = from.byte;
    for (let number = from.lines + 1; ; ) {
      const chunk = Buffer.allocUnsafe(CHUNK);
      const count = readSync(fd, chunk, 0, CHUNK, read);
      read += count;
      if (count === 0) return;
      const bytes = Buffer.concat([rest, chunk.subarray(0, count)]);
      let start = 0;
      for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, start), number++) {
        end += at + 1 - start;
        const place = `${file}:${number}`;
        yield { place, value: parseLine(file, place, () => decoder.decode(bytes.subarray(start, at))), end };
        start = at + 1;
      }
      rest = bytes.subarray(start);
      if (rest.length > MAX_LINE)
        throw new FileError(`${file}:${number}`, `the line has more than ${MAX_LINE} bytes`);
    }
  } finally {
    closeSync(fd);
  }
}

function parseLine(file: string, place: string, text: () => string): StepLine {
  const fail = (reason: string) =>
    new FileError(place, `not a line of ${basename(file, '.jsonl')}: ${reason}`);
  let value: StepLine | null;
  try {
    value = parseJson(text()) as StepLine | null;
  } catch (error) {
    throw fail((error as Error).message);
  }
  if (!Number.isFinite(value?.step)) throw fail(`step: expected a number, got ${shown(value?.step)}`);
  return value as StepLine;
}
