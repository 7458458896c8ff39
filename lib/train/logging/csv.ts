// A callback that writes metrics as a CSV table: a row for each log and each evaluation, a column for each metric.

import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { replaceFile } from '../../files/index.js';
import { checkPath, FileError, readUserText } from '../../runtime/index.js';
import { isResumed, type TrainerCallback } from '../callbacks.js';
import { writing } from '../step-lines.js';

/**
 * Writes `file`. A metric that comes later adds a column, which earlier rows leave empty. A resumed training goes on after its
 * checkpoint; a new one refuses a file that has rows.
 */
export function csvLog(file: string): TrainerCallback {
  checkPath('csvLog: file', file);
  let columns: string[] = [];
  const write = (step: number, metrics: Record<string, number>): void => {
    const values: Record<string, number> = { step, ...metrics };
    const fresh = Object.keys(values).filter((name) => !columns.includes(name));
    columns = [...columns, ...fresh];
    const row = columns.map((name) => values[name] ?? '').join(',');
    writing(file, () => {
      if (fresh.length === 0) return appendFileSync(file, `${row}\n`);
      const earlier = readTable(file).rows.map((cells) => cells + ','.repeat(fresh.length));
      replaceFile(file, text(columns, [...earlier, row]));
    });
  };
  return {
    onTrainBegin(state) {
      const { step } = state;
      const earlier = existsSync(file) ? readTable(file) : { columns: [], rows: [] };
      if (!isResumed(state) && earlier.rows.length > 0)
        throw new FileError(file, 'holds the metrics of another training; give another file, or remove it');
      columns = earlier.columns;
      const rows = earlier.rows.filter((row) => Number(row.split(',', 1)[0]) <= step);
      writing(file, () => {
        mkdirSync(dirname(file), { recursive: true });
        replaceFile(file, text(columns, rows));
      });
    },
    onLog: ({ step }, _, metrics) => write(step, metrics),
    onEvaluate: ({ step }, _, metrics) => write(step, metrics),
  };
}

function text(columns: readonly string[], rows: readonly string[]): string {
  if (columns.length === 0) return '';
  return [columns.map(quoted).join(','), ...rows].map((line) => `${line}\n`).join('');
}

const quoted = (name: string): string => (/[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);

/** A last row without its end, as a crash leaves it, is left out. @throws FileError when it is no table of metrics */
function readTable(file: string): { columns: string[]; rows: string[] } {
  const content = readUserText(file, { maxBytes: 2 ** 29 });
  const columns: string[] = [];
  // A name without quotes, or one between them; then a comma or the end of the header.
  const name = /(?:([^",\r\n]*)|"((?:[^"]|"")*)")(,|\n)/y;
  for (let end = content === ''; !end; ) {
    const match = name.exec(content);
    if (match === null || (columns.length === 0 && match[1] !== 'step'))
      throw new FileError(file, "not a table of metrics: expected a header that begins with 'step'");
    columns.push(match[1] ?? match[2].replaceAll('""', '"'));
    end = match[3] === '\n';
  }
  const rows = content.slice(name.lastIndex).split('\n');
  rows.pop();
  return { columns, rows };
}
