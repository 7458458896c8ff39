// One chart: lines over steps, the values under the pointer or at the place chosen by the arrow keys, and beside smoothed
// lines the values themselves, faint.

import uPlot from 'uplot';
import type { MetricPoints } from '../view.js';
import { align } from './align.js';
import type { ChartKind } from './chart-list.js';
import { element } from './dom.js';
import { axisRange, shortNumber } from './numbers.js';
import { smooth } from './smoothing.js';

export interface ChartLine {
  name: string;
  metric: string;
  points: MetricPoints;
  /** The place of its run: lines of one run have one dash. */
  run: number;
}

const height = 240;
const colours = 6;

export class Chart {
  readonly figure: HTMLElement;
  readonly #place: HTMLElement;
  #plot: uPlot | null = null;
  #lines: readonly ChartLine[] = [];
  #weight = 0;
  #drawn = '';

  constructor(kind: ChartKind) {
    const label = `${kind.title}, ${kind.yLabel} by step; the left and right arrow keys move the cursor`;
    this.#place = element('div', { class: 'plot', tabindex: 0, role: 'group', 'aria-label': label });
    this.#place.addEventListener('keydown', (event) => this.#step(event));
    this.figure = element(
      'figure',
      {},
      element('figcaption', {}, `${kind.title} `, element('span', { class: 'note' }, kind.yLabel)),
      this.#place,
    );
    new ResizeObserver(() => this.#resize()).observe(this.#place);
  }

  /** @param weight of the past in the smoothed lines; 0: they are not smoothed */
  show(lines: readonly ChartLine[], weight: number): void {
    this.#lines = lines;
    this.#weight = weight;
    const key = JSON.stringify([weight > 0, lines.map(({ name, run }) => [name, run])]);
    if (this.#plot === null || key !== this.#drawn) {
      this.#drawn = key;
      this.#build();
      return;
    }
    const data = this.#data();
    const { min, max } = this.#plot.scales.x;
    const [before] = this.#plot.data;
    const isZoomed =
      min != null && max != null && (min > before[0] || max < (before[before.length - 1] as number));
    this.#plot.setData(data, !isZoomed);
    if (isZoomed) this.#plot.redraw();
  }

  /** Draws anew, with the colours of the page as they are now. */
  restyle(): void {
    if (this.#plot !== null) this.#build();
  }

  #build(): void {
    this.#plot?.destroy();
    this.#plot = new uPlot(this.#options(), this.#data(), this.#place);
  }

  /** Steps, and two rows a line: the values and the smoothed ones. */
  #data(): uPlot.AlignedData {
    const { steps, values } = align(this.#lines.map(({ points }) => points));
    return [steps, ...values.flatMap((row) => [row, smooth(row, this.#weight)])];
  }

  #options(): uPlot.Options {
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    // Lines of one metric have one colour; where there is one metric alone, colours tell runs apart.
    const metrics = [...new Set(this.#lines.map(({ metric }) => metric))];
    const colourOf = ({ metric, run }: ChartLine): string =>
      colour(`--c${(metrics.length > 1 ? metrics.indexOf(metric) : run) % colours}`);
    const axis = {
      stroke: colour('--faint'),
      grid: { stroke: colour('--rule'), width: 1 },
      ticks: { stroke: colour('--rule'), width: 1 },
      values: (_: uPlot, splits: number[]) => splits.map((split) => shortNumber(split)),
    };
    return {
      width: this.#width(),
      height,
      scales: {
        x: { time: false, range: (_, low, high) => axisRange(low, high, 0) },
        y: { range: (_, low, high) => axisRange(low, high, 0.05) },
      },
      axes: [
        { ...axis, space: 60 },
        { ...axis, size: 58 },
      ],
      cursor: { y: false, dataIdx: nearestValue },
      legend: { live: true },
      series: [
        { label: 'step', value: (_, value) => shortNumber(value, 15) },
        ...this.#lines.flatMap((line) => this.#series(line, colourOf(line))),
      ],
    };
  }

  #series({ name, run }: ChartLine, stroke: string): uPlot.Series[] {
    const isSmooth = this.#weight > 0;
    const line = { label: name, stroke, dash: dashOf(run).pattern, spanGaps: true };
    return [
      {
        ...line,
        width: isSmooth ? 1 : 1.8,
        alpha: isSmooth ? 0.3 : 1,
        class: isSmooth ? 'raw' : undefined,
        value: (_, value) => shortNumber(value),
      },
      {
        ...line,
        width: 1.8,
        class: isSmooth ? undefined : 'raw',
        show: isSmooth,
        value: (plot, value, series, place) =>
          place === null
            ? shortNumber(null)
            : `${shortNumber(value)} (${shortNumber(plot.data[series - 1][place])})`,
      },
    ];
  }

  #width(): number {
    return Math.max(200, Math.floor(this.#place.clientWidth));
  }

  #resize(): void {
    if (this.#plot !== null && this.#plot.width !== this.#width())
      this.#plot.setSize({ width: this.#width(), height });
  }

  #step(event: KeyboardEvent): void {
    const plot = this.#plot;
    if (plot === null) return;
    const last = plot.data[0].length - 1;
    const now = plot.cursor.idx;
    const places: Record<string, number> = {
      ArrowLeft: (now ?? last + 1) - 1,
      ArrowRight: (now ?? -1) + 1,
      Home: 0,
      End: last,
    };
    if (!Object.hasOwn(places, event.key)) return;
    event.preventDefault();
    const place = Math.min(last, Math.max(0, places[event.key]));
    plot.setCursor({ left: plot.valToPos(plot.data[0][place], 'x'), top: 10 });
  }
}

const dashes = [
  { name: 'solid', pattern: [] },
  { name: 'dashed', pattern: [7, 4] },
  { name: 'dotted', pattern: [2, 3] },
  { name: 'dash-dotted', pattern: [12, 4, 2, 4] },
];

/** How the lines of a run are drawn where there are several. */
export function dashOf(run: number): { name: string; pattern: number[] } {
  return dashes[run % dashes.length];
}

/** The nearest place at which the series has a value: evaluations are rarer than steps. */
function nearestValue(plot: uPlot, series: number, place: number): number {
  const values = plot.data[series];
  if (values[place] != null) return place;
  for (let away = 1; away < values.length; away += 1) {
    if (values[place - away] != null) return place - away;
    if (values[place + away] != null) return place + away;
  }
  return place;
}
