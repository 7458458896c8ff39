// Runs as the live page asks for them: what is new is read when it asks. A run may not have begun, go on, be killed and be
// resumed meanwhile; what cannot be read is said on the page, with what was read before.

import { createHash } from 'node:crypto';
import { BadInputError } from '../files/index.js';
import { FileError } from '../runtime/index.js';
import { type ClipSource, clipView, findClip } from './media.js';
import { metricPoints } from './metric-points.js';
import { type Page, page } from './page.js';
import { listedPaths } from './paths.js';
import { listedRollouts, stepRollouts } from './rollouts.js';
import { hasBegun, noPaths, type RunData, type RunInput, RunReader } from './run-data.js';
import { runNames } from './run-names.js';
import { sectionsOf } from './sections.js';
import type { ClipView, LiveView, SamplePaths, StepRollouts } from './view.js';

export interface LiveRun extends Omit<RunInput, 'dataFiles'> {
  /** Asked anew: a run that begins names its data then. @throws BadInputError */
  dataFiles(): readonly string[];
}

interface OpenRun {
  input: LiveRun;
  reader: RunReader;
  mark: string;
  data: RunData;
  problem: string | null;
}

export class LiveReport implements ClipSource {
  readonly #runs: OpenRun[];
  readonly #paths = new Map<string, string>();
  readonly #clips: { path: string; type: string }[] = [];
  #view: { text: string; tag: string } | null = null;

  readonly #refreshMs: number;

  /** @param refreshMs after which pages ask again */
  constructor(inputs: readonly LiveRun[], { refreshMs = 2000 } = {}) {
    this.#refreshMs = refreshMs;
    const names = runNames(inputs.map(({ folder }) => folder));
    this.#runs = inputs.map((input, i) => ({
      input,
      reader: new RunReader(input.folder),
      mark: '',
      data: emptyRun(names[i]),
      problem: null,
    }));
  }

  get page(): Page {
    this.#refresh();
    const { sections, ...view } = this.#viewNow();
    return page(`earsight: ${this.#runs.map(({ data }) => data.name).join(', ')}`, sections, view);
  }

  /** A LiveView as JSON, and what differs when it does. */
  get view(): { text: string; tag: string } {
    if (this.#refresh() || this.#view === null) {
      const text = JSON.stringify(this.#viewNow());
      this.#view = { text, tag: createHash('sha256').update(text).digest('base64url') };
    }
    return this.#view;
  }

  /** @returns null where there is no such run, stage or step */
  step(run: number, stage: string, step: number): StepRollouts | null {
    const data = this.#runs[run]?.data;
    const completions = data?.stages.find(({ name }) => name === stage)?.completions;
    if (data === undefined || completions === undefined) return null;
    completions.refresh();
    const records = completions.read(step);
    return records.length === 0 ? null : stepRollouts(step, records, data, this);
  }

  /** @returns null where there is no such run, stage or sample */
  paths(run: number, stage: string, sample: string): SamplePaths | null {
    const data = this.#runs[run]?.data;
    return data?.paths.sample(stage, sample, data, this) ?? null;
  }

  /** A file that the page shows, by the number in its path. */
  clip(number: number): { path: string; type: string } | null {
    return this.#clips[number] ?? null;
  }

  show(file: string, folders: readonly string[]): ClipView {
    const clip = findClip(file, folders);
    if ('note' in clip) return clipView(file, clip);
    const source = this.#paths.get(clip.path) ?? `/clips/${this.#clips.push(clip) - 1}`;
    this.#paths.set(clip.path, source);
    return clipView(file, { source });
  }

  url(source: string): string {
    return source;
  }

  /** @returns whether anything has changed */
  #refresh(): boolean {
    return this.#runs.map((run) => refreshRun(run)).includes(true);
  }

  #viewNow(): LiveView {
    const runs = this.#runs.map(({ data, problem }) =>
      problem === null ? data : { ...data, problems: [...data.problems, problem] },
    );
    return {
      refreshMs: this.#refreshMs,
      runs: runs.map(({ name, stages, ...data }) => ({
        name,
        paths: listedPaths(data.paths, data),
        stages: stages.map((stage) => ({
          name: stage.name,
          metrics: metricPoints(stage.lines),
          rollouts: listedRollouts(stage.completions),
        })),
      })),
      media: {},
      sections: sectionsOf(runs, this),
    };
  }
}

function refreshRun(run: OpenRun): boolean {
  const { input, reader } = run;
  let { problem, mark } = run;
  try {
    const dataFiles = input.dataFiles();
    mark = reader.mark(dataFiles);
    if (mark === run.mark && problem === null) return false;
    const read = reader.read({ mediaFolders: input.mediaFolders, dataFiles });
    run.data = { ...read, name: run.data.name };
    problem = hasBegun(run.data) ? null : `${input.folder}: no run has begun here yet`;
  } catch (error) {
    // A file that vanishes while it is read is there, or gone, at the next look.
    if (!(error instanceof FileError || error instanceof BadInputError || 'code' in (error as object)))
      throw error;
    problem = (error as Error).message;
  }
  const isNew = mark !== run.mark || problem !== run.problem;
  run.mark = mark;
  run.problem = problem;
  return isNew;
}

function emptyRun(name: string): RunData {
  return {
    name,
    records: [],
    accuracy: [],
    clips: [],
    stages: [],
    paths: noPaths,
    mediaFolders: [],
    samples: new Map(),
    problems: [],
  };
}
