/** The Bayes-optimal bound as a table: what a perfect observer of one track, of both or of none gets right. */
import { bayesOptimal } from '../data/index.js';
import { alignColumns, percent } from '../eval/index.js';

export function bayesOptimalText(): string {
  const rows = bayesOptimal()
    .filter(({ form }) => form === 'all')
    .map(({ kind, best, chance }) => [
      kind,
      ...[best.both, best.seen, best.heard, best.none, chance].map(percent),
    ]);
  return alignColumns([['kind', 'audio+video', 'video', 'audio', 'text only', 'chance'], ...rows]);
}
