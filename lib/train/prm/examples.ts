// Records as a reward model learns them. A step record labels the last token of its step and of the alternative with the
// fraction of their rollouts that were right (a process reward model, PRM); a path record labels the last token of the whole
// path with whether it was right (an outcome reward model, ORM).

import type { TokenNode, TokenTree } from '../../batch/index.js';
import type { PathRecord, Sample, StepRecord } from '../../data/index.js';
import { promptsById, type TrainableModel } from '../model.js';
import { samplesById } from '../samples-by-id.js';
import { encodeSteps, stepsNode } from './step-ends.js';

export type RewardRecord = PathRecord | StepRecord;

/** A record with its sample. */
export interface RewardRow extends Sample {
  record: RewardRecord;
}

export interface RewardExample {
  row: RewardRow;
  tree: TokenTree;
  /** One for each end that is looked at, in the order of the tree: probability that it is right. */
  labels: number[];
}

/** @param dataset its name in errors @throws RangeError naming a record whose sample is missing */
export function rewardRows(
  dataset: string,
  records: readonly RewardRecord[],
  samples: readonly Sample[],
): RewardRow[] {
  const sampleOf = samplesById(samples, dataset);
  return records.map((record, i) => ({ ...sampleOf(record, i), record }));
}

/** Whether rollouts or an outcome say something of a record. */
export function isLabelled({ record }: RewardRow): boolean {
  return labelledEnds(record).length > 0;
}

/** Examples in the order of the rows; those of which `maxLength` leaves nothing to learn are left out. */
export async function rewardExamples(
  model: TrainableModel,
  rows: readonly RewardRow[],
  maxLength: number | null,
): Promise<RewardExample[]> {
  const prompts = await promptsById(
    model,
    rows.map(({ record: _, ...sample }) => sample),
  );
  return rows.flatMap((row) => {
    const { root, question, tokens } = prompts.get(row.id)!;
    const prefix = encodeSteps(model, row.id, 'path' in row.record ? [] : row.record.prefix).flat();
    const room = (maxLength ?? Infinity) - (tokens.text + tokens.audio + tokens.video) - prefix.length;
    const ends = labelledEnds(row.record)
      .map(({ steps, label }) => ({ ids: encodeSteps(model, row.id, steps).flat(), label }))
      .filter(({ ids }) => ids.length <= room);
    if (ends.length === 0) return [];
    const leaves = ends.map(({ ids }): TokenNode => stepsNode([ids]));
    const children = prefix.length === 0 ? leaves : [{ ids: prefix, children: leaves }];
    const tree = { root, children: [{ ids: question, children }] };
    return [{ row, tree, labels: ends.map(({ label }) => label) }];
  });
}

function labelledEnds(record: RewardRecord): { steps: readonly string[]; label: number }[] {
  if ('path' in record)
    return record.path.length === 0 ? [] : [{ steps: record.path, label: record.correct ? 1 : 0 }];
  const sides = [
    { steps: [record.step], outcomes: record.correct },
    { steps: [record.alternative], outcomes: record.alternativeCorrect },
  ];
  return sides
    .filter(({ outcomes }) => outcomes.length > 0)
    .map(({ steps, outcomes }) => ({ steps, label: mean(outcomes) }));
}

function mean(outcomes: readonly boolean[]): number {
  return outcomes.filter((right) => right).length / outcomes.length;
}
