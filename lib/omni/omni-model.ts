/**
 * An omni model as its users hold it: graph, tokenizer and processor in one folder, `generate` on samples.
 */
import { join } from 'node:path';
import type { Prompt } from '../batch/index.js';
import { type Completion, nameSamples, type Sample, type SamplingParams, type View } from '../data/index.js';
import { MediaPool, type MediaPoolOptions } from '../media/index.js';
import {
  buildGraph,
  type LoadGraphOptions,
  loadGraph,
  type ModelConfigInput,
  type ModelGraph,
  mediaRules,
  readModelConfig,
} from '../models/index.js';
import { LoraAdapter } from '../nn/index.js';
import { instructed, protocolOf } from '../rewards/index.js';
import { EncodedMedia, prefixStream, releaseEngines, sampleBatch } from '../rollout/index.js';
import { FileError } from '../runtime/index.js';
import { checkOptions, scope } from '../tensor/index.js';
import { ChatTemplate, Tokenizer } from '../text/index.js';
import { checkSamples, type TextPrompt } from './check-samples.js';
import type { ClipFeatures } from './clip-store.js';
import {
  type AnsweredCompletion,
  asCompletion,
  checkFinalAnswers,
  type FinalAnswerOptions,
  finalAnswers,
} from './final-answers.js';
import {
  abortedCompletions,
  checkGenerate,
  checkGenerateBatch,
  checkSamplePrompts,
  checkStream,
  completeParams,
  type GenerateBatchOptions,
  type GenerateOptions,
  type Generation,
  type SamplePromptsOptions,
  type TextPiece,
} from './generate-options.js';
import {
  checkSupported,
  type GenerationConfig,
  noGenerationConfig,
  readGenerationConfig,
} from './generation-config.js';
import { Pieces } from './pieces.js';
import { plainTemplate, plainTokenizer } from './plain-text.js';
import { checkOccurrences, checkPrepare, type PrepareOptions, preparePrompts } from './prepare.js';
import { Processor, takesMedia } from './processor.js';
import { type ProcessorConfig, parseProcessorConfig } from './processor-config.js';
import { type SavePretrainedOptions, saveModel } from './save-model.js';
import { TextMethods } from './text-methods.js';
import { untilAbort } from './until-abort.js';

/** What a fresh model can be given besides its configuration. */
export interface FreshParts {
  tokenizer?: Tokenizer;
  /** null: prompts are plain text. */
  template?: ChatTemplate | null;
  processor?: Partial<ProcessorConfig>;
}

export interface OmniModelParts {
  graph: ModelGraph;
  tokenizer: Tokenizer;
  /** null: prompts are plain text. */
  template: ChatTemplate | null;
  processor: ProcessorConfig;
  /** Ids that end completions besides the tokenizer's, and defaults of `generate`. */
  generation?: GenerationConfig;
}

/** Ids beyond the embedding table would be read past its end. */
function checkVocabulary(
  graph: ModelGraph,
  { vocabSize }: Tokenizer,
  fail = (problem: string): Error => new RangeError(problem),
): void {
  if (graph.vocabSize < vocabSize)
    throw fail(`the model's vocabulary is ${graph.vocabSize}; the tokenizer has ${vocabSize} tokens`);
}

export class OmniModel extends TextMethods {
  readonly graph: ModelGraph;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate | null;
  readonly processor: Processor;
  readonly generation: GenerationConfig;
  /** Of the pools that the model makes for itself. */
  mediaOptions: MediaPoolOptions = {};
  private pool: MediaPool | null = null;

  /** @throws RangeError when the model's vocabulary is smaller than the tokenizer's */
  constructor(parts: OmniModelParts) {
    super();
    const { graph, tokenizer, template, processor, generation = noGenerationConfig } = parts;
    checkVocabulary(graph, tokenizer);
    // Trainers put it into training mode while they train.
    this.graph = graph.eval();
    this.tokenizer = tokenizer;
    this.template = template;
    this.generation = generation;
    this.processor = new Processor(processor, mediaRules(graph), tokenizer, template);
  }

  /**
   * Reads a folder: config.json, weights, tokenizer, chat template, generation_config.json, and preprocessor_config.json where
   * the model takes clips. A text model without a chat template continues plain text.
   * @throws FileError, TextError or SafetensorsError naming the file and what is wrong in it
   */
  static async fromPretrained(folder: string, options: LoadGraphOptions = {}): Promise<OmniModel> {
    checkOptions('fromPretrained', options, ['dtype', 'device', 'onProgress', 'adapter']);
    // The weights last: they take the longest.
    const rules = mediaRules(readModelConfig(folder));
    const processor = Processor.readConfig(folder, rules);
    const template = takesMedia(rules) ? ChatTemplate.fromFolder(folder) : ChatTemplate.ofFolder(folder);
    const tokenizer = Tokenizer.fromFolder(folder);
    const graph = loadGraph(folder, options);
    checkVocabulary(graph, tokenizer, (problem) => new FileError(join(folder, 'config.json'), problem));
    const generation = readGenerationConfig(folder, graph.vocabSize);
    return new OmniModel({ graph, tokenizer, template, processor, generation });
  }

