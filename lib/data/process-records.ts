/** What the parts of process DPO pass to one another: plain JSON, one record a line in the files between the stages. */
import { z } from 'zod';
import { replaceFile } from '../files/index.js';
import { DataError, type Place } from './errors.js';
import { type RowOptions, readRows } from './lines.js';
import { check, checkItems, list, text } from './schema.js';

/** Closes each step of a reasoning completion but the last; tokenised as ordinary text. */
export const endOfStep = '<end_of_step>';

/** One sampled solution of a question. */
export interface PathRecord {
  sampleId: string;
  /** Seed of its sampling: every path of a sample has its own. */
  seed: number;
  /** Steps with their closing marks; joined they are the completion. */
  path: string[];
  /** The final answer as it was scored; '' where the path gives none. */
  answer: string;
  correct: boolean;
  /** Tokens that were sampled for it. */
  tokens: number;
  /** Length-normalised divergence of each step under the perturbation. */
  divergence?: number[];
  /** Indices of the selected steps, largest divergence first. */
  selected?: number[];
}

/** A step of a path and an alternative after the same prefix, each with the outcomes of its rollouts. */
export interface StepRecord {
  sampleId: string;
  prefix: string[];
  stepIndex: number;
  step: string;
  /** Equal to `step` where no try gave another text: such a step has no rollouts. */
  alternative: string;
  /** One entry for each rollout that could be scored. */
  correct: boolean[];
  alternativeCorrect: boolean[];
  /** Seed of the path that the step belongs to. */
  seed?: number;
  /** What the rollouts wrote after the step, in the order of `correct`. */
  continuations?: string[];
  alternativeContinuations?: string[];
  /** Tokens that were sampled for the alternative and all rollouts. */
  tokens?: number;
}

/** Two continuations of one prefix, the preferred one first. */
export interface PairRecord {
  sampleId: string;
  /** Steps that both sides share; empty for whole paths. */
  prefix: string[];
  chosen: string;
  rejected: string;
  /** Expected correctness of each side. */
  pChosen: number;
  pRejected: number;
  /** Probability that `chosen` is the better side. */
  alpha: number;
  kind: 'path' | 'step';
}

const id = text('a non-empty text', 'write the "id" of the sample');
const step = z.string('a text|write each step as text').min(1, 'a non-empty text|remove the empty step');
const count = z.int('an integer|write a whole number').nonnegative('at least 0|write a whole number from 0');
const flags = z.array(
  z.boolean('true or false|write the outcome of each rollout as true or false'),
  'a list of true and false|write the outcome of each rollout',
);
const flag = z.boolean('true or false|write whether the answer is right');
const string = z.string('a text|write the text, or "" where there is none');
const texts = z.array(string, 'a list of texts|write one text for each rollout').optional();
const probability = z
  .number('a number|write a probability from 0 to 1')
  .min(0, 'a number from 0 to 1|write a probability')
  .max(1, 'a number from 0 to 1|write a probability');
const prefix = z
  .array(step, 'a list of steps|write the steps before as a list of texts, [] for none')
  .refine(
    (steps) => steps.every((text) => text.endsWith(endOfStep)),
    `steps that end with ${endOfStep}|close each step of the prefix with the mark`,
  );

const pathSchema = z
  .strictObject({
    sampleId: id,
    seed: count,
    path: list(step, 0, 'a list of steps|write the steps of the path as a list of texts'),
    answer: string,
    correct: flag,
    tokens: count,
    divergence: z
      .array(
        z.number('a number|write one divergence for each step'),
        'a list of numbers|write one divergence for each step',
      )
      .optional(),
    selected: z.array(count, 'a list of indices|write the indices of the selected steps').optional(),
  })
  .refine(({ path }) => path.slice(0, -1).every((text) => text.endsWith(endOfStep)), {
    path: ['path'],
    message: `steps that end with ${endOfStep}, but the last|close each step but the last with the mark`,
  })
  .refine(({ path, divergence }) => divergence === undefined || divergence.length === path.length, {
    path: ['divergence'],
    message: 'one number for each step of "path"|make the two lists equally long',
  })
  .refine(({ path, selected }) => selected === undefined || areIndices(selected, path.length), {
    path: ['selected'],
    message: 'different indices of steps, from 0|name each selected step of "path" once',
  });

const stepSchema = z
  .strictObject({
    sampleId: id,
    prefix,
    stepIndex: count,
    step,
    alternative: step,
    correct: flags,
    alternativeCorrect: flags,
    seed: count.optional(),
    continuations: texts,
    alternativeContinuations: texts,
    tokens: count.optional(),
  })
  .refine(({ prefix, stepIndex }) => stepIndex === prefix.length, {
    path: ['stepIndex'],
    message: 'the number of steps in "prefix"|count the steps before it',
  });

const pairSchema = z
  .strictObject({
    sampleId: id,
    prefix,
    chosen: step,
    rejected: step,
    pChosen: probability,
    pRejected: probability,
    alpha: probability,
    kind: z.enum(['path', 'step'], '"path" or "step"|write what the pair compares'),
  })
  .refine(({ chosen, rejected }) => chosen !== rejected, {
    path: ['rejected'],
    message: 'another text than "chosen"|remove the pair',
  });

function areIndices(indices: number[], length: number): boolean {
  return new Set(indices).size === indices.length && indices.every((index) => index < length);
}

type ReadOptions = Pick<RowOptions, 'mayBeTorn'>;

/** @throws DataError for the first thing that does not fit, as the other readers do */
export function readPaths(file: string, options: ReadOptions = {}): PathRecord[] {
  const seen = new Map<string, number>();
  return readRecords(file, pathSchema, options, ({ sampleId, seed }, where) => {
    const key = JSON.stringify([sampleId, seed]);
    const first = seen.get(key);
    if (first !== undefined)
      throw new DataError(
        { ...where, field: 'seed' },
        `got ${seed} again for sample ${JSON.stringify(sampleId)} (first in line ${first}), expected a seed of its own`,
        'remove the repeated path',
      );
    seen.set(key, where.line!);
  });
}

/** @throws DataError */
export function readSteps(file: string, options: ReadOptions = {}): StepRecord[] {
  return readRecords(file, stepSchema, options);
}

/** @throws DataError */
export function readPairs(file: string, options: ReadOptions = {}): PairRecord[] {
  return readRecords(file, pairSchema, options);
}

const pathFields = z.object(pathSchema.shape);
const stepFields = z.object(stepSchema.shape);

/** The fields of records that a program gives. @throws TypeError naming function, record and field */
export function checkPaths(op: string, paths: readonly PathRecord[]): void {
  checkItems(pathFields, paths, `${op}: paths`);
}

/** @throws TypeError as `checkPaths` does */
export function checkSteps(op: string, steps: readonly StepRecord[]): void {
  checkItems(stepFields, steps, `${op}: steps`);
}

/** Replaces the file by one record a line. */
export function writeRecords(file: string, records: readonly object[]): void {
  replaceFile(file, recordLines(records));
}

/** What `writeRecords` writes. */
export function recordLines(records: readonly object[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

function readRecords<T extends z.ZodObject>(
  file: string,
  schema: T,
  options: ReadOptions,
  alsoCheck?: (record: z.infer<T>, where: Place) => void,
): z.infer<T>[] {
  return readRows(file, { ...options, mayBeEmpty: true }).map(({ line, value }) => {
    const where = { file, line };
    const record = check(schema, value, where);
    alsoCheck?.(record, where);
    return record;
  });
}
