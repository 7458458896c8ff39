// Pairs as the loss takes them: a tree with one prompt and two completions, so that prompt and clip are computed once.

import { setImmediate } from 'node:timers/promises';
import { completionTree, type Prompt, type PromptRoot, type TokenTree } from '../../batch/index.js';
import {
  type DataRow,
  hasPrompt,
  type Preference,
  type PromptPreference,
  type QuestionPreference,
} from '../../data/index.js';
import { warnOfLeftOut } from '../left-out.js';
import { type EncodedTurns, promptsIn, type TrainableModel } from '../model.js';

export interface Pair<Row extends DataRow = DataRow> {
  row: Row;
  /** Its sequences are the chosen and the rejected completion, in this order. */
  tree: TokenTree;
  /** Probability that the chosen one is preferred, for the losses that take one. */
  alpha?: number;
  /** A reference answer to the same prompt, which is learned beside the preference. */
  target?: EncodedTurns;
}

/** Token ids of a prompt without media, and of what follows it. */
interface PromptTokens {
  prompt: readonly number[];
  chosen: readonly number[];
  rejected: readonly number[];
}

/**
 * Pairs in the order of the rows. Completions are cut where prompt and completion reach `maxLength` tokens; a row whose
 * prompt alone reaches it has nothing to learn and is left out, as in TRL.
 */
export async function preferencePairs(
  model: TrainableModel,
  rows: readonly Preference[],
  maxLength: number | null,
): Promise<Pair<Preference>[]> {
  const questions = rows.filter((row): row is QuestionPreference => !hasPrompt(row));
  const prompts =
    questions.length === 0 ? [] : promptsIn('av', await model.prepare(questions, { views: ['av'] }));
  const promptOf = new Map(questions.map((row, i) => [row, prompts[i]]));
  return rows.flatMap((row): Pair<Preference>[] => {
    if (hasPrompt(row)) {
      const { prompt, chosen, rejected } = tokensOf(model, row);
      const root: PromptRoot = { spans: [{ kind: 'text', length: prompt.length }], textIds: prompt };
      const room = maxLength === null ? Infinity : maxLength - prompt.length;
      return pairIn(room, row, { root, question: [] }, [chosen, rejected]);
    }
    const prompt = promptOf.get(row)!;
    const completions = [row.chosen, row.rejected].map((text) => model.encodeCompletion(text));
    return pairIn(roomAfter(prompt, maxLength), row, prompt, completions);
  });
}

/**
 * The rows that are trained on: as in TRL, rows with a `prompt` that alone reaches `maxLength` are no rows of any step.
 * Encodes all of them, so that one that cannot be is found before the training; those with a question are prepared in
 * their step.
 * @throws what encodePreference throws, and RangeError where no row is left
 */
export async function teachingPreferences(
  model: TrainableModel,
  rows: readonly Preference[],
  maxLength: number | null,
): Promise<readonly Preference[]> {
  const teaching: Preference[] = [];
  for (const [i, row] of rows.entries()) {
    if (!hasPrompt(row) || tokensOf(model, row).prompt.length < (maxLength ?? Infinity)) teaching.push(row);
    if (i % rowsAtOnce === rowsAtOnce - 1) await setImmediate();
  }
  warnOfLeftOut(rows, teaching, maxLength);
  return teaching;
}

/** Between these, signals and timers get their turn. */
const rowsAtOnce = 256;

/** Tokens that `maxLength` leaves for what follows a prompt. */
export function roomAfter({ tokens: { text, audio, video } }: Prompt, maxLength: number | null): number {
  return maxLength === null ? Infinity : maxLength - (text + audio + video);
}

/**
 * No pair where there is no room for its completions, which are cut to it.
 * @param prefix tokens with which both completions begin, and which are not compared
 */
export function pairIn<Row extends DataRow>(
  room: number,
  row: Row,
  prompt: Pick<Prompt, 'root' | 'question'>,
  completions: readonly (readonly number[])[],
  prefix: readonly number[] = [],
): Pair<Row>[] {
  const left = room - prefix.length;
  if (left <= 0) return [];
  const cut = completions.map((ids) => (ids.length > left ? ids.slice(0, left) : ids));
  return [{ row, tree: completionTree(prompt, cut, prefix) }];
}

function tokensOf(model: TrainableModel, row: PromptPreference): PromptTokens {
  if (model.encodePreference !== undefined) return model.encodePreference(row);
  throw new Error(
    `sample '${row.id}': the model has no encodePreference, which rows with a "prompt" need; give it one, or rows with a "question"`,
  );
}
