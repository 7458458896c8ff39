// The browser of rollouts: run, stage, step and sample are chosen above, a completion in the table of its group. What is
// chosen stays chosen when a live page gets more.

import type { ReportView, RolloutsView, RolloutView, StepRollouts } from '../view.js';
import { choice, type Option } from './choice.js';
import { element } from './dom.js';
import { groupTable } from './group-table.js';
import { clipOf, completionOf, questionOf, spansOf } from './rollout-parts.js';

/** A stage of a run that wrote completions. */
interface Source {
  run: number;
  stage: string;
  name: string;
  rollouts: RolloutsView;
}

/** Loads a step that is not in the page. */
type LoadStep = (run: number, stage: string, step: number) => Promise<StepRollouts>;

export class Rollouts {
  readonly #load: LoadStep;
  readonly #source = choice('stage-choice', 'Stage', () => this.#chooseSource());
  readonly #step = choice('step-choice', 'Step', () => void this.#chooseStep());
  readonly #sample = choice('sample-choice', 'Sample', () => {
    this.#step.pin();
    this.#showGroup();
  });
  readonly #note = element('p', { class: 'note', role: 'status' });
  readonly #media = element('div', { class: 'sample' });
  readonly #detail = element('div', { class: 'completion' });
  readonly #table = element('div');
  #view: ReportView = { refreshMs: null, runs: [], media: {} };
  #sources: Source[] = [];
  #shown: StepRollouts | null = null;
  /** Of the last request: earlier ones that come late are dropped. */
  #asked = 0;

  constructor(place: HTMLElement, load: LoadStep) {
    this.#load = load;
    place.replaceChildren(
      element('p', { class: 'controls' }, this.#source.place, this.#step.place, this.#sample.place),
      this.#note,
      element('div', { class: 'rollout' }, this.#media, this.#detail),
      this.#table,
    );
  }

  show(view: ReportView): void {
    this.#view = view;
    this.#sources = view.runs.flatMap(({ name, stages }, run) =>
      stages.flatMap((stage) =>
        stage.rollouts === null
          ? []
          : {
              run,
              stage: stage.name,
              name: view.runs.length > 1 ? `${name}: ${stage.name}` : stage.name,
              rollouts: stage.rollouts,
            },
      ),
    );
    const options = this.#sources.map(({ run, stage, name }) => ({ value: `${run}/${stage}`, text: name }));
    this.#source.set(options, options.at(-1)?.value);
    this.#chooseSource();
  }

  #chooseSource(): void {
    const source = this.#sourceNow();
    const steps = source?.rollouts.steps ?? [];
    this.#step.set(
      steps.map((step): Option => ({ value: String(step), text: String(step) })),
      String(steps.at(-1)),
    );
    void this.#chooseStep();
  }

  #sourceNow(): Source | undefined {
    return this.#sources.find(({ run, stage }) => `${run}/${stage}` === this.#source.value);
  }

  async #chooseStep(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const source = this.#sourceNow();
    if (source === undefined) {
      this.#note.textContent = 'No completions yet.';
      for (const place of [this.#media, this.#detail, this.#table]) place.replaceChildren();
      return;
    }
    const step = Number(this.#step.value);
    let shown = source.rollouts.embedded.find((it) => it.step === step);
    try {
      shown ??= await this.#load(source.run, source.stage, step);
    } catch (error) {
      if (asked === this.#asked) this.#note.textContent = `Step ${step}: ${(error as Error).message}`;
      return;
    }
    if (asked !== this.#asked) return;
    const isSame = JSON.stringify(shown) === JSON.stringify(this.#shown);
    this.#note.textContent = noteOf(source.rollouts, this.#view);
    if (isSame) return;
    this.#shown = shown;
    const keys = [...new Set(shown.completions.map(groupKey))];
    this.#sample.set(
      keys.map((value) => ({ value, text: value })),
      keys[0],
    );
    this.#showGroup();
  }

  #showGroup(): void {
    const group = this.#shown?.completions.filter((it) => groupKey(it) === this.#sample.value) ?? [];
    const [first] = group;
    if (first === undefined) return;
    const sample = this.#shown?.samples[first.sample];
    const clip = clipOf(sample, this.#view);
    const spans = element('div');
    this.#media.replaceChildren(clip.place, spans, questionOf(first.sample, sample));
    const choose = (rollout: RolloutView): void => {
      spans.replaceChildren(spansOf(sample, rollout, clip));
      this.#detail.replaceChildren(completionOf(rollout));
      this.#table.replaceChildren(
        groupTable(group, rollout, (next) => {
          this.#step.pin();
          choose(next);
          this.#table.querySelector<HTMLElement>('[aria-pressed=true]')?.focus();
        }),
      );
    };
    choose(first);
  }
}

/** A sample may be answered more than once in a step. */
function groupKey({ sample, occurrence }: RolloutView): string {
  return occurrence === 0 ? sample : `${sample} (${occurrence + 1})`;
}

function noteOf({ steps, written }: RolloutsView, { refreshMs }: ReportView): string {
  return refreshMs !== null || steps.length === written
    ? ''
    : `${steps.length} of ${written} logged steps are in this file: the newest, and earlier ones at equal distances. earsight report --live shows all.`;
}
