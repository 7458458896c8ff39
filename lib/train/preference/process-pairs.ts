// Pairs of process DPO: two continuations of the steps that they share. The shared steps are no targets of either side, so
// that the margin holds the compared tokens alone, bit for bit. Every step is tokenised apart, as it was when it was sampled
// after the steps before it. A step that its mark closes is not the end of a completion: no end token follows it.

import { endOfStep, type PairRecord, type Sample } from '../../data/index.js';
import type { TargetTurn } from '../../rewards/index.js';
import { encodeParts, encodeTurns, promptsById, type TrainableModel } from '../model.js';
import { samplesById } from '../samples-by-id.js';
import { type Pair, pairIn, roomAfter } from './pairs.js';

/** A pair with its sample. */
export interface ProcessRow extends Sample {
  pair: PairRecord;
}

interface ProcessPairOptions {
  maxLength: number | null;
  /** The completion that is learned beside the preference; left out: none. */
  targetOf?: (sample: Sample) => string | readonly TargetTurn[];
}

/** @param dataset its name in errors @throws RangeError naming a pair whose sample is missing */
export function processRows(
  dataset: string,
  pairs: readonly PairRecord[],
  samples: readonly Sample[],
): ProcessRow[] {
  const sampleOf = samplesById(samples, dataset);
  return pairs.map((pair, i) => ({ ...sampleOf(pair, i), pair }));
}

/** Pairs in the order of the rows; pairs of one sample have its prompt in common. */
export async function processPairs(
  model: TrainableModel,
  rows: readonly ProcessRow[],
  { maxLength, targetOf }: ProcessPairOptions,
): Promise<Pair<ProcessRow>[]> {
  const prompts = await promptsById(
    model,
    rows.map(({ pair: _, ...sample }) => sample),
  );
  return rows.flatMap((row) => {
    const { id, pair } = row;
    const prompt = prompts.get(id)!;
    const made = pairIn(
      roomAfter(prompt, maxLength),
      row,
      prompt,
      [pair.chosen, pair.rejected].map((text) => completionOf(model, row, text)),
      encodeParts(model, id, pair.prefix),
    );
    const target = targetOf && encodeTurns(model, id, targetOf(row));
    return made.map((one) => ({ ...one, alpha: pair.alpha, ...(target && { target }) }));
  });
}

/** What stands without a mark in the place of a step is the last piece: it was sampled with the end token. */
function completionOf(model: TrainableModel, { id, pair }: ProcessRow, text: string): number[] {
  const isOpen = pair.kind === 'step' && text.trimEnd().endsWith(endOfStep);
  return isOpen ? encodeParts(model, id, [text]) : model.encodeCompletion(text);
}
