// The rules by which an answer is compared with the sample's reference answer, for all rewards and for evaluation.

import { answerIndex, normaliseAnswer, parseOption, type Sample } from '../data/index.js';
import { oneOf } from '../tensor/index.js';
import { type Judge, type JudgeRequest, judgements, judgeOf } from './judge.js';
import { readNumber } from './number.js';
import { answerText } from './parse.js';
import type { Scores } from './types.js';

export interface AnswerRule {
  /**
   * - 'option': the option that the answer names, by letter or text, is the right one; for samples with options.
   * - 'exact': the normalised text of the answer is that of the reference answer.
   * - 'numeric': the one number in the answer equals the one in the reference answer; for samples where it has one. An
   *   option that the answer names stands for its text.
   * - 'judge': the judge's score.
   *
   * Default: 'option' for samples with options, 'exact' for the others.
   */
  by?: 'option' | 'exact' | 'numeric' | 'judge';
  /** For `by: 'judge'`, which is asked about answers only: a completion without one scores 0. */
  judge?: Judge;
}

export const answerRuleKinds = { by: oneOf('option', 'exact', 'numeric', 'judge'), judge: judgeOf('answer') };

/** Whether an answer is right; null where the rule does not apply to the sample. It depends on the sample alone. */
type Matcher = ((answer: string) => boolean) | null;
type Reference = Sample & { answer: string };

const matchers = {
  option: (sample: Reference): Matcher => {
    const { options } = sample;
    return options === undefined ? null : (answer) => parseOption(answer, options) === answerIndex(sample);
  },
  exact: (sample: Reference): Matcher => {
    const reference = normaliseAnswer(sample.answer);
    return (answer) => normaliseAnswer(answer) === reference;
  },
  numeric: (sample: Reference): Matcher => {
    const { options } = sample;
    const asText = (answer: string): string => {
      const index = options === undefined ? null : parseOption(answer, options);
      return index === null ? answer : (options as string[])[index];
    };
    const reference = readNumber(asText(sample.answer));
    return reference === null ? null : (answer) => readNumber(asText(answer)) === reference;
  },
};

const byKindOfSample = (sample: Reference): Matcher =>
  matchers[sample.options === undefined ? 'exact' : 'option'](sample);

/** Whether a completion's answer is the sample's reference answer, by the default rule; null where the sample has none. */
export function isCorrect(text: string, sample: Sample): boolean | null {
  return correctness(text, sample, byKindOfSample);
}

type AnswerScorer = (
  texts: readonly string[],
  samples: readonly Sample[],
  signal: AbortSignal,
) => Scores | Promise<Scores>;

/**
 * The scores that a rule gives to completions: in [0, 1], null where it does not apply to the sample, NaN where the judge
 * failed.
 * @param op names the function in messages
 * @throws TypeError when a judge is missing, or has nothing to judge
 */
export function answerScorer(op: string, { by, judge }: AnswerRule): AnswerScorer {
  if (by === 'judge') {
    if (judge === undefined) throw new TypeError(`${op}: judge: expected a judge for by: 'judge'`);
    return (texts, samples, signal) => judged(judge, texts, samples, signal);
  }
  if (judge !== undefined)
    throw new TypeError(
      `${op}: judge: expected none, since by is not 'judge'; leave it out or set by: 'judge'`,
    );
  const matcherOf = by === undefined ? byKindOfSample : matchers[by];
  return (texts, samples) =>
    texts.map((text, i) => {
      const correct = correctness(text, samples[i], matcherOf);
      return correct === null ? null : Number(correct);
    });
}

function correctness(
  text: string,
  sample: Sample,
  matcherOf: (sample: Reference) => Matcher,
): boolean | null {
  if (sample.answer === undefined) return null;
  const matches = matcherOf(sample as Reference);
  if (matches === null) return null;
  const given = answerText(text);
  return given !== null && matches(given);
}

async function judged(
  judge: Judge,
  texts: readonly string[],
  samples: readonly Sample[],
  signal: AbortSignal,
): Promise<Scores> {
  const scores = samples.map(({ answer }): number | null => (answer === undefined ? null : 0));
  const requests: JudgeRequest[] = [];
  const places: number[] = [];
  for (const [i, sample] of samples.entries()) {
    const answer = answerText(texts[i]);
    if (scores[i] === null || answer === null || answer === '') continue;
    requests.push({ kind: 'answer', sample, answer });
    places.push(i);
  }
  const found = await judgements(judge, requests, signal);
  for (const [k, place] of places.entries()) scores[place] = found[k];
  return scores;
}
