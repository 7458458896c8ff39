// Throughput, from what a training logs: the time of a step and the tokens so far.

import type { MetricsLine } from '../train/index.js';

/** The lines with `steps_per_second` and `tokens_per_second`, where they can be told. */
export function withThroughput(lines: readonly MetricsLine[]): MetricsLine[] {
  let before: { step: number; tokens: number } | null = null;
  return lines.map((line) => {
    const { step, step_time: seconds, num_tokens: tokens } = line;
    if (typeof seconds !== 'number' || !(seconds > 0)) return line;
    const rates: Record<string, number> = { steps_per_second: 1 / seconds };
    if (typeof tokens === 'number') {
      if (before !== null && step > before.step && tokens >= before.tokens)
        rates.tokens_per_second = (tokens - before.tokens) / ((step - before.step) * seconds);
      before = { step, tokens };
    }
    return { ...line, ...rates };
  });
}
