/**
 * A data file as JSON objects with their line numbers: JSONL (one object a line; a byte order mark, CRLF and empty
 * last lines are accepted), or one JSON array of objects, in which case the number is the item's, from 1.
 */
import { parseJson, readUserFile, shown } from '../runtime/index.js';
import { DataError } from './errors.js';

/** What Node.js reads into one buffer. */
const maxFileBytes = 2 ** 31 - 1;

export interface Row {
  line: number;
  value: Record<string, unknown>;
}

export interface RowOptions {
  /** A file without rows is one of no rows. */
  mayBeEmpty?: boolean;
  /** A last line that is not whole is left out: a program is writing it, or was killed. */
  mayBeTorn?: boolean;
}

/** @throws DataError naming the line when the file is not UTF-8, not JSON, or a row is not an object. */
export function readRows(file: string, { mayBeEmpty = false, mayBeTorn = false }: RowOptions = {}): Row[] {
  const lines = decodeLines(file, mayBeTorn ? wholeLines : (bytes) => bytes);
  while (lines.length > 0 && lines.at(-1)!.trim() === '') lines.pop();
  if (lines.length === 0 && mayBeEmpty) return [];
  if (lines.length === 0) throw new DataError({ file }, 'the file is empty', 'write one JSON object a line');
  if (lines[0]!.trimStart().startsWith('[')) return arrayRows(file, lines.join('\n'));
  return lines.map((text, i) => {
    const line = i + 1;
    if (text.trim() === '') throw new DataError({ file, line }, 'empty line between rows', 'remove the line');
    return { line, value: object(file, line, parse(file, line, text)) };
  });
}

function arrayRows(file: string, text: string): Row[] {
  const items = parse(file, 1, text);
  // The text starts with a bracket, so what parses is an array.
  return (items as unknown[]).map((item, i) => ({ line: i + 1, value: object(file, i + 1, item) }));
}

/** Without a last line that has no end and is not JSON. */
function wholeLines(bytes: Uint8Array): Uint8Array {
  const decoder = new TextDecoder();
  if (decoder.decode(bytes.subarray(0, 64)).trimStart().startsWith('[')) return bytes;
  const end = bytes.lastIndexOf(0x0a) + 1;
  try {
    parseJson(decoder.decode(bytes.subarray(end)));
    return bytes;
  } catch {
    return bytes.subarray(0, end);
  }
}

function decodeLines(file: string, linesOf: (bytes: Uint8Array) => Uint8Array): string[] {
  const fail = (reason: string) => new DataError({ file }, reason, 'give the path of a readable JSONL file');
  const bytes = linesOf(readUserFile(file, { maxBytes: maxFileBytes, fail }));
  // The decoder drops a byte order mark where it starts one text, and only there: each line is its own text.
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const lines: string[] = [];
  for (let start = 0; start <= bytes.length; ) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    try {
      lines.push(decoder.decode(bytes.subarray(start, end)));
    } catch {
      throw new DataError(
        { file, line: lines.length + 1 },
        'the line is not valid UTF-8',
        'save the file as UTF-8 (for example: iconv -f latin1 -t utf-8)',
      );
    }
    start = end + 1;
  }
  return lines;
}

function parse(file: string, line: number, text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw new DataError(
      { file, line },
      `not JSON: ${(error as Error).message}`,
      'write one complete JSON object on the line, without line breaks inside it',
    );
  }
}

function object(file: string, line: number, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new DataError(
    { file, line },
    `got ${shown(value)}, expected an object`,
    'write one JSON object, { ... }, a line',
  );
}
