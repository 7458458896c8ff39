/**
 * Bad input in files of samples. Messages name the place (file, line, field), the value, what was expected and the fix, so
 * that a file of a hundred thousand lines can be mended without opening this code.
 */

export class DataError extends Error {
  override readonly name = 'DataError';
  readonly code = 'BAD_DATA';
  readonly file: string;
  /** 1-based line of a JSONL file; undefined when the whole file is meant. */
  readonly line: number | undefined;
  /** For example `spans[1][0]`. */
  readonly field: string | undefined;

  constructor(where: Place, problem: string, fix: string) {
    const { file, line, field } = where;
    const place = line === undefined ? file : `${file}:${line}`;
    super(`${place}: ${field === undefined ? '' : `"${field}": `}${problem}. Fix: ${fix}.`);
    this.file = file;
    this.line = line;
    this.field = field;
  }
}

export interface Place {
  file: string;
  line?: number;
  field?: string;
}
