// metrics.jsonl: one JSON object a line, appended as training goes, so that it can be watched and survives a crash.
// A resumed training first drops the lines written after its checkpoint: every step appears once.

import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { replaceFile } from '../files/index.js';
import { FileError, parseJson, readUserText, shown } from '../runtime/index.js';

export interface MetricsLine {
  /** Finished optimizer steps. */
  step: number;
  [name: string]: number | string[];
}

export function metricsFile(outputDir: string): string {
  return join(outputDir, 'metrics.jsonl');
}

export class MetricsLog {
  readonly file: string;

  private constructor(file: string) {
    this.file = file;
  }

  /** Starts a new log. @throws Error when the file exists */
  static create(file: string): MetricsLog {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '', { flag: 'wx' });
    return new MetricsLog(file);
  }

  /** Continues a log after `step`: later lines and a half-written last one are dropped. */
  static resume(file: string, step: number): MetricsLog {
    mkdirSync(dirname(file), { recursive: true });
    const lines = existsSync(file) ? readMetrics(file).filter((line) => line.step <= step) : [];
    replaceFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return new MetricsLog(file);
  }

  append(line: MetricsLine): void {
    appendFileSync(this.file, `${JSON.stringify(line)}\n`);
  }
}

/**
 * Reads a metrics.jsonl. A last line without its end, as a crash leaves it, is left out.
 * @throws FileError naming the line that is no object with a step
 */
export function readMetrics(file: string): MetricsLine[] {
  const lines = readUserText(file, { maxBytes: 2 ** 29 }).split('\n');
  lines.pop();
  return lines.map((line, i) => {
    const place = `${file}:${i + 1}`;
    let value: MetricsLine | null;
    try {
      value = parseJson(line) as MetricsLine | null;
    } catch (error) {
      throw new FileError(place, `not a line of metrics: ${(error as Error).message}`);
    }
    if (!Number.isFinite(value?.step))
      throw new FileError(place, `not a line of metrics: step: expected a number, got ${shown(value?.step)}`);
    return value as MetricsLine;
  });
}

/** Collects the values of some steps and gives their means. */
export class MetricMeans {
  #sums: Record<string, [sum: number, count: number]>;

  constructor(state: Record<string, [sum: number, count: number]> = {}) {
    this.#sums = state;
  }

  add(values: Record<string, number>): void {
    for (const [name, value] of Object.entries(values)) {
      const [sum, count] = this.#sums[name] ?? [0, 0];
      this.#sums[name] = [sum + value, count + 1];
    }
  }

  get isEmpty(): boolean {
    return Object.keys(this.#sums).length === 0;
  }

  /** The means since the last flush; starts anew. */
  flush(): Record<string, number> {
    const means = Object.entries(this.#sums).map(([name, [sum, count]]) => [name, sum / count]);
    this.#sums = {};
    return Object.fromEntries(means);
  }

  /** Plain JSON to go on from. */
  state(): Record<string, [sum: number, count: number]> {
    return this.#sums;
  }
}
