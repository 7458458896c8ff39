/** The accuracy table as text: a line for each stage and kind, a column for each view. */
import { groupBy } from '../runtime/index.js';
import { type Accuracy, isOfText } from './accuracy.js';
import { percent } from './number-text.js';

export interface StageAccuracy {
  /** `fresh`, `after SFT`, ... */
  stage: string;
  accuracy: readonly Accuracy[];
}

export const viewNames = {
  av: 'audio+video',
  v: 'video',
  a: 'audio',
  none: 'text only',
  shuffled: 'shuffled frames',
} as const;

/** Accuracy in per cent, with the counts behind it; `well-formed` is of the first view. */
export function formatAccuracy(stages: readonly StageAccuracy[]): string {
  const views = [...new Set(stages.flatMap(({ accuracy }) => accuracy.map(({ view }) => view)))];
  const ofText = isOfText(stages.flatMap(({ accuracy }) => accuracy));
  const header = [
    'stage',
    'kind',
    ...views.map((view) => (ofText ? 'accuracy' : viewNames[view])),
    'chance',
    'well-formed',
    'questions',
  ];
  const rows = stages.flatMap(({ stage, accuracy }) =>
    [...groupBy(accuracy, ({ kind }) => kind)].map(([kind, cells]) => {
      const [first] = cells;
      const shown = views.map((view) => {
        const cell = cells.find((entry) => entry.view === view);
        return cell === undefined ? '' : percent(cell.correct / cell.count);
      });
      return [
        stage,
        kind,
        ...shown,
        percent(first.chance),
        percent(first.wellFormed / first.count),
        String(first.count),
      ];
    }),
  );
  return alignColumns([header, ...rows], 2);
}

/** Pads cells to columns: the first ones, words, to the left, and numbers to the right. */
export function alignColumns(rows: readonly (readonly string[])[], textColumns = 1): string {
  const widths = rows[0].map((_, column) =>
    rows.reduce((widest, row) => Math.max(widest, row[column].length), 0),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column < textColumns ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
