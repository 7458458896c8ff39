/**
 * The formulas of the self-check: what likelihoods under the frozen reference model say of captions and spans. With l the
 * mean log-likelihood of a text's tokens, s the logistic function and t the temperature, a caption is as good as its span
 * explains it better than the stretches beside it and than no media do,
 *
 *     consistency = s((l(caption | span) - max(l(caption | window), l(caption | no media))) / t)
 *
 * and spans are as good as they hold what the answer rests on, and little else,
 *
 *     completeness = s((l(answer | spans) - l(answer | the rest of the clip)) / t) x min(1, (0.5 / shown fraction)^2)
 *
 * Both are 0 where less than 0.5 s of the clip is left to compare with. The windows are as long as the span and stand in the
 * middle of what is before it and of what is after it: a window outside all spans of the completion would make a caption's
 * score depend on the other captions, and where spans cover most of the clip there is none. A caption that also fits a
 * window scores at most a half, so that neither one caption for many spans nor one event cut into many spans pays. Spans
 * count by the tokens that they show, not by their seconds: many short ones show as much as a long one. Sound is judged as
 * pictures are, since both tracks are in every prompt.
 */
import type { TokenNode } from '../batch/index.js';
import { answerIndex, letterOf, type Sample } from '../data/index.js';
import type { JudgeRequest } from '../rewards/index.js';
import type { ClipTokens, ShownSlots } from './clip-tokens.js';
import { type Span, slack, windowsBeside } from './spans.js';

/** What the self-check judges. */
export type ClipRequest = Exclude<JudgeRequest, { kind: 'answer' }>;

/** What a formula is made of. */
export interface Likelihoods {
  /**
   * A text to be scored.
   * @param shown of the sample's clip; null: no media
   * @param opening what the answer begins with; not scored
   */
  ask(sample: Sample, shown: ShownSlots | null, opening: string, text: string): TokenNode;
  /** The mean log-likelihood of a text that was asked before the last `yield`. */
  mean(text: TokenNode): number;
}

/** Yields where it needs the likelihoods of what it has asked; returns the score. */
export type Formula = Generator<void, number, void>;

/** Of the clip the least that is compared with, in seconds. */
const leastRest = 0.5;

export interface FormulaSettings {
  temperature: number;
  captionQuestions: readonly string[];
}

export function formulaOf(
  request: ClipRequest,
  tokens: ClipTokens,
  settings: FormulaSettings,
  likelihoods: Likelihoods,
): Formula {
  return request.kind === 'consistency'
    ? consistency(request, tokens, settings, likelihoods)
    : completeness(request, tokens, settings, likelihoods);
}

function* consistency(
  { sample, span, caption }: Extract<ClipRequest, { kind: 'consistency' }>,
  tokens: ClipTokens,
  { temperature, captionQuestions }: FormulaSettings,
  { ask, mean }: Likelihoods,
): Formula {
  const shown = tokens.in([span]);
  const stretch = tokens.stretch(shown);
  if (stretch === null || restOf(tokens, shown) < leastRest - slack) return 0;
  const told = (question: string, [start, end]: Span, where: ShownSlots | null): TokenNode => {
    // Spans that show the same have the same times, and are computed once.
    const [from, to] = [start.toFixed(1), end.toFixed(1)];
    const asked = question.replaceAll('{start}', from).replaceAll('{end}', to);
    const opening = `<time>${from}-${to}</time><caption>`;
    return ask(
      { ...sample, question: asked, options: undefined, history: undefined },
      where,
      opening,
      caption,
    );
  };
  const own = captionQuestions.map((question) => told(question, stretch, shown));
  yield;
  // Under the question that it answers.
  const likeliest = own.reduce((a, b) => (mean(b) > mean(a) ? b : a));
  const question = captionQuestions[own.indexOf(likeliest)];
  const windows = windowsBeside(stretch, tokens.duration, leastRest / 2).flatMap((window) => {
    const beside = tokens.in([window]);
    const times = tokens.stretch(beside);
    return times === null ? [] : [told(question, times, beside)];
  });
  const others = [...windows, told(question, stretch, null)];
  yield;
  return logistic((mean(likeliest) - largest(others, mean)) / temperature);
}

function* completeness(
  { sample, spans }: Extract<ClipRequest, { kind: 'completeness' }>,
  tokens: ClipTokens,
  { temperature }: FormulaSettings,
  { ask, mean }: Likelihoods,
): Formula {
  const shown = tokens.in(spans);
  if (tokens.stretch(shown) === null || restOf(tokens, shown) < leastRest - slack) return 0;
  const answered = (where: ShownSlots): TokenNode[] =>
    answersOf(sample).map((text) => ask(sample, where, '<answer>', text));
  const [inSpans, elsewhere] = [answered(shown), answered(tokens.without(shown))];
  yield;
  const weight = Math.min(1, (0.5 / tokens.fraction(shown)) ** 2);
  return logistic((largest(inSpans, mean) - largest(elsewhere, mean)) / temperature) * weight;
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function largest(texts: readonly TokenNode[], mean: Likelihoods['mean']): number {
  return texts.map(mean).reduce((a, b) => Math.max(a, b));
}

/** Seconds of the clip that are not shown. */
function restOf(tokens: ClipTokens, shown: ShownSlots): number {
  return tokens.duration * (1 - tokens.fraction(shown));
}

/** The ways in which the reference answer is written: the model prefers one of them. */
function answersOf(sample: Sample): string[] {
  const { options, answer = '' } = sample;
  if (options === undefined) return [answer];
  const index = answerIndex(sample);
  return [letterOf(index), options[index]];
}
