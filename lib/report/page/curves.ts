// The section of curves: the stages of all runs by name, each with its charts, and one slider that smooths them all.

import type { ReportView } from '../view.js';
import { Chart, type ChartLine, dashOf } from './chart.js';
import { type ChartKind, chartsOf, ownChart } from './chart-list.js';
import { element } from './dom.js';

/** What the page has of one stage; charts are kept, so that they are not built anew when values are added. */
interface StageCharts {
  place: HTMLElement;
  note: HTMLElement;
  main: HTMLElement;
  others: HTMLDetailsElement;
  othersSummary: HTMLElement;
  othersPlace: HTMLElement;
  charts: Map<string, Chart>;
}

export class Curves {
  readonly #stages = new Map<string, StageCharts>();
  readonly #slider = element('input', {
    type: 'range',
    id: 'smoothing',
    min: 0,
    max: 0.99,
    step: 0.01,
    value: 0,
  });
  readonly #weight = element('output', { for: 'smoothing' }, '0');
  readonly #stagesPlace = element('div');
  readonly #note = element('p', { class: 'note' });
  #view: ReportView = { refreshMs: null, runs: [], media: {} };

  constructor(place: HTMLElement) {
    this.#slider.addEventListener('input', () => {
      this.#weight.value = this.#slider.value;
      this.#draw();
    });
    const label = element('label', { for: 'smoothing' }, 'Smoothing');
    place.replaceChildren(
      element('p', { class: 'controls' }, label, this.#slider, this.#weight),
      this.#note,
      this.#stagesPlace,
    );
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      for (const { charts } of this.#stages.values()) for (const chart of charts.values()) chart.restyle();
    });
  }

  show(view: ReportView): void {
    this.#view = view;
    this.#draw();
  }

  #draw(): void {
    const names = [...new Set(this.#view.runs.flatMap(({ stages }) => stages.map(({ name }) => name)))];
    const { runs } = this.#view;
    const dashed = runs.length > 1 ? runs.map(({ name }, i) => `${dashOf(i).name}: ${name}. `).join('') : '';
    this.#note.textContent =
      names.length === 0
        ? 'No metrics yet.'
        : `${dashed}Drag over a chart to enlarge a part of it, double-click to see all again.`;
    for (const [name, { place }] of this.#stages) {
      if (names.includes(name)) continue;
      place.remove();
      this.#stages.delete(name);
    }
    for (const name of names) this.#drawStage(name);
  }

  #drawStage(name: string): void {
    const stage = this.#stages.get(name) ?? this.#addStage(name);
    const { runs } = this.#view;
    const lines = runs.flatMap((run, i) =>
      Object.entries(run.stages.find((it) => it.name === name)?.metrics ?? {}).map(([metric, points]) => ({
        name: runs.length > 1 ? `${run.name}: ${metric}` : metric,
        metric,
        points,
        run: i,
      })),
    );
    const metrics = [...new Set(lines.map(({ metric }) => metric))];
    const { charts, others } = chartsOf(metrics);
    const linesOf = (names: readonly string[]): ChartLine[] =>
      lines.filter(({ metric }) => names.includes(metric));
    stage.note.textContent = noteOf(lines);
    for (const { kind, names } of charts) this.#drawChart(stage, stage.main, kind, linesOf(names));
    stage.others.hidden = others.length === 0;
    stage.othersSummary.textContent = `Other metrics (${others.length})`;
    if (!stage.others.open) return;
    for (const other of others) this.#drawChart(stage, stage.othersPlace, ownChart(other), linesOf([other]));
  }

  #drawChart(stage: StageCharts, place: HTMLElement, kind: ChartKind, lines: readonly ChartLine[]): void {
    let chart = stage.charts.get(kind.title);
    if (chart === undefined) {
      chart = new Chart(kind);
      stage.charts.set(kind.title, chart);
      place.append(chart.figure);
    }
    chart.show(lines, Number(this.#slider.value));
  }

  #addStage(name: string): StageCharts {
    const othersSummary = element('summary');
    const othersPlace = element('div', { class: 'charts' });
    const stage: StageCharts = {
      place: element('div', { class: 'stage' }),
      note: element('p', { class: 'note' }),
      main: element('div', { class: 'charts' }),
      others: element('details', {}, othersSummary, othersPlace),
      othersSummary,
      othersPlace,
      charts: new Map(),
    };
    stage.place.append(element('h3', {}, `Stage ${name}`), stage.note, stage.main, stage.others);
    stage.others.addEventListener('toggle', () => this.#drawStage(name));
    this.#stagesPlace.append(stage.place);
    this.#stages.set(name, stage);
    return stage;
  }
}

/** What of the metrics is not drawn. */
function noteOf(lines: readonly ChartLine[]): string {
  if (lines.length === 0) return 'No metrics yet.';
  const every = lines.reduce((most, { points }) => Math.max(most, points.every), 1);
  return every > 1 ? `Long series are thinned: one value of ${every} is drawn.` : '';
}
