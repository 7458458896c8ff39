/** The work of a stage that makes records sample by sample, and what it will take. */

import { createHash } from 'node:crypto';
import { alignColumns } from '../../eval/index.js';
import type { OmniModel } from '../../omni/index.js';
import { samplingStats } from '../../rollout/index.js';
import { readUserFile } from '../../runtime/index.js';
import { type Display, noDisplay } from '../display.js';
import { finishedSamples, RecordFile, type RecordFileOptions, type SampleRecord } from './record-file.js';

interface MakeOptions {
  /** Hears of each sample once its records are whole. */
  onRecords: (records: readonly SampleRecord[]) => void;
}

/** What a stage is to do with its inputs. */
export interface RecordWork {
  /** Records of each sample once it is done, in the order in which they are made. */
  expected: ReadonlyMap<string, number>;
  /** What is made for these samples, as the dry run lists it. */
  counts(ids: readonly string[]): [name: string, count: number][];
  /** Samples that are made together: they are timed together. */
  batchSize: number;
  /** What the records' tokens are. */
  tokens: 'sampled tokens' | 'tokens of paths';
  make(model: OmniModel, ids: readonly string[], options: MakeOptions): Promise<unknown>;
}

export interface RecordTotals {
  /** Samples that were done in this call, and that there are. */
  done: number;
  total: number;
  tokens: number;
  /** Samples without all of their records: their judge failed. */
  missing: number;
}

interface RunRecordsOptions extends Pick<RecordFileOptions, 'madeOf' | 'overwrite'> {
  title: string;
  display?: Display;
}

/** Makes the records that `output` lacks. */
export async function runRecords(
  work: RecordWork,
  output: string,
  model: OmniModel,
  { title, display = noDisplay, ...options }: RunRecordsOptions,
): Promise<RecordTotals> {
  const file = new RecordFile(output, { ...options, expected: work.expected });
  const ids = idsLeft(work, file.done);
  const total = wanted(work).length;
  if (ids.length < total) display.log(`${title}: ${total - ids.length} of ${total} samples are done already`);
  const progress = display.progress(title);
  const sum = { done: 0, tokens: 0, missing: 0 };
  progress.update(total - ids.length, total);
  try {
    await work.make(model, ids, {
      onRecords(records) {
        file.append(records);
        sum.done += 1;
        sum.tokens += tokensIn(records);
        if (records.length < (work.expected.get(ids[sum.done - 1]) as number)) sum.missing += 1;
        progress.update(total - ids.length + sum.done, total, `${sum.tokens} ${work.tokens}`);
      },
    });
  } finally {
    progress.stop();
  }
  if (sum.missing > 0)
    display.log(`${title}: the judge failed on ${sum.missing} samples: run it again to try them again`);
  return { ...sum, total };
}

/** Times what a few samples take, writes nothing, and says what all that are left will take. */
export async function dryRunText(
  work: RecordWork,
  output: string,
  model: OmniModel,
  { title, ...options }: Omit<RunRecordsOptions, 'display'>,
): Promise<string> {
  const left = idsLeft(work, finishedSamples(output, { ...options, expected: work.expected }));
  const total = wanted(work).length;
  const rows = [
    [title, 'left'],
    ['samples', `${left.length} of ${total}`],
    ...work.counts(left).map(([name, count]) => [name, `${count}`]),
  ];
  if (left.length === 0) return alignColumns(rows);
  const { tokens, promptTokens, seconds } = await trial(work, model, left);
  const about = (each: number): string => `about ${Math.round(each * left.length)}`;
  // Of a stage that samples.
  if (promptTokens) rows.push(['prompt tokens', about(promptTokens)]);
  rows.push([work.tokens, about(tokens)], ['time', `about ${timeText(seconds * left.length)}`]);
  return alignColumns(rows);
}

/** Of one sample. The first one pays for warming up where there are more. */
async function trial(work: RecordWork, model: OmniModel, ids: readonly string[]) {
  const quiet = { onRecords() {} };
  if (ids.length > 1) await work.make(model, ids.slice(0, 1), quiet);
  const timed = ids.length > 1 ? ids.slice(1, 1 + work.batchSize) : ids;
  const before = samplingStats(model.graph);
  const started = performance.now();
  let tokens = 0;
  await work.make(model, timed, {
    onRecords(records) {
      tokens += tokensIn(records);
    },
  });
  const seconds = (performance.now() - started) / 1000;
  const after = samplingStats(model.graph);
  const each = (sum: number): number => sum / timed.length;
  const promptTokens = after && each(after.prefilledTokens - (before?.prefilledTokens ?? 0));
  return { tokens: each(tokens), promptTokens, seconds: each(seconds) };
}

const wanted = ({ expected }: RecordWork): string[] =>
  [...expected].flatMap(([id, count]) => (count > 0 ? [id] : []));

const idsLeft = (work: RecordWork, done: ReadonlySet<string>): string[] =>
  wanted(work).filter((id) => !done.has(id));

function tokensIn(records: readonly (SampleRecord & { tokens?: number })[]): number {
  return records.reduce((sum, { tokens = 0 }) => sum + tokens, 0);
}

function timeText(seconds: number): string {
  return seconds < 120 ? `${seconds.toPrecision(2)} s` : `${Math.ceil(seconds / 60)} min`;
}

/** What a file holds, as `madeOf` names it. */
export function fileDigest(file: string): string {
  const bytes = readUserFile(file, { fail: (reason) => new Error(`${file}: ${reason}`) });
  return createHash('sha256').update(bytes).digest('hex');
}
