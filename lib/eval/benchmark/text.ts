/** A benchmark's scores as tables of text: a line a part, a column a view. */
import type { View } from '../../data/index.js';
import { groupBy } from '../../runtime/index.js';
import type { Interval } from '../intervals.js';
import { fixed, percent } from '../number-text.js';
import { alignColumns, viewNames } from '../text-table.js';
import type { BenchmarkScore, BenchmarkScores } from './score.js';

/** Accuracy by part, detection, and accuracy by each category; 95 % intervals in brackets. */
export function formatBenchmark({ parts, categories }: BenchmarkScores): string {
  const views = [...new Set(parts.map(({ view }) => view))];
  return [
    accuracyText('part', parts, views),
    ...detectionText(parts),
    ...Object.entries(categories).map(([name, scores]) => accuracyText(name, scores, views)),
  ].join('\n\n');
}

function accuracyText(title: string, scores: readonly BenchmarkScore[], views: readonly View[]): string {
  const header = [title, ...views.map((view) => viewNames[view]), 'chance', 'well-formed', 'questions'];
  const rows = [...groupBy(scores, ({ name }) => name)].map(([name, ofName]) => {
    const [first] = ofName;
    const shown = views.map((view) => withInterval(ofName.find((score) => score.view === view)?.accuracy));
    const counts = [percent(first.chance), percent(first.wellFormed / first.count), String(first.count)];
    return [name, ...shown, ...counts];
  });
  return alignColumns([header, ...rows]);
}

function detectionText(parts: readonly BenchmarkScore[]): string[] {
  const header = ['generated?', 'shown', 'F1', 'precision', 'recall', 'TP', 'FP', 'FN', 'TN', 'unread'];
  const rows = parts.flatMap(({ name, view, detection }) => {
    if (detection === undefined) return [];
    const { truePositives, falsePositives, falseNegatives, trueNegatives, ...rest } = detection;
    const unread = `${rest.unreadPositives}+${rest.unreadNegatives}`;
    const counts = [truePositives, falsePositives, falseNegatives, trueNegatives].map(String);
    const fractions = [rest.precision, rest.recall].map((value) =>
      value === null ? 'none' : percent(value),
    );
    return [[name, viewNames[view], withInterval(rest.f1), ...fractions, ...counts, unread]];
  });
  return rows.length === 0 ? [] : [alignColumns([header, ...rows], 2)];
}

/** `62.5 % [55.0, 69.3]` */
function withInterval(interval: Interval | null | undefined): string {
  if (interval === undefined) return '';
  if (interval === null) return 'none';
  const { value, low, high } = interval;
  return `${percent(value)} [${fixed(100 * low, 1)}, ${fixed(100 * high, 1)}]`;
}
