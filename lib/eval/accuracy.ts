/**
 * Accuracy by question kind and view. Every table has a column for audio and video, video alone, audio alone and
 * none: a model that answers as well without a track has not used it.
 */
import { hasMedia, type Sample, type View } from '../data/index.js';
import { followsProtocol, isCorrect, type ProtocolOption, protocolOf } from '../rewards/index.js';
import { groupBy } from '../runtime/index.js';
import { checkOptions, kinds, listOf, oneOf, required } from '../tensor/index.js';
import type { AnsweringModel } from './model.js';

export const evaluationViews: readonly View[] = ['av', 'v', 'a', 'none'];

/** What a model answered to one sample in one view. */
export interface Answered {
  sample: Sample;
  view: View;
  completion: string;
  correct: boolean;
  wellFormed: boolean;
}

export interface EvaluateOptions {
  views?: readonly View[];
  maxNewTokens: number;
  /** How answers are asked for, and which layout is well-formed. Default 'spans': as the samples ask. */
  protocol?: ProtocolOption;
  /** Prompts sampled at once. */
  batchSize?: number;
  /** After every batch. */
  onProgress?: (done: number, total: number) => void;
}

const optionKinds = {
  views: listOf(oneOf(...evaluationViews)),
  maxNewTokens: required(kinds.countFrom1),
  protocol: kinds.passedOn,
  batchSize: kinds.countFrom1,
  onProgress: kinds.function,
};

/** Answers of samples in `views`: a text sample is the same in all of them and is answered in the first. */
export function countAnswers(samples: readonly Sample[], views: readonly View[] = evaluationViews): number {
  return samples.reduce((sum, sample) => sum + (hasMedia(sample) ? views.length : 1), 0);
}

/** Greedy completions of every sample in every view (of a text sample in the first one), scored. Samples need an answer. */
export async function evaluate(
  model: AnsweringModel,
  samples: readonly Sample[],
  options: EvaluateOptions,
): Promise<Answered[]> {
  checkOptions('evaluate', options, optionKinds);
  const { views = evaluationViews, maxNewTokens, batchSize = 192, onProgress } = options;
  const protocol = options.protocol && protocolOf(options.protocol, 'evaluate');
  const asking = { maxNewTokens, temperature: 0, ...(protocol && { protocol }) };
  const unanswered = samples.find(({ answer }) => answer === undefined);
  if (unanswered !== undefined) throw new Error(`sample ${unanswered.id}: no "answer" to compare with`);
  const answered: Answered[] = [];
  const total = countAnswers(samples, views);
  for (const [v, view] of views.entries()) {
    const asked = v === 0 ? samples : samples.filter(hasMedia);
    for (let start = 0; start < asked.length; start += batchSize) {
      const batch = asked.slice(start, start + batchSize);
      const completions = await model.generateBatch(batch, { view, ...asking });
      for (const [i, sample] of batch.entries()) {
        const { text } = completions[i][0];
        answered.push({
          sample,
          view,
          completion: text,
          correct: isCorrect(text, sample) === true,
          wellFormed: followsProtocol(text, protocol?.name ?? 'spans'),
        });
      }
      onProgress?.(answered.length, total);
    }
  }
  return answered;
}

/** One cell of the table. */
export interface Accuracy {
  /** The samples' `kind`; `all`: every sample together; `no kind`: samples without one, beside others. */
  kind: string;
  view: View;
  count: number;
  /** Of these, samples without a clip. */
  textOnly?: number;
  correct: number;
  wellFormed: number;
  /** Mean of 1 / number of options. */
  chance: number;
}

/** Counts by kind and view, kinds in order of appearance, `all` last when there are several. */
export function accuracyTable(answered: readonly Answered[]): Accuracy[] {
  const kinds = groupBy(answered, ({ sample }) => sample.kind);
  const rows = [...kinds].map(([kind, ofKind]): Row => [kindLabel(kind), ofKind]);
  // Samples of no kind alone are all samples.
  if (kinds.size === 1 && kinds.has(undefined)) rows.pop();
  if (rows.length !== 1) rows.push([everyKind, answered]);
  const views = evaluationViews.filter((view) => answered.some((entry) => entry.view === view));
  return rows.flatMap(([kind, ofKind]) => {
    const byView = groupBy(ofKind, ({ view }) => view);
    return views.flatMap((view) => {
      const entries = byView.get(view);
      return entries === undefined ? [] : [cellOf(kind, view, entries)];
    });
  });
}

type Row = [label: string, answered: readonly Answered[]];

const everyKind = 'all';
const noKind = 'no kind';

/** Names a kind's row; a kind that could be taken for a row of another meaning stands in quotes. */
export function kindLabel(kind: string | undefined): string {
  if (kind === undefined) return noKind;
  return kind === everyKind || kind === noKind || kind.startsWith('"') ? JSON.stringify(kind) : kind;
}

/** Whether a table is of samples without a clip alone: its one column is no view of anything. */
export function isOfText(cells: readonly Accuracy[]): boolean {
  return cells.length > 0 && cells.every(({ count, textOnly = 0 }) => textOnly === count);
}

function cellOf(kind: string, view: View, entries: readonly Answered[]): Accuracy {
  const count = (test: (entry: Answered) => boolean): number => entries.filter(test).length;
  const chance = ({ sample }: Answered): number => 1 / (sample.options?.length ?? Number.POSITIVE_INFINITY);
  const textOnly = count(({ sample }) => !hasMedia(sample));
  return {
    kind,
    view,
    count: entries.length,
    ...(textOnly > 0 ? { textOnly } : {}),
    correct: count(({ correct }) => correct),
    wellFormed: count(({ wellFormed }) => wellFormed),
    chance: entries.reduce((sum, entry) => sum + chance(entry), 0) / entries.length,
  };
}
