/**
 * What steps are worth: the expected correctness of what follows a step and of what follows an alternative to it, by rollouts
 * (video-SALMONN-o1, arXiv 2502.11775, section 2.3 of its method). All rollouts of a question are sampled together: its clip
 * passes the towers once, its prompt and the prefixes of its steps pass the decoder once.
 */
import type { Prompt } from '../batch/index.js';
import {
  type Completion,
  checkPaths,
  endOfStep,
  nameSamples,
  type PathRecord,
  type Sample,
  type StepRecord,
} from '../data/index.js';
import { instructed, type Protocol } from '../rewards/index.js';
import { EncodedMedia, streamKey } from '../rollout/index.js';
import { checkOptions, kinds, required, scope } from '../tensor/index.js';
import { type ExpandedStep, expandedSteps, wrongPaths } from './expanded-steps.js';
import { outcomeScorer, type ScoreOutcomes } from './outcomes.js';
import {
  nothingMore,
  reasoningProtocol,
  type SolutionOptions,
  sampleOfPaths,
  samplesById,
  samplingOf,
  solutionKinds,
} from './sampling.js';

export interface RolloutStepsOptions extends SolutionOptions<StepRecord> {
  /** With `selected` steps, or all of whose steps are rolled out. Right paths are passed over. */
  paths: readonly PathRecord[];
  /** Of each step and of each alternative. Default 6. */
  rollouts?: number;
  /** How often an alternative is sampled until it differs from the step. Default 3. */
  tries?: number;
  /** Longest alternative, tokens; one without an end is no step. Default 64. */
  maxStepTokens?: number;
}

const optionKinds = {
  ...solutionKinds,
  paths: required(kinds.list),
  rollouts: kinds.countFrom1,
  tries: kinds.countFrom1,
  maxStepTokens: kinds.countFrom1,
};

/**
 * A record for each selected step of each wrong path; steps that paths of a sample have in common, with all that stands
 * before them, have one. Where no try gave another text, `alternative` is the step itself and there are no rollouts.
 * Rollouts whose judge failed are left out.
 * @throws RangeError naming a sample that is missing, or whose answer cannot be compared with
 */
export async function rolloutSteps(options: RolloutStepsOptions): Promise<StepRecord[]> {
  checkOptions('rolloutSteps', options, optionKinds);
  const { samples, paths, onRecords, signal } = options;
  checkPaths('rolloutSteps', paths);
  const byId = samplesById('rolloutSteps', samples);
  reasoningProtocol('rolloutSteps', options.protocol);
  const groups = [...wrongPaths(paths)].map(([id, group]) => {
    return { sample: sampleOfPaths('rolloutSteps', byId, id), steps: expandedSteps(group) };
  });
  const score = await outcomeScorer(
    'rolloutSteps',
    options,
    groups.map(({ sample }) => sample),
  );
  const records: StepRecord[] = [];
  for (const [i, { sample, steps }] of groups.entries()) {
    const expanded = await scope(() => new Expansion(sample, score, options).run(steps)).catch((error) => {
      throw nameSamples(error, [sample]);
    });
    for (const record of expanded) records.push(record);
    await onRecords?.(expanded, { done: i + 1, total: groups.length });
    signal?.throwIfAborted();
  }
  return records;
}

/** What a completion goes on from. */
interface Branch {
  /** Steps, each tokenised by itself. */
  steps: readonly string[];
  /** Whether it ends as a completion does: nothing follows. */
  isWhole: boolean;
}

/** Those that could be scored. */
interface Rollouts {
  correct: boolean[];
  continuations: string[];
  tokens: number;
}

/** The steps of one question. */
class Expansion {
  readonly #sample: Sample;
  readonly #score: ScoreOutcomes;
  readonly #options: RolloutStepsOptions;
  readonly #protocol: Protocol;
  readonly #media: EncodedMedia;

  constructor(sample: Sample, score: ScoreOutcomes, options: RolloutStepsOptions) {
    this.#sample = sample;
    this.#score = score;
    this.#options = options;
    this.#protocol = reasoningProtocol('rolloutSteps', options.protocol);
    this.#media = new EncodedMedia(options.model.graph);
  }

