// Which paths, rollouts and pairs of a run belong together. Records have no name of the round that made them: a file belongs to the
// paths that most of its records are of, by their texts; of several, to those that were written last before it.

import type { PairRecord, PathRecord, StepRecord } from '../data/index.js';
import { groupBy } from '../runtime/index.js';
import type { PathRecords, WrittenFile } from './path-files.js';

/** The paths of one stage by sample, and what was made of them. */
export interface PathSource {
  stage: string;
  samples: ReadonlyMap<string, readonly PathRecord[]>;
  /** By `stepKey`. */
  steps: ReadonlyMap<string, StepRecord>;
  /** By sample. */
  pairs: ReadonlyMap<string, readonly PairRecord[]>;
}

export function stepKey(sampleId: string, prefix: readonly string[], step: string): string {
  return JSON.stringify([sampleId, prefix, step]);
}

/** The oldest first. */
export function pathSources({ paths, steps, pairs }: Omit<PathRecords, 'problems'>): PathSource[] {
  const bases = basesOf(paths.filter(({ records }) => records.length > 0));
  const files = bases.map(({ file }) => file);
  const selectedOf = owned(
    bases,
    paths.filter((file) => !files.includes(file)),
    (base, record) => base.keys.has(pathKey(record)),
  );
  const stepsOf = owned(bases, steps, (base, { sampleId, prefix, step }) =>
    base.steps.has(stepKey(sampleId, prefix, step)),
  );
  const pairsOf = owned(bases, pairs, isPairOf);
  return bases.map((base) => {
    const { stage, name, records } = base.file;
    const isAlone = files.every((other) => other === base.file || other.stage !== stage);
    const selected = new Map((selectedOf.get(base) ?? []).map((record) => [pathKey(record), record]));
    return {
      stage: isAlone ? stage : `${stage}/${name}`,
      samples: groupBy(
        records.map((record) => selected.get(pathKey(record)) ?? record),
        ({ sampleId }) => sampleId,
      ),
      steps: new Map((stepsOf.get(base) ?? []).map((it) => [stepKey(it.sampleId, it.prefix, it.step), it])),
      pairs: groupBy(pairsOf.get(base) ?? [], ({ sampleId }) => sampleId),
    };
  });
}

/** A file of paths that others are made of. */
interface Base {
  file: WrittenFile<PathRecord>;
  keys: ReadonlySet<string>;
  steps: ReadonlySet<string>;
  /** Whole paths. */
  texts: ReadonlySet<string>;
}

/** Sampled paths, and selected ones that stand in no file of sampled ones. */
function basesOf(files: readonly WrittenFile<PathRecord>[]): Base[] {
  const bases = files.map((file) => ({
    file,
    keys: new Set(file.records.map(pathKey)),
    steps: new Set(
      file.records.flatMap(({ sampleId, path }) =>
        path.map((step, i) => stepKey(sampleId, path.slice(0, i), step)),
      ),
    ),
    texts: new Set(file.records.map(({ sampleId, path }) => textKey(sampleId, path.join('')))),
  }));
  const isSampled = ({ file }: Base): boolean => file.name === 'paths.jsonl';
  const isWithin = ({ keys }: Base, other: Base): boolean => [...keys].every((key) => other.keys.has(key));
  return bases.filter((base) => {
    const isIn = (other: Base): boolean => isSampled(other) && isWithin(base, other);
    return isSampled(base) || !bases.some(isIn);
  });
}

/** The records of the files that belong to each base. */
function owned<R>(
  bases: readonly Base[],
  files: readonly WrittenFile<R>[],
  isOf: (base: Base, record: R) => boolean,
): Map<Base, R[]> {
  const records = new Map<Base, R[]>();
  for (const file of files) {
    const counts = bases.map((base) => file.records.filter((record) => isOf(base, record)).length);
    const most = counts.reduce((sum, count) => Math.max(sum, count), 0);
    const best = bases.filter((_, i) => counts[i] === most);
    const owner = best.findLast((base) => base.file.order < file.order) ?? best[0];
    if (owner !== undefined) records.set(owner, [...(records.get(owner) ?? []), ...file.records]);
  }
  return records;
}

function isPairOf({ steps, texts }: Base, { sampleId, prefix, chosen, rejected, kind }: PairRecord): boolean {
  const sides = [chosen, rejected];
  return kind === 'path'
    ? sides.every((side) => texts.has(textKey(sampleId, side)))
    : sides.some((side) => steps.has(stepKey(sampleId, prefix, side)));
}

function pathKey({ sampleId, seed, path }: PathRecord): string {
  return JSON.stringify([sampleId, seed, path]);
}

function textKey(sampleId: string, text: string): string {
  return JSON.stringify([sampleId, text]);
}
