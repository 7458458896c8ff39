/**
 * Bad input of the data floor. Messages say where (file, line, field), what stood there, what was expected and the
 * fix, so that a person can mend a file of a hundred thousand lines without opening this code.
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

/** A value as messages print it: JSON, cut at 80 characters. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 80 ? `${json.slice(0, 77)}...` : json;
}

/** The known name closest to a misspelt one (Levenshtein distance, case ignored), or undefined when none is close. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, name.length / 2);
  for (const candidate of known) {
    const distance = levenshtein(name.toLowerCase(), candidate.toLowerCase());
    if (distance <= bestDistance && (best === undefined || distance < bestDistance)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function levenshtein(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
