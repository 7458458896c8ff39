// Which curves a training stage shows: a chart has the metrics that belong on one pair of axes.

import type { MetricsLine } from '../train/index.js';
import { lineChart, type Series } from './line-chart.js';

interface Chart {
  title: string;
  yLabel: string;
  metrics: RegExp;
}

const charts: Chart[] = [
  { title: 'Loss', yLabel: 'nats a token', metrics: /^(loss|eval_loss)$/ },
  { title: 'Rewards', yLabel: 'mean reward', metrics: /^(reward|rewards\/.+\/mean)$/ },
  { title: 'Accuracy', yLabel: 'fraction right', metrics: /^eval_.*accuracy/ },
  { title: 'Spread of rewards', yLabel: 'mean std in a group', metrics: /^reward_std$/ },
  {
    title: 'Wasted and cut-off',
    yLabel: 'fraction',
    metrics: /^(frac_reward_zero_std|completions\/clipped_ratio)$/,
  },
  { title: 'Length of completions', yLabel: 'tokens', metrics: /^completions\/(mean|min|max)_length$/ },
  { title: 'Entropy', yLabel: 'nats a token', metrics: /^entropy$/ },
  { title: 'KL to the start', yLabel: 'nats a token', metrics: /^kl$/ },
  { title: 'Gradient norm', yLabel: 'norm before clipping', metrics: /^grad_norm$/ },
  { title: 'Learning rate', yLabel: 'rate', metrics: /^learning_rate$/ },
];

/** The charts of one stage as HTML; those without a value are left out. */
export function curves(lines: readonly MetricsLine[]): string {
  const all = seriesOf(lines);
  const drawn = charts.flatMap(({ title, yLabel, metrics }) => {
    const series = all.filter(({ name }) => metrics.test(name));
    return series.length > 0 ? lineChart(title, 'step', yLabel, series) : [];
  });
  return drawn.length > 0 ? `<div class="charts">\n${drawn.join('\n')}\n</div>\n` : '';
}

/** Every metric with its finite values, in order of appearance. */
function seriesOf(lines: readonly MetricsLine[]): Series[] {
  const points = new Map<string, [number, number][]>();
  for (const line of lines) {
    for (const [name, value] of Object.entries(line)) {
      if (typeof value !== 'number' || !Number.isFinite(value)) continue;
      const known = points.get(name);
      if (known === undefined) points.set(name, [[line.step, value]]);
      else known.push([line.step, value]);
    }
  }
  return Array.from(points, ([name, values]) => ({ name, points: values }));
}
