// Series over a common axis, as the chart library takes them.

import type { MetricPoints } from '../view.js';

interface Aligned {
  steps: number[];
  /** A list a series, as long as `steps`; null where the series has no value. */
  values: (number | null)[][];
}

/** Where a series has two values at one step, the last one stands. */
export function align(series: readonly Pick<MetricPoints, 'steps' | 'values'>[]): Aligned {
  const steps = [...new Set(series.flatMap((points) => points.steps))].sort((a, b) => a - b);
  const places = new Map(steps.map((step, i) => [step, i]));
  const values = series.map((points) => {
    const row: (number | null)[] = Array(steps.length).fill(null);
    points.steps.forEach((step, i) => {
      row[places.get(step) as number] = points.values[i];
    });
    return row;
  });
  return { steps, values };
}
