/**
 * A judge without a service: the likelihoods of captions and answers under the frozen reference model
 * (self-check-formulas.ts).
 *
 * The towers read whole clips, once for all requests. A prompt has those of their tokens that are in its spans, at the
 * positions that they have in the whole clip: a short clip that begins at 0 would be another task for a model that was
 * trained on long ones.
 */
import type { TokenNode } from '../batch/index.js';
import { captionQuestions, clipKey, type Sample } from '../data/index.js';
import type { ModelGraph } from '../models/index.js';
import type { ClipFeatures, OmniModel } from '../omni/index.js';
import type { Judge, JudgeRequest } from '../rewards/index.js';
import { EncodedMedia, sharedMedia } from '../rollout/index.js';
import { checkOptions, kinds, type OptionKind, required, scope } from '../tensor/index.js';
import { ClipPrompts } from './clip-prompts.js';
import { AskedTexts, meanLogprobs } from './likelihoods.js';
import { Memo } from './memo.js';
import { Reference } from './reference.js';
import {
  type ClipRequest,
  type Formula,
  type FormulaSettings,
  formulaOf,
  type Likelihoods,
} from './self-check-formulas.js';

export interface SelfCheckSettings {
  /** t of the formulas. Default 0.1. */
  temperature?: number;
  /**
   * Questions that captions answer, with `{start}` and `{end}` for the times of a span: those by which the model has learned
   * to write captions. They do not tell what is asked of the sample: that would make captions likely without media. A caption
   * answers the one under which it is likeliest. Default: those of the synthetic clips' captions.
   */
  captionQuestions?: readonly string[];
}

export interface SelfCheckOptions extends SelfCheckSettings {
  /** Whose clips, prompts and, without `reference`, weights these are. */
  model: OmniModel;
  /** Left out: the model as it is when the judge is made; a copy of its weights, where it has no adapter. */
  reference?: { readonly graph: ModelGraph };
}

