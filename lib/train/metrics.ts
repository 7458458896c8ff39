// metrics.jsonl: one JSON object a line for every `loggingSteps` steps and for every evaluation.

import { readStepLines } from './step-lines.js';

export interface MetricsLine {
  /** Finished optimizer steps. */
  step: number;
  [name: string]: number | string[];
}

/**
 * Reads a metrics.jsonl. A last line without its end, as a crash leaves it, is left out.
 * @throws FileError naming the line that is no object with a step
 */
export function readMetrics(file: string): MetricsLine[] {
  return Array.from(readStepLines(file), ({ value }) => value as MetricsLine);
}

/** Collects the values of some steps and gives their means. */
export class MetricMeans {
  #sums: Record<string, [sum: number, count: number]>;

  constructor(state: Record<string, [sum: number, count: number]> = {}) {
    this.#sums = state;
  }

  add(values: Record<string, number>, weight = 1): void {
    for (const [name, value] of Object.entries(values)) {
      const [sum, count] = this.#sums[name] ?? [0, 0];
      this.#sums[name] = [sum + weight * value, count + weight];
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
