// Contrastive rollouts as the page takes them: the paths of each sample, with the divergences of their steps, the rollouts of
// the steps that were selected, and the pairs that came of both.

import { endOfStep, type PairRecord, type PathRecord, type StepRecord } from '../data/index.js';
import type { ClipSource } from './media.js';
import type { PathRecords } from './path-files.js';
import { type PathSource, pathSources, stepKey } from './path-sources.js';
import { type KnownData, sampleView } from './sample-view.js';
import type { PathPairView, PathsView, PathView, SamplePaths, StepExpansion } from './view.js';

/** A page that is a file has the samples with rollouts first, up to so many characters. */
const maxCharacters = 4 << 20;

/** Longer questions are cut in the list of samples. */
const maxQuestion = 200;

/** What the records of a run say together. */
export class RunPaths {
  readonly sources: readonly PathSource[];

  constructor(records: Omit<PathRecords, 'problems'>) {
    this.sources = pathSources(records);
  }

  get isEmpty(): boolean {
    return this.sources.length === 0;
  }

  /** Null where the stage has no paths of the sample. */
  sample(stage: string, id: string, data: KnownData, clips: ClipSource): SamplePaths | null {
    const source = this.sources.find((it) => it.stage === stage);
    const records = source?.samples.get(id);
    if (source === undefined || records === undefined) return null;
    const known = data.samples.get(id);
    return {
      sample: id,
      about: known === undefined ? null : sampleView(known, data, clips),
      paths: records.map((record) => pathView(source, record, records)),
    };
  }
}

/** How many of its steps were rolled out. */
function expandedSteps({ steps }: PathSource, { sampleId, path }: PathRecord): number {
  return path.filter((step, i) => steps.has(stepKey(sampleId, path.slice(0, i), step))).length;
}

const pairsOf = ({ pairs }: PathSource, sample: string): readonly PairRecord[] => pairs.get(sample) ?? [];

function pathView(source: PathSource, record: PathRecord, ofSample: readonly PathRecord[]): PathView {
  const { sampleId, seed, path, answer, correct, tokens, divergence, selected } = record;
  return {
    ...{ seed, answer, correct, tokens },
    steps: path.map((text, i) => {
      const rank = selected?.indexOf(i) ?? -1;
      const step = source.steps.get(stepKey(sampleId, path.slice(0, i), text));
      return {
        text: withoutMark(text),
        divergence: divergence?.[i] ?? null,
        rank: rank < 0 ? null : rank + 1,
        expansion: step === undefined ? null : expansionView(source, step),
      };
    }),
    pairs: pathPairs(source, record, ofSample),
  };
}

function expansionView(source: PathSource, record: StepRecord): StepExpansion {
  const { sampleId, prefix, step, alternative } = record;
  const place = stepKey(sampleId, prefix, '');
  const pair = pairsOf(source, sampleId).find(
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

function pathPairs(
  source: PathSource,
  { sampleId, path }: PathRecord,
  ofSample: readonly PathRecord[],
): PathPairView[] {
  const text = path.join('');
  return pairsOf(source, sampleId).flatMap(({ kind, chosen, rejected, alpha }) => {
    if (kind !== 'path' || (text !== chosen && text !== rejected)) return [];
    const other = text === chosen ? rejected : chosen;
    const index = ofSample.findIndex((record) => record.path.join('') === other);
    return { isChosen: text === chosen, other: index < 0 ? null : index, alpha };
  });
}

function withoutMark(step: string): string {
  return (step.endsWith(endOfStep) ? step.slice(0, -endOfStep.length) : step).trim();
}

/** Of each stage: its samples, for a page that asks for each. */
export function listedPaths(run: RunPaths, { samples: known }: KnownData): PathsView[] {
  return run.sources.map((source) => ({
    stage: source.stage,
    samples: Array.from(source.samples, ([id, records]) => ({
      sample: id,
      question: known.get(id)?.sample.question.slice(0, maxQuestion) ?? '',
      paths: records.length,
      right: records.filter(({ correct }) => correct).length,
      expanded: records.reduce((sum, record) => sum + expandedSteps(source, record), 0),
      pairs: pairsOf(source, id).length,
    })),
    written: source.samples.size,
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