  async run(steps: readonly ExpandedStep[]): Promise<StepRecord[]> {
    if (steps.length === 0) return [];
    const asked = instructed(this.#sample, this.#protocol);
    const { av } = await this.#options.model.prepare([asked], { views: ['av'] });
    const alternatives = await this.#alternatives(av[0], steps);
    const places = steps.flatMap((_, i) => (alternatives[i].text === null ? [] : [i]));
    const branches = places.flatMap((i) => [
      branch(steps[i], steps[i].step),
      branch(steps[i], alternatives[i].text as string),
    ]);
    const rollouts = await this.#rollouts(av[0], branches);
    return steps.map(({ prefix, step, seed }, i) => {
      const place = places.indexOf(i);
      const [own, other] = place < 0 ? [none, none] : rollouts.slice(2 * place, 2 * place + 2);
      return {
        sampleId: this.#sample.id,
        prefix: [...prefix],
        stepIndex: prefix.length,
        step,
        alternative: alternatives[i].text ?? step,
        correct: own.correct,
        alternativeCorrect: other.correct,
        seed,
        continuations: own.continuations,
        alternativeContinuations: other.continuations,
        tokens: alternatives[i].tokens + own.tokens + other.tokens,
      };
    });
  }

  /** Another text in the place of each step; null where no try gave one. */
  async #alternatives(prompt: Prompt, steps: readonly ExpandedStep[]) {
    const { tries = 3, maxStepTokens = 64, ...settings } = this.#options;
    const params = { ...samplingOf(settings), maxNewTokens: maxStepTokens, stop: [endOfStep] };
    const found = steps.map((): { text: string | null; tokens: number } => ({ text: null, tokens: 0 }));
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const left = [...steps.keys()].filter((i) => found[i].text === null);
      if (left.length === 0) break;
      // Without a prefix the path's own seed would give the step itself again.
      const seed = streamKey(params.seed, 'alternative', attempt);
      const sampled = await this.#sampled(
        prompt,
        left.map((i) => steps[i].prefix),
        { ...params, seed },
      );
      for (const [k, i] of left.entries()) {
        const [{ text, ids, finishReason }] = sampled[k];
        found[i].tokens += ids.length;
        const isStep = finishReason === 'stop' && text.trim() !== '';
        if (isStep && text !== steps[i].step) found[i].text = text;
      }
    }
    return found;
  }

  async #rollouts(prompt: Prompt, branches: readonly Branch[]): Promise<Rollouts[]> {
    const { rollouts: count = 6, signal, ...settings } = this.#options;
    const open = branches.filter(({ isWhole }) => !isWhole);
    const sampled = await this.#sampled(
      prompt,
      open.map(({ steps }) => steps),
      { ...samplingOf(settings), numGenerations: count },
    );
    const continued = new Map(open.map((it, i) => [it, sampled[i]]));
    const answered = await this.#answered(
      prompt,
      branches,
      branches.map((it) => continued.get(it) ?? Array.from({ length: count }, () => nothingMore)),
    );
    const outcomes = await this.#score(
      answered.flatMap((rollouts) => rollouts.map(({ scored }) => scored)),
      answered.flatMap((rollouts) => rollouts.map(() => this.#sample)),
      signal,
    );
    signal?.throwIfAborted();
    return answered.map((rollouts, b) => {
      const own = outcomes.slice(b * count, (b + 1) * count);
      return {
        correct: own.filter((outcome) => outcome !== null),
        continuations: rollouts.flatMap(({ text }, i) => (own[i] === null ? [] : [text])),
        tokens: rollouts.reduce((sum, { tokens }) => sum + tokens, 0),
      };
    });
  }

  /** Rollouts with the text that is scored; that of two turns has its answer alone. */
  async #answered(prompt: Prompt, branches: readonly Branch[], rollouts: Completion[][]) {
    const { model, signal } = this.#options;
    const options = { protocol: this.#protocol, media: this.#media, signal };
    const prefixes = branches.map(({ steps }) => steps);
    const prompts = branches.map(() => prompt);
    const answered =
      branches.length === 0 ? [] : await model.finalAnswers(prompts, rollouts, { ...options, prefixes });
    signal?.throwIfAborted();
    return answered.map((ofBranch, b) =>
      ofBranch.map(({ ids, text, reply, scored }) =>
        reply === undefined
          ? { text, scored: prefixes[b].join('') + scored, tokens: ids.length }
          : { text: scored, scored, tokens: ids.length + reply.ids.length },
      ),
    );
  }

  async #sampled(
    prompt: Prompt,
    prefixes: readonly (readonly string[])[],
    params: Parameters<RolloutStepsOptions['model']['samplePrompts']>[1],
  ): Promise<Completion[][]> {
    if (prefixes.length === 0) return [];
    const { model, signal } = this.#options;
    const sampled = await model.samplePrompts(
      prefixes.map(() => prompt),
      params,
      { prefixes, media: this.#media, signal },
    );
    signal?.throwIfAborted();
    return sampled;
  }
}

const none: Rollouts = { correct: [], continuations: [], tokens: 0 };

function branch({ prefix }: ExpandedStep, step: string): Branch {
  return { steps: [...prefix, step], isWhole: !step.endsWith(endOfStep) };
}
