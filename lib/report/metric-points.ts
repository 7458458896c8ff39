// The values of a stage's metrics by name, as the page's charts take them.

import type { MetricsLine } from '../train/index.js';
import { withThroughput } from './throughput.js';
import type { MetricPoints } from './view.js';

/** Longer series are thinned: a chart has fewer pixels, and a page that is opened again and again stays small. */
const maxPoints = 4000;

/** Beyond it no axis can be drawn. */
const largest = 1e30;

/** Every metric with its finite values, in order of appearance. */
export function metricPoints(lines: readonly MetricsLine[]): Record<string, MetricPoints> {
  const points = new Map<string, MetricPoints>();
  for (const line of withThroughput(lines)) {
    if (!Number.isSafeInteger(line.step)) continue;
    for (const [name, value] of Object.entries(line)) {
      if (name === 'step' || typeof value !== 'number' || !(Math.abs(value) <= largest)) continue;
      const known = points.get(name) ?? { steps: [], values: [], every: 1 };
      points.set(name, known);
      known.steps.push(line.step);
      known.values.push(value);
    }
  }
  return Object.fromEntries(Array.from(points, ([name, all]) => [name, thinned(all)]));
}

/** The newest value stays. */
function thinned({ steps, values }: MetricPoints): MetricPoints {
  const every = Math.ceil(values.length / maxPoints);
  const last = values.length - 1;
  const isKept = (_: number, i: number): boolean => (last - i) % every === 0;
  return { steps: steps.filter(isKept), values: values.filter(isKept), every };
}
