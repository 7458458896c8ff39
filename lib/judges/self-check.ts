/**
 * A judge without a service: the likelihoods of the frozen reference model. With l the mean log-likelihood of a text's
 * tokens, s the logistic function and t the temperature, a caption is as good as its span explains it better than the
 * stretches beside it and than no media do,
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
 *
 * The towers read whole clips, once for all requests. A prompt has those of their tokens that are in its spans, at the
 * positions that they have in the whole clip.
 */
import type { TokenNode } from '../batch/index.js';
import { answerIndex, clipKey, letterOf, type Sample } from '../data/index.js';
import type { ModelGraph } from '../models/index.js';
import type { ClipFeatures, OmniModel } from '../omni/index.js';
import type { Judge, JudgeRequest } from '../rewards/index.js';
import { checkOptions, kinds, listOf, required, scope } from '../tensor/index.js';
import { ClipPrompts } from './clip-prompts.js';
import { type ClipTokens, type ShownSlots, stretchOf } from './clip-tokens.js';
import { AskedTexts, meanLogprobs } from './likelihoods.js';
import { Reference } from './reference.js';
import { type Span, slack, windowsBeside } from './spans.js';

export interface SelfCheckOptions {
  /** Whose clips, prompts and, without `reference`, weights these are. */
  model: OmniModel;
  /** Left out: the model without its adapter or, where it has none, a copy of its weights at the first judgement. */
  reference?: { readonly graph: ModelGraph };
  /** t of the formulas. Default 0.1. */
  temperature?: number;
  /**
   * Questions that a caption answers, with `{start}` and `{end}` for the times of its span. They do not tell what is asked of
   * the sample: that would make captions likely without media. The one under which a caption is likeliest counts. Default:
   * 'What is seen and heard from {start} to {end} seconds?'
   */
  captionQuestions?: readonly string[];
}

const optionKinds = {
  model: required(kinds.object),
  reference: kinds.object,
  temperature: kinds.positive,
  captionQuestions: listOf(kinds.string),
};

/** Of the clip the least that is compared with, in seconds. */
const leastRest = 0.5;

/** Judges captions and spans; requests that are made in one turn of the event loop are judged in one packed batch. */
export function selfCheck(options: SelfCheckOptions): Judge {
  checkOptions('selfCheck', options, optionKinds);
  return new SelfCheck(options);
}

interface Call {
  requests: JudgeRequest[];
  signal?: AbortSignal;
  resolve: (scores: (number | null)[]) => void;
  reject: (error: unknown) => void;
}

class SelfCheck implements Judge {
  readonly name = 'self-check';
  readonly kinds = ['consistency', 'completeness'] as const;
  private readonly options: SelfCheckOptions;
  private readonly reference: Reference;
  private calls: Call[] = [];

  constructor(options: SelfCheckOptions) {
    this.options = options;
    this.reference = new Reference(options.model, options.reference);
  }

  judge(requests: JudgeRequest[], signal?: AbortSignal): Promise<(number | null)[]> {
    return new Promise((resolve, reject) => {
      if (this.calls.length === 0) setImmediate(() => void this.judgeAll());
      this.calls.push({ requests, signal, resolve, reject });
    });
  }

  async close(): Promise<void> {
    this.reference.dispose();
  }

  private async judgeAll(): Promise<void> {
    const calls = this.calls;
    this.calls = [];
    const wanted = calls.filter(({ signal }) => signal?.aborted !== true);
    for (const { signal, reject } of calls) if (signal?.aborted) reject(signal.reason);
    try {
      const scores = await this.scores(wanted.flatMap(({ requests }) => requests));
      let first = 0;
      for (const { requests, resolve } of wanted) {
        resolve(scores.slice(first, first + requests.length));
        first += requests.length;
      }
    } catch (error) {
      for (const { reject } of wanted) reject(error);
    }
  }

  private async scores(requests: readonly JudgeRequest[]): Promise<(number | null)[]> {
    const { model } = this.options;
    const clips = await clipsOf(
      model,
      requests.map(({ sample }) => sample),
    );
    return scope(() => {
      const texts = new AskedTexts();
      const prompts = new ClipPrompts(model, clips);
      const formulas = requests.map((request) => {
        const tokens = prompts.tokensOf(request.sample);
        return tokens === null
          ? null
          : formulaOf(request, tokens, this.options, askerOf(model, prompts, texts));
      });
      const [means] = this.reference.run((graph) => meanLogprobs(graph, texts.trees));
      const scores = formulas.map((formula) => formula?.((text) => means.get(text) as number) ?? null);
      return scores.map((score) => (Number.isNaN(score) ? null : score));
    });
  }
}

/** A text's place among those that are scored. @param opening what the answer begins with; not scored */
type Ask = (sample: Sample, shown: ShownSlots | null, opening: string, text: string) => TokenNode;

/** A score, once the likelihoods are known. */
type Formula = (mean: (text: TokenNode) => number) => number;

function askerOf({ processor }: OmniModel, prompts: ClipPrompts, texts: AskedTexts): Ask {
  return (sample, shown, opening, text) =>
    texts.ask(prompts.of(sample, shown), processor.answer(opening), processor.answer(text));
}

function formulaOf(
  request: JudgeRequest,
  tokens: ClipTokens,
  { temperature = 0.1, captionQuestions }: SelfCheckOptions,
  ask: Ask,
): Formula {
  const better = (one: number, other: number): number => 1 / (1 + Math.exp((other - one) / temperature));
  switch (request.kind) {
    case 'consistency':
      return consistency(request, tokens, captionQuestions, ask, better);
    case 'completeness':
      return completeness(request, tokens, ask, better);
    default:
      throw new TypeError(
        `self-check: sample ${request.sample.id}: it judges captions and spans, not answers; compare these by 'option', ` +
          "'exact' or 'numeric', or give answerReward another judge",
      );
  }
}

type Better = (one: number, other: number) => number;

function consistency(
  { sample, span, caption }: Extract<JudgeRequest, { kind: 'consistency' }>,
  tokens: ClipTokens,
  questions: readonly string[] = ['What is seen and heard from {start} to {end} seconds?'],
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
  return (mean) => better(Math.max(...own.map(mean)), Math.max(...others.map(mean)));
}

function completeness(
  { sample, spans }: Extract<JudgeRequest, { kind: 'completeness' }>,
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
  return (mean) => better(Math.max(...inSpans.map(mean)), Math.max(...elsewhere.map(mean))) * weight;
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

/** By `clipKey`; a clip that cannot be read is missing, with a warning. */
async function clipsOf(
  { processor, media }: OmniModel,
  samples: readonly Sample[],
): Promise<Map<string, ClipFeatures>> {
  const found = new Map<string, ClipFeatures>();
  const byClip = new Map(samples.map((sample) => [clipKey(sample), sample]));
  await Promise.all(
    [...byClip].map(async ([key, sample]) => {
      try {
        found.set(key, await processor.features(sample, media));
      } catch (error) {
        process.emitWarning(`self-check: ${(error as Error).message}`);
      }
    }),
  );
  return found;
}
