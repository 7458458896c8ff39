// Rows as the loss takes them: a tree of tokens each, with the targets marked in it.

import { setImmediate } from 'node:timers/promises';
import type { TokenTree } from '../../batch/index.js';
import { type ChatRow, isChatRow, type Sample } from '../../data/index.js';
import { ConfigError } from '../config.js';
import { warnOfLeftOut } from '../left-out.js';
import { encodeTurns, promptsIn, type TrainableModel } from '../model.js';
import type { SFTConfig } from './config.js';
import { type LessonOptions, Lessons } from './lessons.js';

/** What SFT learns from: questions with their answers, or conversations. */
export type SFTRow = Sample | ChatRow;

export interface Example {
  row: SFTRow;
  tree: TokenTree;
  numTargets: number;
}

type Settings = Pick<SFTConfig, 'assistantOnlyLoss' | 'completionOnlyLoss' | 'maxLength' | 'truncationMode'>;

/**
 * Examples in the order of the rows.
 * @param occurrences for each row, how often the training has taken it before
 */
export async function examplesOf(
  model: TrainableModel,
  rows: readonly SFTRow[],
  config: Settings,
  lessons: Lessons,
  occurrences: readonly number[],
): Promise<Example[]> {
  const taught = rows.flatMap((row, i) => (isChatRow(row) ? [] : lessons.of(row, occurrences[i])));
  const asked = taught.map(({ sample }) => sample);
  const prompts = asked.length === 0 ? [] : promptsIn('av', await model.prepare(asked, { views: ['av'] }));
  let next = 0;
  return rows.map((row): Example => {
    if (isChatRow(row)) return chatExample(model, row, config);
    const { ids, lossMask } = encodeTurns(model, row.id, taught[next].turns);
    const { root, question } = prompts[next++];
    const tree = { root, children: [{ ids: question, children: [{ ids, lossMask }] }] };
    return { row, tree, numTargets: countOnes(lossMask) };
  });
}

/** Tokens of what a sample teaches at its first occurrence. */
export function targetLength(model: TrainableModel, sample: Sample, options: LessonOptions): number {
  return encodeTurns(model, sample.id, new Lessons(options).of(sample, 0).turns).ids.length;
}

const countOnes = (mask: readonly number[]): number => mask.reduce((sum, one) => sum + one, 0);

function chatExample(model: TrainableModel, row: ChatRow, config: Settings): Example {
  const { ids, lossMask } = chatTokens(model, row, config);
  const tree = { root: { spans: [], textIds: [] }, children: [{ ids, lossMask }] };
  return { row, tree, numTargets: countOnes(lossMask) };
}

/** The tokens of a conversation, cut to maxLength. The first one is no target: nothing precedes it. */
function chatTokens(
  model: TrainableModel,
  row: ChatRow,
  { assistantOnlyLoss, completionOnlyLoss, maxLength, truncationMode }: Settings,
): { ids: number[]; lossMask: number[] } {
  if (model.encodeChat === undefined)
    throw new Error(
      `sample '${row.id}': the model has no encodeChat, which conversations need; give it one, or samples with a "question"`,
    );
  const { ids, lossMask } = model.encodeChat(row, {
    assistantOnly: assistantOnlyLoss,
    completionOnly: completionOnlyLoss ?? 'completion' in row,
  });
  const length = maxLength ?? ids.length;
  const [start, end] =
    truncationMode === 'keep_start' ? [0, length] : [Math.max(0, ids.length - length), ids.length];
  return {
    ids: ids.slice(start, end),
    lossMask: lossMask.slice(start, end).map((one, i) => (i === 0 ? 0 : one)),
  };
}

/**
 * The rows that are trained on: as in TRL, conversations of which `maxLength` leaves nothing to learn are no rows of any
 * step, and what is packed stays. Encodes all conversations, so that a row that cannot be is found before the training.
 * @throws what encodeChat throws, and RangeError where nothing is left to learn of any row
 */
export async function teachingRows(
  model: TrainableModel,
  rows: readonly SFTRow[],
  config: Settings & Pick<SFTConfig, 'packing'>,
): Promise<readonly SFTRow[]> {
  const teaching: SFTRow[] = [];
  for (const [i, row] of rows.entries()) {
    if (!isChatRow(row) || chatTokens(model, row, config).lossMask.includes(1)) teaching.push(row);
    if (i % rowsAtOnce === rowsAtOnce - 1) await setImmediate();
  }
  const { maxLength, packing } = config;
  warnOfLeftOut(rows, teaching, maxLength);
  return maxLength === null || packing ? rows : teaching;
}

/** Between these, signals and timers get their turn. */
const rowsAtOnce = 256;

/** Lengths of rows: an epoch's estimate, its trial and the training pack the same rows. */
const lengths = new WeakMap<TrainableModel, WeakMap<ChatRow, number>>();

/** Tokens of a conversation, uncut. */
export function chatLength(model: TrainableModel, row: ChatRow): number {
  const ofModel = lengths.get(model) ?? new WeakMap<ChatRow, number>();
  lengths.set(model, ofModel);
  let length = ofModel.get(row);
  if (length === undefined) {
    const whole = { assistantOnlyLoss: false, completionOnlyLoss: false, maxLength: null } as const;
    length = chatTokens(model, row, { ...whole, truncationMode: 'keep_start' }).ids.length;
    ofModel.set(row, length);
  }
  return length;
}

/** @throws ConfigError for settings that samples do not have */
export function checkRows(
  rows: readonly SFTRow[],
  { packing, completionOnlyLoss }: Pick<SFTConfig, 'packing' | 'completionOnlyLoss'>,
): void {
  const sample = rows.find((row) => !isChatRow(row));
  if (sample === undefined) return;
  const field = packing ? 'packing' : 'completionOnlyLoss';
  const problem = packing
    ? 'packs conversations; micro-batches of samples are packed without it'
    : 'a sample teaches its completion alone; write it as a conversation to learn its question too';
  if (packing || completionOnlyLoss === false)
    throw new ConfigError(`${field}: trainDataset has the sample '${sample.id}': ${problem}`, field);
}
