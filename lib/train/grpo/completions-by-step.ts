// The completions of a completions.jsonl by step, without holding them: where each step's lines stand. A training may go on
// writing, be killed and be resumed meanwhile.

import { closeSync, existsSync, readSync } from 'node:fs';
import { openUserFile } from '../../runtime/index.js';
import { type LinePosition, readStepLines } from '../step-lines.js';
import { type CompletionRecord, checkedRecord } from './completion-record.js';

interface StepRange {
  step: number;
  count: number;
  from: LinePosition;
}

/** Bytes before the end by which a file is known again. */
const TAIL = 256;

export class CompletionsByStep {
  readonly file: string;
  #ranges: StepRange[] = [];
  #end: LinePosition = { byte: 0, lines: 0 };
  #tail = '';

  constructor(file: string) {
    this.file = file;
  }

  /** Reads what was written since the last call; all of it where a resumed training dropped lines. */
  refresh(): void {
    const isThere = existsSync(this.file);
    if (!isThere || this.#tailNow() !== this.#tail) this.#reset();
    if (!isThere) return;
    for (const { value, end } of readStepLines(this.file, this.#end)) {
      const last = this.#ranges.at(-1);
      if (last?.step === value.step) last.count += 1;
      else this.#ranges.push({ step: value.step, count: 1, from: this.#end });
      this.#end = { byte: end, lines: this.#end.lines + 1 };
    }
    this.#tail = this.#tailNow();
  }

  /** In the order of the file. */
  get steps(): { step: number; count: number }[] {
    return this.#ranges.map(({ step, count }) => ({ step, count }));
  }

  /** The records of a step; none where the file does not have it. @throws FileError naming a line and its first wrong fields */
  read(step: number): CompletionRecord[] {
    const range = this.#ranges.find((it) => it.step === step);
    const records: CompletionRecord[] = [];
    if (range === undefined) return records;
    for (const { place, value } of readStepLines(this.file, range.from)) {
      if (records.length === range.count) break;
      records.push(checkedRecord(place, value));
    }
    return records;
  }

  #reset(): void {
    this.#ranges = [];
    this.#end = { byte: 0, lines: 0 };
    this.#tail = '';
  }

  /** What stands before the end of what was read. */
  #tailNow(): string {
    const { byte } = this.#end;
    const tail = Buffer.alloc(Math.min(TAIL, byte));
    const { fd } = openUserFile(this.file);
    try {
      return tail.subarray(0, readSync(fd, tail, 0, tail.length, byte - tail.length)).toString('latin1');
    } finally {
      closeSync(fd);
    }
  }
}
