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
 * Both are 0 where less than 0.5 s of the clip is left to compare with. The windows are as long as the span and stand
 * before and after it: a caption that also fits these scores at most a half, so that neither one caption for many spans nor
 * one event cut into many spans pays. Spans count by the tokens that they show, not by their seconds: many short ones show
 * as much as a long one. Sound is judged as pictures are, since both tracks are in every prompt.
 */
import type { TokenNode } from '../batch/index.js';
import { answerIndex, letterOf, type Sample } from '../data/index.js';
import type { JudgeRequest } from '../rewards/index.js';
import { type ClipTokens, type ShownSlots, stretchOf } from './clip-tokens.js';
import { type Span, slack, windowsBeside } from './spans.js';

/** What the self-check judges. */
export type ClipRequest = Exclude<JudgeRequest, { kind: 'answer' }>;

/** A text's place among those that are scored. @param opening what the answer begins with; not scored */
export type Ask = (sample: Sample, shown: ShownSlots | null, opening: string, text: string) => TokenNode;

/** A score, once the likelihoods are known. */
export type Formula = (mean: (text: TokenNode) => number) => number;

/** Of the clip the least that is compared with, in seconds. */
const leastRest = 0.5;

export interface FormulaSettings {
  temperature: number;
  captionQuestions: readonly string[];
}

export function formulaOf(
  request: ClipRequest,
  tokens: ClipTokens,
  { temperature, captionQuestions }: FormulaSettings,
  ask: Ask,
): Formula {
  const better: Better = (mean, texts, others) => {
    const best = (nodes: readonly TokenNode[]): number => nodes.map(mean).reduce((a, b) => Math.max(a, b));
    return 1 / (1 + Math.exp((best(others) - best(texts)) / temperature));
  };
  return request.kind === 'consistency'
    ? consistency(request, tokens, captionQuestions, ask, better)
    : completeness(request, tokens, ask, better);
}

/** s((the largest l of `texts` - the largest of `others`) / t) */
type Better = (
  mean: Parameters<Formula>[0],
  texts: readonly TokenNode[],
  others: readonly TokenNode[],
) => number;

function consistency(
  { sample, span, caption }: Extract<ClipRequest, { kind: 'consistency' }>,
  tokens: ClipTokens,
  questions: readonly string[],
  ask: Ask,
  better: Better,
): Formula {
  const shown = tokens.in([span]);
  const stretch = stretchOf(shown);
  if (stretch === null || restOf(tokens, shown) < leastRest - slack) return () => 0;
  const told = (where: ShownSlots | null, [start, end]: Span): TokenNode[] => {
    const [from, to] = [start.toFixed(1), end.toFixed(1)];
    return questions.map((written) => {
      const question = written.replaceAll('{start}', from).replaceAll('{end}', to);
      const { id, video, audio, system } = sample;
      return ask(
        { id, video, audio, system, question },
        where,
        `<time>${from}-${to}</time><caption>`,
        caption,
      );
    });
  };
  const own = told(shown, span);
  const windows = windowsBeside(stretch, tokens.duration, leastRest / 2);
  const others = [...windows.flatMap((window) => told(tokens.in([window]), window)), ...told(null, span)];
  return (mean) => better(mean, own, others);
}

function completeness(
  { sample, spans }: Extract<ClipRequest, { kind: 'completeness' }>,
  tokens: ClipTokens,
  ask: Ask,
  better: Better,
): Formula {
  const shown = tokens.in(spans);
  if (stretchOf(shown) === null || restOf(tokens, shown) < leastRest - slack) return () => 0;
  const answered = (where: ShownSlots): TokenNode[] =>
    answersOf(sample).map((text) => ask(sample, where, '<answer>', text));
  const [inSpans, elsewhere] = [answered(shown), answered(tokens.without(shown))];
  const weight = Math.min(1, (0.5 / tokens.fraction(shown)) ** 2);
  return (mean) => better(mean, inSpans, elsewhere) * weight;
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
