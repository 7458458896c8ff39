// Contrastive rollouts as the page takes them: the paths of each sample, with the divergences of their steps, the rollouts of
// the steps that were selected, and the pairs that came of both. Records of different files belong together by their texts.

import { endOfStep, type PairRecord, type PathRecord, type StepRecord } from '../data/index.js';
import { groupBy } from '../runtime/index.js';
import type { ClipSource } from './media.js';
import type { PathFile, PathRecords } from './path-files.js';
import { type KnownData, sampleView } from './sample-view.js';
import type { PathPairView, PathsView, PathView, SamplePaths, StepExpansion } from './view.js';

/** A page that is a file has the samples with rollouts first, up to so many characters. */
const maxCharacters = 4 << 20;

/** Longer questions are cut in the list of samples. */
const maxQuestion = 200;

/** The paths of one stage by sample. */
interface PathSource {
  stage: string;
  samples: ReadonlyMap<string, readonly PathRecord[]>;
}

/** What the records of a run say together. */
export class RunPaths {
  readonly sources: readonly PathSource[];
  readonly #steps: ReadonlyMap<string, StepRecord>;
  readonly #pairs: ReadonlyMap<string, readonly PairRecord[]>;

  constructor({ paths, steps, pairs }: Pick<PathRecords, 'paths' | 'steps' | 'pairs'>) {
    this.sources = sourcesOf(paths);
    this.#steps = new Map(steps.map((step) => [stepKey(step.sampleId, step.prefix, step.step), step]));
    this.#pairs = groupBy(pairs, ({ sampleId }) => sampleId);
  }

  get isEmpty(): boolean {
    return this.sources.length === 0;
  }

  /** Null where the stage has no paths of the sample. */
  sample(stage: string, id: string, data: KnownData, clips: ClipSource): SamplePaths | null {
    const records = this.sources.find((source) => source.stage === stage)?.samples.get(id);
    if (records === undefined) return null;
    const known = data.samples.get(id);
    return {
      sample: id,
      about: known === undefined ? null : sampleView(known, data, clips),
      paths: records.map((record) => this.#path(record, records)),
    };
  }

  /** How many of its steps were rolled out. */
  expanded({ sampleId, path }: PathRecord): number {
    return path.filter((step, i) => this.#steps.has(stepKey(sampleId, path.slice(0, i), step))).length;
  }

  pairsOf(sample: string): readonly PairRecord[] {
    return this.#pairs.get(sample) ?? [];
  }

  #path(record: PathRecord, ofSample: readonly PathRecord[]): PathView {
    const { sampleId, seed, path, answer, correct, tokens, divergence, selected } = record;
    return {
      ...{ seed, answer, correct, tokens },
      steps: path.map((text, i) => {
        const rank = selected?.indexOf(i) ?? -1;
        const step = this.#steps.get(stepKey(sampleId, path.slice(0, i), text));
        return {
          text: withoutMark(text),
          divergence: divergence?.[i] ?? null,
          rank: rank < 0 ? null : rank + 1,
          expansion: step === undefined ? null : this.#expansion(step),
        };
      }),
      pairs: this.#pathPairs(record, ofSample),
    };
  }

  #expansion(record: StepRecord): StepExpansion {
    const { sampleId, prefix, step, alternative } = record;
    const place = stepKey(sampleId, prefix, '');
    const pair = this.pairsOf(sampleId).find(
      (it) =>
        it.kind === 'step' &&
        stepKey(sampleId, it.prefix, '') === place &&
        [it.chosen, it.rejected].includes(step) &&
        [it.chosen, it.rejected].includes(alternative),
    );
    return {
      alternative: alternative === step ? null : withoutMark(alternative),
      own: { correct: record.correct, continuations: record.continuations ?? [] },
      other: { correct: record.alternativeCorrect, continuations: record.alternativeContinuations ?? [] },
      pair:
        pair === undefined
          ? null
          : {
              chosen: pair.chosen === step ? 'step' : 'alternative',
              ...{ pChosen: pair.pChosen, pRejected: pair.pRejected, alpha: pair.alpha },
            },
    };
  }

