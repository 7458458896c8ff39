/** Whether solutions are right, by the rules of the answer reward. */
import type { Sample } from '../data/index.js';
import { type AnswerRule, answerReward } from '../rewards/index.js';
import { shown } from '../runtime/index.js';

/** null: the judge failed. */
type Outcome = boolean | null;

/** @param texts solutions with their final answers, one a sample */
export type ScoreOutcomes = (
  texts: readonly string[],
  samples: readonly Sample[],
  signal?: AbortSignal,
) => Promise<Outcome[]>;

/** A judge's score counts as right from here on. */
const rightFrom = 0.5;

/**
 * @param op names the function in messages
 * @throws TypeError where the rule is wrong, RangeError where it does not apply to a sample
 */
export async function outcomeScorer(
  op: string,
  { by, judge }: AnswerRule,
  samples: readonly Sample[],
): Promise<ScoreOutcomes> {
  const reward = answerReward({ by, judge });
  const scoresOf = async (
    texts: readonly string[],
    answered: readonly Sample[],
    signal = new AbortController().signal,
  ): Promise<(number | null)[]> =>
    reward({
      prompts: texts.map(() => ''),
      completions: [...texts],
      completionIds: texts.map(() => []),
      samples: [...answered],
      rollouts: {},
      step: 0,
      signal,
    });
  // A text without an answer needs no judge.
  const without = await scoresOf(
    samples.map(() => ''),
    samples,
  );
  const other = samples[without.indexOf(null)];
  if (other !== undefined) {
    const lacks = other.answer === undefined ? 'no answer' : `the answer ${shown(other.answer)}`;
    throw new RangeError(
      `${op}: samples: sample '${other.id}' has ${lacks}; expected one that by: '${by ?? 'exact'}' can compare with`,
    );
  }
  return async (texts, answered, signal) =>
    (await scoresOf(texts, answered, signal)).map((score) =>
      Number.isNaN(score) ? null : (score as number) >= rightFrom,
    );
}
