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

/**
 * @param options.mayBeEmpty a file without rows is one of no rows
 * @throws DataError naming the line when the file is not UTF-8, not JSON, or a row is not an object.
 */
export function readRows(file: string, { mayBeEmpty = false }: { mayBeEmpty?: boolean } = {}): Row[] {
  const lines = decodeLines(file);
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

function decodeLines(file: string): string[] {
  const fail = (reason: string) => new DataError({ file }, reason, 'give the path of a readable JSONL file');
  const bytes = readUserFile(file, { maxBytes: maxFileBytes, fail });
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
