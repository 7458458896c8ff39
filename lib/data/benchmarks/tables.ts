/** Rows of tables in the formats that benchmarks are published in: JSON, JSONL, CSV and Parquet. */
import { extname } from 'node:path';
import { type CsvError, parse } from 'csv-parse/sync';
import { readUserFile, readUserText, shown } from '../../runtime/index.js';
import { DataError } from '../errors.js';
import { type Row, readRows } from '../lines.js';

const maxBytes = 2 ** 30;

/** Rows with the lines that they end on; of an array and of Parquet the row's number from 1. @throws DataError */
export async function readTable(file: string): Promise<Row[]> {
  switch (extname(file).toLowerCase()) {
    case '.csv':
      return readCsv(file);
    case '.parquet':
      return readParquet(file);
    default:
      return readRows(file);
  }
}

/** Values are texts, under the names of the first line. */
function readCsv(file: string): Row[] {
  const fix = 'give a CSV file with the names of its columns in the first line';
  const text = readUserText(file, { maxBytes, fail: (reason) => new DataError({ file }, reason, fix) });
  try {
    const rows = parse<{ record: Record<string, string>; info: { lines: number } }>(text, {
      columns: true,
      info: true,
      skip_empty_lines: true,
    });
    return rows.map(({ record, info }) => ({ line: info.lines, value: record }));
  } catch (error) {
    const { message, lines } = error as CsvError;
    throw new DataError({ file, line: Number(lines) || undefined }, `not CSV: ${message}`, fix);
  }
}

async function readParquet(file: string): Promise<Row[]> {
  const fix = 'give the Parquet file as it was published';
  const fail = (reason: string) => new DataError({ file }, reason, fix);
  const bytes = readUserFile(file, { maxBytes, fail });
  const { parquetReadObjects } = await import('hyparquet');
  try {
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    const rows = await parquetReadObjects({ file: buffer });
    return rows.map((value, i) => ({ line: i + 1, value: withNumbers(value) }));
  } catch (error) {
    throw fail(`not Parquet, or a kind of it that is not read: ${shown((error as Error).message)}`);
  }
}

/** Integers of 64 bits as numbers. */
function withNumbers(row: Record<string, unknown>): Record<string, unknown> {
  const number = (value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value);
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, number(value)]));
}
