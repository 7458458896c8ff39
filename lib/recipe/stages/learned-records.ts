/** Records that a stage trains on: of a file that its settings name, or left by a stage before it. */
import type { RecipeSamples } from '../samples.js';
import { inputFile, type Recipe, type SettingsProblem, type StageContext, type StageUse } from '../stage.js';
import { checkRecords } from './asked-samples.js';

/** A kind of records. */
export interface RecordSource<Row> {
  /** The file that a stage before leaves. */
  left: string;
  /** In messages. */
  what: string;
  /** @throws DataError */
  read(file: string): Row[];
}

interface FileSettings {
  data?: string;
  validation?: string;
}

/** Where neither a setting nor a stage before gives the records. */
export function recordProblems<Row>(
  { settings, name }: StageUse,
  { stages }: Recipe,
  { left, what }: RecordSource<Row>,
): SettingsProblem[] {
  const place = stages.findIndex((use) => use.name === name);
  const isLeft = stages.slice(0, place).some(({ stage }) => stage.outputs.includes(left));
  if (settings.data !== undefined || isLeft) return [];
  return [
    { path: ['data'], text: `expected a JSONL file of ${what}, or a stage before it that leaves ${left}` },
  ];
}

/** @throws DataError, and BadInputError naming a record whose sample the recipe's data does not have */
export function checkRecordFiles<Row extends { sampleId: string }>(
  { settings }: StageUse,
  recipe: Recipe,
  samples: RecipeSamples,
  { read }: RecordSource<Row>,
): void {
  const { data, validation } = settings as FileSettings;
  for (const file of [data, validation])
    if (file !== undefined) checkRecords(file, read(file), recipe, samples);
}

/** Whether the records are there before the run. */
export function areMade({ use }: StageContext): boolean {
  return use.settings.data !== undefined;
}

export function learnedRecords<Row>(context: StageContext, { left, read }: RecordSource<Row>): Row[] {
  const { data } = context.use.settings as FileSettings;
  return read(data ?? inputFile(context, left));
}

/** Undefined: the stage is not validated. */
export function validationRecords<Row>(
  { use }: StageContext,
  { read }: RecordSource<Row>,
): Row[] | undefined {
  const { validation } = use.settings as FileSettings;
  return validation === undefined ? undefined : read(validation);
}