  #pathPairs({ sampleId, path }: PathRecord, ofSample: readonly PathRecord[]): PathPairView[] {
    const text = path.join('');
    return this.pairsOf(sampleId).flatMap(({ kind, chosen, rejected, alpha }) => {
      if (kind !== 'path' || (text !== chosen && text !== rejected)) return [];
      const other = text === chosen ? rejected : chosen;
      const index = ofSample.findIndex((record) => record.path.join('') === other);
      return { isChosen: text === chosen, other: index < 0 ? null : index, alpha };
    });
  }
}

/**
 * The files of paths by sample. A path that stands in two files, before and after its steps were selected, has the
 * divergences of the second in both; a file whose paths all stand in another one is no source of its own.
 */
function sourcesOf(files: PathRecords['paths']): PathSource[] {
  const merged = new Map<string, PathRecord>();
  for (const { records } of files) {
    for (const record of records) {
      const key = pathKey(record);
      if (record.divergence !== undefined || !merged.has(key)) merged.set(key, record);
    }
  }
  const kept = new Map<PathFile, ReadonlySet<string>>();
  for (const file of files.toSorted((a, b) => b.records.length - a.records.length)) {
    const keys = new Set(file.records.map(pathKey));
    const isWithin = (other: ReadonlySet<string>): boolean => [...keys].every((key) => other.has(key));
    if (![...kept.values()].some(isWithin)) kept.set(file, keys);
  }
  const sources = files.filter((file) => kept.has(file) && file.records.length > 0);
  return sources.map((file) => {
    const isAlone = sources.every((other) => other === file || other.stage !== file.stage);
    const records = file.records.map((record) => merged.get(pathKey(record)) as PathRecord);
    return {
      stage: isAlone ? file.stage : `${file.stage}/${file.name}`,
      samples: groupBy(records, ({ sampleId }) => sampleId),
    };
  });
}

function pathKey({ sampleId, seed, path }: PathRecord): string {
  return JSON.stringify([sampleId, seed, path]);
}

function stepKey(sampleId: string, prefix: readonly string[], step: string): string {
  return JSON.stringify([sampleId, prefix, step]);
}

function withoutMark(step: string): string {
  return (step.endsWith(endOfStep) ? step.slice(0, -endOfStep.length) : step).trim();
}

/** Of each stage: its samples, for a page that asks for each. */
export function listedPaths(run: RunPaths, { samples: known }: KnownData): PathsView[] {
  return run.sources.map(({ stage, samples }) => ({
    stage,
    samples: Array.from(samples, ([id, records]) => ({
      sample: id,
      question: known.get(id)?.sample.question.slice(0, maxQuestion) ?? '',
      paths: records.length,
      right: records.filter(({ correct }) => correct).length,
      expanded: records.reduce((sum, record) => sum + run.expanded(record), 0),
      pairs: run.pairsOf(id).length,
    })),
    written: samples.size,
    embedded: [],
  }));
}

/** With samples inside the page: those with rollouts first, as long as there is room. */
export function embeddedPaths(run: RunPaths, data: KnownData, clips: ClipSource): PathsView[] {
  return listedPaths(run, data).map((listed) => {
    const order = listed.samples.toSorted((a, b) => Number(b.expanded > 0) - Number(a.expanded > 0));
    const embedded = new Map<string, SamplePaths>();
    let characters = 0;
    for (const { sample: id } of order) {
      const sample = run.sample(listed.stage, id, data, clips) as SamplePaths;
      characters += JSON.stringify(sample).length;
      if (embedded.size > 0 && characters > maxCharacters) break;
      embedded.set(id, sample);
    }
    const samples = listed.samples.filter(({ sample }) => embedded.has(sample));
    return { ...listed, samples, embedded: samples.map(({ sample }) => embedded.get(sample) as SamplePaths) };
  });
}
