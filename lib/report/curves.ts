// Which curves a training stage shows: metrics that belong on one pair of axes share a chart.

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
  { title: 'Accuracy', yLabel: 'share right', metrics: /^eval_.*accuracy/ },
  { title: 'Spread of rewards', yLabel: 'mean std in a group', metrics: /^reward_std$/ },
  {
    title: 'Wasted and cut-off',
    yLabel: 'share',
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
  const names = [...new Set(lines.flatMap((line) => Object.keys(line)))];
  return charts
    .flatMap(({ title, yLabel, metrics }) => {
      const series = names.filter((name) => metrics.test(name)).map((name) => seriesOf(lines, name));
      return series.some(({ points }) => points.length > 0) ? lineChart(title, 'step', yLabel, series) : [];
    })
    .join('\n');
}

function seriesOf(lines: readonly MetricsLine[], name: string): Series {
  const points = lines.flatMap((line): [number, number][] => {
    const value = line[name];
    return typeof value === 'number' && Number.isFinite(value) ? [[line.step, value]] : [];
  });
  return { name, points };
}