  /**
   * A model with fresh weights, drawn from the default generator. Without a tokenizer it reads and writes bytes.
   * @throws RangeError when the vocabulary is smaller than the tokenizer's
   */
  static fromConfig(config: ModelConfigInput, parts: FreshParts = {}): OmniModel {
    checkOptions('fromConfig', parts, ['tokenizer', 'template', 'processor']);
    const { tokenizer = plainTokenizer(), template = plainTemplate() } = parts;
    const processor = parseProcessorConfig(parts.processor ?? {});
    return new OmniModel({ tokenizer, template, processor, graph: buildGraph(config) });
  }

  /**
   * Writes the whole model as a folder that `fromPretrained` reads. Files of an earlier model there are replaced, its shards
   * included. A program that is killed leaves the old model, the new one, or a folder without config.json.
   * @throws Error when the model has an adapter: merge it, or save it with `saveAdapter`
   */
  savePretrained(folder: string, options: SavePretrainedOptions = {}): void {
    saveModel(this, folder, options);
  }

  /** The pool that decodes this model's clips; give it one to share workers. */
  get media(): MediaPool {
    this.pool ??= new MediaPool(this.mediaOptions);
    return this.pool;
  }

  set media(pool: MediaPool) {
    this.pool = pool;
  }

  /** The views that it can show: 'av' and 'none', which are the same, where it takes text alone. */
  get views(): readonly View[] {
    return this.processor.views;
  }

  /** Ids that end a completion: the tokenizer's, that of a turn as the chat template writes it, those of generation_config.json. */
  get stopIds(): number[] {
    return [...new Set([this.tokenizer.eosId, this.processor.endId, ...this.generation.stopIds])];
  }

  /** Stops the decoding processes and frees the sampler's copy of the weights. The model can be used again: both come back when next needed. */
  async close(): Promise<void> {
    releaseEngines(this.graph);
    await this.pool?.close();
    this.pool = null;
  }

  /** @param sample a question about a clip, or without one: a text prompt */
  async generate(sample: Sample | TextPrompt, options: GenerateOptions = {}): Promise<Generation> {
    return this.generateOne(sample, options);
  }

  /**
   * The text of a completion, or of several, while it is sampled. Leaving the loop ends the sampling. In `withoutAdapter` the
   * call counts, not the loop.
   * @param options as of `generate`
   */
  stream(
    sample: Sample | TextPrompt,
    options: Omit<GenerateOptions, 'promptLogprobs'> = {},
  ): AsyncGenerator<TextPiece, void, void> {
    return this.streamWithin(LoraAdapter.suspendedAsNow(), sample, options);
  }

  private async *streamWithin(
    within: ReturnType<typeof LoraAdapter.suspendedAsNow>,
    sample: Sample | TextPrompt,
    { signal, ...options }: Omit<GenerateOptions, 'promptLogprobs'>,
  ): AsyncGenerator<TextPiece, void, void> {
    const left = new AbortController();
    checkStream(options);
    const ends = signal === undefined ? left.signal : AbortSignal.any([left.signal, signal]);
    const pieces = new Pieces<TextPiece>();
    const sampling = within(() =>
      this.generateOne(sample, { ...options, signal: ends }, ({ prompt: _, ...piece }) => pieces.push(piece)),
    ).then(
      () => pieces.end(),
      (error) => pieces.fail(error),
    );
    try {
      yield* pieces;
    } finally {
      left.abort();
      await sampling;
    }
  }

  /** Samples completions for many samples at once; samples of one clip share its encoded prompt. */
  async generateBatch(
    given: readonly (Sample | TextPrompt)[],
    { occurrences, ...options }: GenerateBatchOptions = {},
  ): Promise<Completion[][]> {
    checkGenerateBatch(options);
    const samples = checkSamples(given);
    if (occurrences !== undefined) checkOccurrences('generateBatch', samples, occurrences);
    return scope(async () => (await this.sample(samples, options, { occurrences })).completions);
  }

  /**
   * Prompts of samples by view; those of one clip and system message share a root, and all views of a clip its tracks. Their
   * tensors belong to the current scope.
   */
  async prepare<V extends View>(
    samples: readonly Sample[],
    options: PrepareOptions<V>,
  ): Promise<Record<V, Prompt[]>> {
    checkPrepare(samples, options, this.views);
    return this.promptsOf(samples, await this.clipsOf(samples), options);
  }

