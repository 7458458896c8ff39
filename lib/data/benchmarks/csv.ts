/** CSV as RFC 4180 has it: a quoted field may hold commas, line breaks and, doubled, quotes. */

interface CsvRecord {
  /** The line that it starts on, from 1. */
  line: number;
  fields: string[];
}

/** A fault and the line that it is on. */
export class CsvError extends Error {
  readonly line: number;

  constructor(line: number, problem: string) {
    super(problem);
    this.line = line;
  }
}

/** A field with what ends it: a comma, a line break or the end of the text. */
const field = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r\n|\n|$)/y;

/** Records in their order; empty lines are none. @throws CsvError */
export function readCsvRecords(text: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  const pattern = new RegExp(field);
  let line = 1;
  let record: CsvRecord = { line, fields: [] };
  while (pattern.lastIndex < text.length || record.fields.length > 0) {
    const match = pattern.exec(text);
    if (match === null) throw new CsvError(line, 'a quote inside a field, or one without its end');
    const [whole, quoted, plain, end] = match;
    record.fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    line += whole.split('\n').length - 1;
    if (end === ',') continue;
    if (record.fields.length > 1 || whole.length > end.length) records.push(record);
    record = { line, fields: [] };
  }
  return records;
}
