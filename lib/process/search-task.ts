/** What both kinds of search do to the samples of a batch: they sample steps and completions, and score paths. */
import type { Prompt } from '../batch/index.js';
import { type Completion, endOfStep, type Sample, type SamplingParams, splitSteps } from '../data/index.js';
import type { OmniModel } from '../omni/index.js';
import { answerText, instructed, type Protocol } from '../rewards/index.js';
import { EncodedMedia } from '../rollout/index.js';
import { completionLogprobs } from './path-logprobs.js';
import { type PathScorer, pathScores, type StepReduction } from './path-scorer.js';
import { nothingMore } from './sampling.js';

/** A path, or the beginning of one. */
export interface Branch {
  /** Index of the sample in the batch. */
  sample: number;
  steps: readonly string[];
  /** Nothing follows. */
  isWhole: boolean;
}

export interface ScoredBranch extends Branch {
  score: number;
}

export interface SearchSettings {
  model: Pick<
    OmniModel,
    'graph' | 'prepare' | 'samplePrompts' | 'finalAnswers' | 'encodePart' | 'encodeCompletion'
  >;
  protocol: Protocol;
  sampling: Pick<SamplingParams, 'temperature' | 'topP' | 'topK' | 'minP' | 'seed'>;
  maxStepTokens: number;
  maxNewTokens: number;
  /** Left out: the score of a path is its log-probability. */
  scorer?: PathScorer;
  reduction: StepReduction;
  signal?: AbortSignal;
}

/** The samples of a batch, whose clips pass the towers once for the whole search. */
export class SearchTask {
  readonly samples: readonly Sample[];
  readonly settings: SearchSettings;
  readonly prompts: readonly Prompt[];
  readonly media: EncodedMedia;
  /** Sampled so far, for each sample. */
  readonly tokens: number[];

  private constructor(samples: readonly Sample[], settings: SearchSettings, prompts: readonly Prompt[]) {
    this.samples = samples;
    this.settings = settings;
    this.prompts = prompts;
    this.media = new EncodedMedia(settings.model.graph);
    this.tokens = samples.map(() => 0);
  }

  static async of(samples: readonly Sample[], settings: SearchSettings): Promise<SearchTask> {
    const asked = samples.map((sample) => instructed(sample, settings.protocol));
    const { av } = await settings.model.prepare(asked, { views: ['av'] });
    return new SearchTask(samples, settings, av);
  }

  /**
   * Each beginning with a step more, at most `count` different ones; steps that are cut off or empty are none. Under 'twoTurn' a
   * path may end after any of its steps.
   */
  async grown(branches: readonly Branch[], count: number): Promise<Branch[][]> {
    const { sampling, maxStepTokens, protocol } = this.settings;
    const params = { ...sampling, numGenerations: count, maxNewTokens: maxStepTokens, stop: [endOfStep] };
    const sampled = await this.sampled(branches, params);
    return branches.map(({ sample, steps }, i) => {
      const mayEnd = protocol.name === 'twoTurn' && steps.length > 0;
      const ended = sampled[i].filter(({ finishReason }) => finishReason === 'stop');
      const texts = ended.map(({ text }) => (text.trim() === '' ? '' : text));
      return [...new Set(texts)].flatMap((text): Branch[] => {
        if (text !== '') return [{ sample, steps: [...steps, text], isWhole: !text.endsWith(endOfStep) }];
        return mayEnd ? [{ sample, steps, isWhole: true }] : [];
      });
    });
  }

  /** The likeliest continuations; what has ended stays as it is. */
  async completed(branches: readonly Branch[]): Promise<Branch[]> {
    const open = branches.filter(({ isWhole }) => !isWhole);
    const params = { temperature: 0, maxNewTokens: this.settings.maxNewTokens };
    const sampled = await this.sampled(open, params);
    const texts = new Map(open.map((branch, i) => [branch, sampled[i][0].text]));
    return branches.map((branch) => {
      const text = texts.get(branch);
      if (text === undefined) return branch;
      return { ...branch, steps: [...branch.steps, ...splitSteps(text)], isWhole: true };
    });
  }

  /** Of whole paths; '' where a path gives none. */
  async answers(paths: readonly Branch[]): Promise<string[]> {
    const { model, protocol, signal } = this.settings;
    if (protocol.name !== 'twoTurn') return paths.map(({ steps }) => answerText(steps.join('')) ?? '');
    const answered = await model.finalAnswers(
      paths.map(({ sample }) => this.prompts[sample]),
      paths.map(() => [nothingMore]),
      { protocol, prefixes: paths.map(({ steps }) => steps), media: this.media, signal },
    );
    signal?.throwIfAborted();
    return answered.map(([{ answer, reply }], i) => {
      this.tokens[paths[i].sample] += reply?.ids.length ?? 0;
      return answer ?? '';
    });
  }

  /** @throws RangeError where the scorer does not give a number for each step */
  async scored(branches: readonly Branch[]): Promise<ScoredBranch[]> {
    if (branches.length === 0) return [];
    const { scorer, reduction, signal } = this.settings;
    const batch = {
      samples: branches.map(({ sample }) => this.samples[sample]),
      paths: branches.map(({ steps }) => [...steps]),
    };
    const scores =
      scorer === undefined ? this.logprobs(branches) : await pathScores('search', scorer, batch, reduction);
    signal?.throwIfAborted();
    return branches.map((branch, i) => ({ ...branch, score: scores[i] }));
  }

  /** Sums over the tokens of the steps, each tokenised by itself, and the token that ends the path. */
  private logprobs(branches: readonly Branch[]): number[] {
    const { model } = this.settings;
    const end = model.encodeCompletion('');
    const places = this.prompts.map((_, sample) => branches.filter((branch) => branch.sample === sample));
    const asked = this.prompts.flatMap((prompt, sample) => {
      const completions = places[sample].map(({ steps }) => [
        ...steps.flatMap((step) => model.encodePart(step)),
        ...end,
      ]);
      return completions.length === 0 ? [] : { prompt, completions };
    });
    const found = completionLogprobs(model.graph, asked, this.media).flat();
    const byBranch = new Map(places.flat().map((branch, i) => [branch, found[i]]));
    return branches.map((branch) => byBranch.get(branch) as number);
  }

  private async sampled(
    branches: readonly Branch[],
    params: Partial<SamplingParams>,
  ): Promise<Completion[][]> {
    if (branches.length === 0) return [];
    const { model, signal } = this.settings;
    const sampled = await model.samplePrompts(
      branches.map(({ sample }) => this.prompts[sample]),
      params,
      { prefixes: branches.map(({ steps }) => steps), media: this.media, signal },
    );
    signal?.throwIfAborted();
    for (const [i, completions] of sampled.entries())
      for (const { ids } of completions) this.tokens[branches[i].sample] += ids.length;
    return sampled;
  }
}