  /** Completions of prompts; see `generate` for the params and their defaults. */
  async samplePrompts(
    prompts: readonly Prompt[],
    params: Partial<SamplingParams> = {},
    options: SamplePromptsOptions = {},
  ): Promise<Completion[][]> {
    checkSamplePrompts(prompts.length, options);
    const { prefixes: texts, tries, ...rest } = options;
    const prefixes = texts?.map((prefix) => this.encodePrefix(prefix));
    return sampleBatch(this.graph, prompts, completeParams('samplePrompts', params), {
      ...rest,
      prefixes,
      streams: prefixes?.map((prefix, i) => prefixStream(prefix, tries?.[i])),
      stopIds: this.stopIds,
      decode: (ids) => this.tokenizer.decode(ids, { skipSpecialTokens: true }),
    });
  }

  /** Completions of prompts, sampled just so, with their final answers; 'twoTurn' asks for these in a second turn. */
  async finalAnswers(
    prompts: readonly Prompt[],
    completions: readonly (readonly Completion[])[],
    options: FinalAnswerOptions,
  ): Promise<AnsweredCompletion[][]> {
    checkFinalAnswers(prompts.length, completions, options);
    const prefixes = options.prefixes?.map((prefix) => this.encodePrefix(prefix));
    return finalAnswers(this, prompts, completions, options, prefixes);
  }

  private clipsOf(samples: readonly Sample[]): Promise<ClipFeatures[]> {
    return Promise.all(samples.map((sample) => this.processor.features(sample, this.media)));
  }

  private promptsOf<V extends View>(
    samples: readonly Sample[],
    clips: readonly ClipFeatures[],
    options: PrepareOptions<V>,
  ): Record<V, Prompt[]> {
    return preparePrompts(this.processor, samples, clips, options, this.graph.headWeight.device);
  }

  /** Prompts in one view and their completions; no prompts where the signal came before they were made. */
  private async sample(
    samples: readonly Sample[],
    { view = 'av', prefix, signal, protocol: option, ...given }: Omit<GenerateOptions, 'promptLogprobs'>,
    {
      occurrences,
      ...more
    }: Pick<SamplePromptsOptions, 'onPromptLogprobs' | 'onText'> & Pick<PrepareOptions, 'occurrences'>,
  ): Promise<{ prompts: Prompt[]; completions: Completion[][] }> {
    checkSupported(this.generation);
    const params = completeParams('generate', given, this.generation.params);
    const options = { views: [view], seed: params.seed, occurrences };
    checkPrepare(samples, options, this.views);
    const protocol = protocolOf(option, 'generate');
    const clips = await untilAbort(() => this.clipsOf(samples), signal);
    if (clips === null) {
      return { prompts: [], completions: samples.map((_, i) => abortedCompletions(i, params, more.onText)) };
    }
    const asked = samples.map((sample) => instructed(sample, protocol));
    const prompts = this.promptsOf(asked, clips, options)[view];
    const prefixes = prefix === undefined ? undefined : samples.map(() => prefix);
    try {
      // Media go through the towers once for both turns.
      const media = protocol.name === 'twoTurn' ? new EncodedMedia(this.graph) : undefined;
      const sampled = await this.samplePrompts(prompts, params, { ...more, prefixes, media, signal });
      const answered = await this.finalAnswers(prompts, sampled, { protocol, prefixes, media, signal });
      const completions = answered.map((ofPrompt) => ofPrompt.map(asCompletion));
      return { prompts, completions };
    } catch (error) {
      throw nameSamples(error, samples);
    }
  }

  private async generateOne(
    sample: Sample | TextPrompt,
    options: GenerateOptions,
    onText?: SamplePromptsOptions['onText'],
  ): Promise<Generation> {
    checkGenerate(options);
    const { promptLogprobs: wanted = false, ...sampling } = options;
    const samples = checkSamples([sample]);
    return scope(async () => {
      let scores: (number | null)[] | undefined;
      const onPromptLogprobs = wanted
        ? (_: number, logprobs: (number | null)[]) => {
            scores = logprobs;
          }
        : undefined;
      const { prompts, completions } = await this.sample(samples, sampling, { onText, onPromptLogprobs });
      const [prompt] = prompts;
      const promptTokens = prompt?.tokens ?? { text: 0, audio: 0, video: 0 };
      const generation: Generation = { completions: completions[0], promptTokens };
      return scores === undefined || sampling.signal?.aborted
        ? generation
        : { ...generation, promptLogprobs: scores };
    });
  }
}
