// The browser of contrastive rollouts: stage, sample and path are chosen above, samples are searched and filtered. What is
// chosen stays chosen when a live page gets more.

import type { PathsSummary, PathsView, PathView, ReportView, SamplePaths } from '../view.js';
import { choice } from './choice.js';
import { element } from './dom.js';
import { pathFigure } from './path-figure.js';
import { clipOf, questionOf } from './rollout-parts.js';

/** A stage of a run that sampled paths. */
interface Source {
  run: number;
  name: string;
  paths: PathsView;
}

/** Loads a sample that is not in the page. */
type LoadSample = (run: number, stage: string, sample: string) => Promise<SamplePaths>;

const filters: Record<string, (sample: PathsSummary) => boolean> = {
  all: () => true,
  'rolled out': ({ expanded }) => expanded > 0,
  'with pairs': ({ pairs }) => pairs > 0,
  'right and wrong': ({ right, paths }) => right > 0 && right < paths,
  'none right': ({ right }) => right === 0,
};

export class Paths {
  readonly #load: LoadSample;
  readonly #stage = choice('paths-stage', 'Stage', () => this.#list());
  readonly #filter = choice('paths-filter', 'Show', () => this.#list());
  readonly #search = element('input', { type: 'search', id: 'paths-search', placeholder: 'id or question' });
  readonly #sample = choice('paths-sample', 'Sample', () => void this.#chooseSample());
  readonly #path = choice('paths-path', 'Path', () => {
    this.#sample.pin();
    this.#showPath();
  });
  readonly #note = element('p', { class: 'note', role: 'status' });
  readonly #media = element('div', { class: 'sample' });
  readonly #figure = element('div');
  #view: ReportView = { refreshMs: null, runs: [], media: {} };
  #sources: Source[] = [];
  #shown: SamplePaths | null = null;
  /** Of the last request: earlier ones that come late are dropped. */
  #asked = 0;

  constructor(place: HTMLElement, load: LoadSample) {
    this.#load = load;
    this.#filter.set(
      Object.keys(filters).map((value) => ({ value, text: value })),
      'all',
    );
    this.#search.addEventListener('input', () => this.#list());
    const search = element('span', {}, element('label', { for: 'paths-search' }, 'Search '), this.#search);
    const controls = [this.#stage.place, this.#filter.place, search, this.#sample.place, this.#path.place];
    place.replaceChildren(
      element('p', { class: 'controls' }, ...controls),
      this.#note,
      element('div', { class: 'contrast' }, this.#media, this.#figure),
    );
  }

  show(view: ReportView): void {
    this.#view = view;
    this.#sources = view.runs.flatMap((run, i) =>
      run.paths.map((paths) => ({
        run: i,
        name: view.runs.length > 1 ? `${run.name}: ${paths.stage}` : paths.stage,
        paths,
      })),
    );
    const options = this.#sources.map((source) => ({ value: sourceKey(source), text: source.name }));
    this.#stage.set(options, options.at(-1)?.value);
    this.#list();
  }

  #sourceNow(): Source | undefined {
    return this.#sources.find((source) => sourceKey(source) === this.#stage.value);
  }

  /** Fills the list of samples. */
  #list(): void {
    const source = this.#sourceNow();
    const all = source?.paths.samples ?? [];
    const text = this.#search.value.trim().toLowerCase();
    const found = all
      .filter(filters[this.#filter.value])
      .filter(({ sample, question }) => `${sample}\n${question}`.toLowerCase().includes(text));
    this.#sample.set(
      found.map((it) => ({ value: it.sample, text: summaryText(it) })),
      found[0]?.sample,
    );
    this.#note.textContent = [
      all.length === found.length ? '' : `${found.length} of ${all.length} samples fit.`,
      source === undefined ? '' : omissionText(source.paths, this.#view),
    ]
      .filter((part) => part !== '')
      .join(' ');
    void this.#chooseSample();
  }

  async #chooseSample(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const source = this.#sourceNow();
    const id = this.#sample.value;
    if (source === undefined || id === '') {
      this.#shown = null;
      this.#path.set([]);
      for (const place of [this.#media, this.#figure]) place.replaceChildren();
      return;
    }
    let shown = source.paths.embedded.find(({ sample }) => sample === id);
    try {
      shown ??= await this.#load(source.run, source.paths.stage, id);
    } catch (error) {
      if (asked === this.#asked) this.#note.textContent = `Sample ${id}: ${(error as Error).message}`;
      return;
    }
    if (asked !== this.#asked || JSON.stringify(shown) === JSON.stringify(this.#shown)) return;
    const isNew = shown.sample !== this.#shown?.sample;
    this.#shown = shown;
    if (isNew || this.#media.childElementCount === 0)
      this.#media.replaceChildren(
        clipOf(shown.about ?? undefined, this.#view).place,
        questionOf(id, shown.about ?? undefined),
      );
    const { paths } = shown;
    const options = paths.map((path, i) => ({ value: pathKey(id, i), text: pathText(path, i) }));
    const first = paths.findIndex(({ steps }) => steps.some(({ expansion }) => expansion !== null));
    this.#path.set(options, pathKey(id, Math.max(0, first)));
    this.#showPath();
  }

  #showPath(): void {
    const { sample = '', paths = [] } = this.#shown ?? {};
    const index = paths.findIndex((_, i) => pathKey(sample, i) === this.#path.value);
    if (index >= 0) this.#figure.replaceChildren(pathFigure(paths[index], index, paths.length));
  }
}

const sourceKey = ({ run, paths }: Source): string => `${run}/${paths.stage}`;

/** Another sample's paths are others: what was chosen there is none of them. */
const pathKey = (sample: string, index: number): string => `${index}/${sample}`;

function summaryText({ sample, right, paths, pairs }: PathsSummary): string {
  return `${sample} (${right} of ${paths} right, ${pairs} pairs)`;
}

function pathText({ correct, steps }: PathView, index: number): string {
  const expanded = steps.filter(({ expansion }) => expansion !== null).length;
  return `${index + 1}: ${correct ? 'right' : 'wrong'}${expanded > 0 ? `, ${expanded} rolled out` : ''}`;
}

function omissionText({ samples, written }: PathsView, { refreshMs }: ReportView): string {
  return refreshMs !== null || samples.length === written
    ? ''
    : `${samples.length} of ${written} samples are in this file, those with rollouts first. earsight report --live shows all.`;
}
