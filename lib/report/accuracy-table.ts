// The accuracy table: a row for each stage and kind of question, a column for each view, with the counts behind every
// fraction and the interval that they allow.

import { type Accuracy, fixed, isOfText, percent, type StageAccuracy } from '../eval/index.js';
import { groupBy } from '../runtime/index.js';
import { escapeHtml } from './escape.js';

const viewNames = { av: 'audio + video', v: 'video only', a: 'audio only', none: 'text only' } as const;

export function accuracyTableHtml(stages: readonly StageAccuracy[]): string {
  const cells = stages.flatMap(({ accuracy }) => accuracy);
  const views = (Object.keys(viewNames) as (keyof typeof viewNames)[]).filter((view) =>
    cells.some((cell) => cell.view === view),
  );
  const header = [
    'stage',
    'kind',
    ...views.map((view) => (isOfText(cells) ? 'accuracy' : viewNames[view])),
    'chance',
    'well-formed',
  ];
  const rows = stages.flatMap(({ stage, accuracy }) => {
    return [...groupBy(accuracy, ({ kind }) => kind)].map(([kind, ofKind]) => {
      const fractions = views.map((view) => fractionCell(ofKind.find((cell) => cell.view === view)));
      const [first] = ofKind;
      return [
        `<th scope="row">${escapeHtml(stage)}</th>`,
        `<td>${escapeHtml(kind)}</td>`,
        ...fractions,
        `<td class="number">${percent(first.chance)}</td>`,
        `<td class="number">${percent(first.wellFormed / first.count)}</td>`,
      ].join('');
    });
  });
  return `<p class="note">Accuracy on the test questions, greedy answers. Small: right answers of all, and the 95 % interval (Wilson). Well-formed: of the first view.</p>
<div class="wide" role="region" aria-label="Accuracy" tabindex="0">
<table>
<thead><tr>${header.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead>
<tbody>
${rows.map((row) => `<tr>${row}</tr>`).join('\n')}
</tbody>
</table>
</div>`;
}

function fractionCell(cell: Accuracy | undefined): string {
  if (cell === undefined || cell.count === 0) return '<td></td>';
  const { correct, count } = cell;
  const [low, high] = wilsonInterval(correct, count);
  const interval = `${fixed(100 * low, 1)} to ${fixed(100 * high, 1)}`;
  return `<td class="number">${percent(correct / count)}<small>${correct} of ${count}<br>${interval}</small></td>`;
}

/** The 95 % score interval of a fraction (Wilson 1927). Where all or none are right, rounding would put an end outside [0, 1]. */
export function wilsonInterval(correct: number, count: number): [low: number, high: number] {
  const z = 1.959964;
  const p = correct / count;
  const centre = p + (z * z) / (2 * count);
  const margin = z * Math.sqrt((p * (1 - p)) / count + (z * z) / (4 * count * count));
  const scale = 1 + (z * z) / count;
  return [Math.max(0, (centre - margin) / scale), Math.min(1, (centre + margin) / scale)];
}