const questions: OptionKind = {
  expected: 'a list of one or more questions, each a text that is not empty',
  type: 'object',
  fits: (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((it) => typeof it === 'string' && it.trim() !== ''),
};
export const settingKinds = { temperature: kinds.positive, captionQuestions: questions };
const optionKinds = { model: required(kinds.object), reference: kinds.object, ...settingKinds };

/** @throws TypeError or RangeError */
export function checkSettings(settings: SelfCheckSettings): void {
  checkOptions('selfCheck', settings, settingKinds);
}

export const judgedKinds = ['consistency', 'completeness'] as const;

/** Judges captions and spans; requests that are made in one turn of the event loop are judged in the same packed batches. */
export function selfCheck(options: SelfCheckOptions): Judge {
  checkOptions('selfCheck', options, optionKinds);
  return new SelfCheck(options);
}

interface Call {
  requests: readonly ClipRequest[];
  signal?: AbortSignal;
  resolve: (scores: (number | null)[]) => void;
  reject: (error: unknown) => void;
}

class SelfCheck implements Judge {
  readonly name = 'self-check';
  readonly kinds = judgedKinds;
  private readonly model: OmniModel;
  private readonly settings: FormulaSettings;
  private readonly reference: Reference;
  private readonly questionIds = new Memo<readonly number[]>();
  private readonly answerIds = new Memo<readonly number[]>();
  private calls: Call[] = [];
  private counts = noCounts();
  /** Clips that were warned of. */
  private readonly unreadable = new Set<string>();

  constructor({
    model,
    reference,
    temperature = 0.1,
    captionQuestions: questions = captionQuestions,
  }: SelfCheckOptions) {
    this.model = model;
    this.settings = { temperature, captionQuestions: questions };
    this.reference = new Reference(model, reference);
  }

  async judge(given: JudgeRequest[], signal?: AbortSignal): Promise<(number | null)[]> {
    const requests = given.map(checked);
    return new Promise((resolve, reject) => {
      if (this.calls.length === 0) setImmediate(() => void this.judgeAll());
      this.calls.push({ requests, signal, resolve, reject });
    });
  }

  takeMetrics(): Record<string, number> {
    const { counts } = this;
    this.counts = noCounts();
    return counts;
  }

  async close(): Promise<void> {
    this.reference.dispose();
  }

  private async judgeAll(): Promise<void> {
    const calls = this.calls;
    this.calls = [];
    const wanted = calls.filter(({ signal }) => signal?.aborted !== true);
    for (const { signal, reject } of calls) if (signal?.aborted) reject(signal.reason);
    const start = performance.now();
    const asked = wanted.flatMap(({ requests }) => requests);
    this.counts.requests += asked.length;
    try {
      const scores = await this.scores(asked);
      this.counts.failed += scores.filter((score) => score === null).length;
      let first = 0;
      for (const { requests, resolve } of wanted) {
        resolve(scores.slice(first, first + requests.length));
        first += requests.length;
      }
    } catch (error) {
      this.counts.failed += asked.length;
      for (const { reject } of wanted) reject(error);
    } finally {
      this.counts.seconds += (performance.now() - start) / 1000;
    }
  }

  private async scores(requests: readonly ClipRequest[]): Promise<(number | null)[]> {
    const { model } = this;
    const shared = sharedMedia();
    const known = shared?.graph === model.graph ? this.reference.same(shared.tokens) : undefined;
    const clips = await this.clipsOf(requests.map(({ sample }) => sample));
    this.questionIds.trim();
    this.answerIds.trim();
    return scope(() =>
      this.reference.run((graph) => {
        const prompts = new ClipPrompts(model, clips, this.questionIds);
        const rounds = new Rounds(graph, new EncodedMedia(graph, known), (text) =>
          this.answerIds.of(text, () => model.processor.answer(text)),
        );
        const { distinct, places } = once(requests);
        const likelihoods = rounds.likelihoods(prompts);
        const scores = rounds.scores(
          distinct.map((request) => {
            const tokens = prompts.tokensOf(request.sample);
            return tokens && formulaOf(request, tokens, this.settings, likelihoods);
          }),
        );
        return places.map((place) => scores[place]);
      }),
    );
  }

  /** By `clipKey`; a clip that cannot be read is missing, with a warning when that happens first. */
  private async clipsOf(samples: readonly Sample[]): Promise<Map<string, ClipFeatures>> {
    const { processor, media } = this.model;
    const found = new Map<string, ClipFeatures>();
    const byClip = new Map(samples.map((sample) => [clipKey(sample), sample]));
    await Promise.all(
      [...byClip].map(async ([key, sample]) => {
        try {
          found.set(key, await processor.features(sample, media));
        } catch (error) {
          if (this.unreadable.has(key)) return;
          this.unreadable.add(key);
          process.emitWarning(`self-check: ${(error as Error).message}`);
        }
      }),
    );
    return found;
  }
}

/** Formulas that go on together, from one packed batch to the next. */
class Rounds {
  private readonly graph: ModelGraph;
  private readonly media: EncodedMedia;
  private readonly idsOf: (text: string) => readonly number[];
  private readonly means = new Map<TokenNode, number>();
  private texts = new AskedTexts();

  constructor(graph: ModelGraph, media: EncodedMedia, idsOf: (text: string) => readonly number[]) {
    this.graph = graph;
    this.media = media;
    this.idsOf = idsOf;
  }

  likelihoods(prompts: ClipPrompts): Likelihoods {
    return {
      ask: (sample, shown, opening, text) =>
        this.texts.ask(prompts.of(sample, shown), this.idsOf(opening), this.idsOf(text)),
      mean: (text) => this.means.get(text) as number,
    };
  }

  /** null for what is no formula, and where likelihoods are no numbers. */
  scores(formulas: readonly (Formula | null)[]): (number | null)[] {
    const scores = formulas.map((): number | null => null);
    let left = [...formulas.entries()];
    while (left.length > 0) {
      left = left.filter(([i, formula]) => {
        const { done = true, value } = formula?.next() ?? {};
        if (done && value !== undefined && !Number.isNaN(value)) scores[i] = value;
        return !done;
      });
      const { trees } = this.texts;
      this.texts = new AskedTexts();
      if (trees.length === 0) continue;
      const [means] = meanLogprobs(this.graph, trees, this.media);
      for (const [text, mean] of means) this.means.set(text, mean);
    }
    return scores;
  }
}

/** Requests that ask the same of a sample, as those of equal completions do, once; and the place of each request among them. */
function once(requests: readonly ClipRequest[]): { distinct: ClipRequest[]; places: number[] } {
  const distinct: ClipRequest[] = [];
  const ofSamples = new Map<Sample, Map<string, number>>();
  const places = requests.map((request) => {
    const { sample } = request;
    const known = ofSamples.get(sample) ?? new Map<string, number>();
    ofSamples.set(sample, known);
    const key =
      request.kind === 'consistency' ? `${request.span} ${request.caption}` : JSON.stringify(request.spans);
    const place = known.get(key) ?? distinct.push(request) - 1;
    known.set(key, place);
    return place;
  });
  return { distinct, places };
}

/** Of a step. */
const noCounts = () => ({ requests: 0, failed: 0, seconds: 0 });

/** @throws TypeError for an answer */
function checked(request: JudgeRequest): ClipRequest {
  if (request.kind !== 'answer') return request;
  throw new TypeError(
    `self-check: sample ${request.sample.id}: it judges captions and spans, not answers; compare these by 'option', ` +
      "'exact' or 'numeric', or give answerReward another judge",
  );
}
