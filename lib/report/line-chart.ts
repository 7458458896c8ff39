// A line chart as one SVG element: two axes with labels, a line a series, a legend. It takes its colours from the
// page's style sheet, so that it reads on a light and on a dark ground, and needs no script.

import { shown } from '../runtime/index.js';
import { escapeHtml } from './escape.js';
import { shortNumber, ticks } from './ticks.js';

export interface Series {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
}

const WIDTH = 480;
const HEIGHT = 260;
const PLOT = { left: 64, right: 468, top: 12, bottom: 206 };

/** Series without points are left out; a chart without any has a note. @throws TypeError when a value is not finite */
export function lineChart(title: string, xLabel: string, yLabel: string, series: readonly Series[]): string {
  const drawn = series.filter(({ points }) => points.length > 0);
  for (const { name, points } of drawn) {
    const wrong = points.findIndex(([px, py]) => !Number.isFinite(px) || !Number.isFinite(py));
    if (wrong >= 0) {
      const expected = `lineChart: series ${shown(name)}: points[${wrong}]: expected two finite numbers`;
      throw new TypeError(`${expected}, got ${shown(points[wrong])}`);
    }
  }
  const all = drawn.flatMap(({ points }) => points);
  if (all.length === 0) return `<figure><figcaption>${escapeHtml(title)}: no values</figcaption></figure>`;
  const x = scale(
    all.map(([value]) => value),
    PLOT.left,
    PLOT.right,
  );
  const y = scale(
    all.map(([, value]) => value),
    PLOT.bottom,
    PLOT.top,
  );
  const grid = [
    ...y.ticks.map((value) => axisTick(value, PLOT.left - 6, y.at(value) + 4, 'end', gridLine(y.at(value)))),
    ...x.ticks.map((value) => axisTick(value, x.at(value), PLOT.bottom + 16, 'middle', '')),
  ];
  const lines = drawn.map(({ name, points }, i) => {
    const path = points.map(([px, py]) => `${x.at(px).toFixed(1)},${y.at(py).toFixed(1)}`).join(' ');
    const dots = points.length === 1 ? circle(x.at(points[0][0]), y.at(points[0][1]), i) : '';
    return `<polyline class="series${i % 6}" points="${path}"><title>${escapeHtml(name)}</title></polyline>${dots}`;
  });
  const middle = (PLOT.top + PLOT.bottom) / 2;
  return `<figure>
<figcaption>${escapeHtml(title)}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(`${title}, ${yLabel} by ${xLabel}`)}">
${grid.join('\n')}
<line class="axis" x1="${PLOT.left}" y1="${PLOT.bottom}" x2="${PLOT.right}" y2="${PLOT.bottom}"/>
<line class="axis" x1="${PLOT.left}" y1="${PLOT.top}" x2="${PLOT.left}" y2="${PLOT.bottom}"/>
<text class="label" x="${(PLOT.left + PLOT.right) / 2}" y="${PLOT.bottom + 34}" text-anchor="middle">${escapeHtml(xLabel)}</text>
<text class="label" transform="translate(14 ${middle}) rotate(-90)" text-anchor="middle">${escapeHtml(yLabel)}</text>
${lines.join('\n')}
</svg>
<p class="legend">${drawn.map(({ name }, i) => `<span><i class="series${i % 6}"></i>${escapeHtml(name)}</span>`).join('')}</p>
</figure>`;
}

/** A linear scale from the values to [from, to], with its ticks. A single value lies in the middle. */
function scale(values: number[], from: number, to: number): { at(value: number): number; ticks: number[] } {
  let low = values.reduce((a, b) => Math.min(a, b));
  let high = values.reduce((a, b) => Math.max(a, b));
  // Equal, or too close to divide by the distance.
  if (high - low < 1e-300) {
    const margin = Math.abs(low) < 1e-300 ? 0.5 : Math.abs(low) * 0.5;
    low = Math.max(low - margin, -Number.MAX_VALUE);
    high = Math.min(high + margin, Number.MAX_VALUE);
  }
  return {
    // Halves: the distance of the largest numbers is no number.
    at: (value) => from + ((value / 2 - low / 2) / (high / 2 - low / 2)) * (to - from),
    ticks: ticks(low, high, 5),
  };
}

function axisTick(value: number, x: number, y: number, anchor: string, line: string): string {
  return `${line}<text class="tick" x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${shortNumber(value)}</text>`;
}

function gridLine(y: number): string {
  return `<line class="grid" x1="${PLOT.left}" y1="${y.toFixed(1)}" x2="${PLOT.right}" y2="${y.toFixed(1)}"/>`;
}

function circle(x: number, y: number, i: number): string {
  return `<circle class="series${i % 6}" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3"/>`;
}
