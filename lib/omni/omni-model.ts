/**
 * An omni model as its users hold it: graph, tokenizer and processor in one folder, `generate` on samples.
 */
import { mkdirSync } from 'node:fs';
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
  saveGraph,
} from '../models/index.js';
import { EncodedMedia, prefixStream, promptLogprobs, sampleBatch } from '../rollout/index.js';
import { FileError } from '../runtime/index.js';
import { checkOptions, scope } from '../tensor/index.js';
import { ChatTemplate, Tokenizer } from '../text/index.js';
import { checkSamples, type TextPrompt } from './check-samples.js';
import {
  type CompletionPrefix,
  checkGenerate,
  checkGenerateBatch,
  checkSamplePrompts,
  completeParams,
  type GenerateBatchOptions,
  type GenerateOptions,
  type Generation,
  type SamplePromptsOptions,
  type TextPiece,
} from './generate-options.js';
import { Pieces } from './pieces.js';
import { plainTemplate, plainTokenizer } from './plain-text.js';
import { checkOccurrences, checkPrepare, type PrepareOptions, preparePrompts } from './prepare.js';
import { Processor } from './processor.js';
import { type ProcessorConfig, parseProcessorConfig } from './processor-config.js';

/** What a fresh model can be given besides its configuration. */
export interface FreshParts {
  tokenizer?: Tokenizer;
  template?: ChatTemplate;
  processor?: Partial<ProcessorConfig>;
}

export interface OmniModelParts {
  graph: ModelGraph;
  tokenizer: Tokenizer;
  template: ChatTemplate;
  processor: ProcessorConfig;
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

export class OmniModel {
  readonly graph: ModelGraph;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
  readonly processor: Processor;
  /** Of the pools that the model makes for itself. */
  mediaOptions: MediaPoolOptions = {};
  private pool: MediaPool | null = null;

  /** @throws RangeError when the model's vocabulary is smaller than the tokenizer's */
  constructor(parts: OmniModelParts) {
    const { graph, tokenizer, template, processor } = parts;
    checkVocabulary(graph, tokenizer);
    this.graph = graph;
    this.tokenizer = tokenizer;
    this.template = template;
    this.processor = new Processor(processor, mediaRules(graph), tokenizer, template);
  }

  /**
   * Reads a folder: config.json, model.safetensors, tokenizer, chat template, preprocessor_config.json.
   * @throws FileError, TextError or SafetensorsError naming the file and what is wrong in it
   */
  static async fromPretrained(folder: string, options: LoadGraphOptions = {}): Promise<OmniModel> {
    checkOptions('fromPretrained', options, ['dtype', 'device']);
    // The weights last: they take the longest.
    const processor = Processor.readConfig(folder);
    const template = ChatTemplate.fromFolder(folder);
    const tokenizer = Tokenizer.fromFolder(folder);
    const graph = loadGraph(folder, options);
    checkVocabulary(graph, tokenizer, (problem) => new FileError(join(folder, 'config.json'), problem));
    return new OmniModel({ graph, tokenizer, template, processor });
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

  /** Writes the whole model as a folder that `fromPretrained` reads. */
  savePretrained(folder: string): void {
    mkdirSync(folder, { recursive: true });
    saveGraph(this.graph, folder);
    this.tokenizer.save(folder);
    this.template.save(folder);
    this.processor.save(folder);
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

  /** Stops the decoding processes. The model can be used again: they are started when next needed. */
  async close(): Promise<void> {
    await this.pool?.close();
    this.pool = null;
  }

  /** @param sample a question about a clip, or without one: a text prompt */
  async generate(sample: Sample | TextPrompt, options: GenerateOptions = {}): Promise<Generation> {
    return this.generateOne(sample, options);
  }

  /**
   * The text of a completion, or of several, while it is sampled. Leaving the loop ends the sampling.
   * @param options as of `generate`
   */
  async *stream(
    sample: Sample | TextPrompt,
    { signal, ...options }: Omit<GenerateOptions, 'promptLogprobs'> = {},
  ): AsyncGenerator<TextPiece, void, void> {
    const left = new AbortController();
    const ends = signal === undefined ? left.signal : AbortSignal.any([left.signal, signal]);
    const pieces = new Pieces<TextPiece>();
    const sampling = this.generateOne(sample, { ...options, signal: ends }, ({ prompt: _, ...piece }) =>
      pieces.push(piece),
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
    given: readonly Sample[],
    { occurrences, ...options }: GenerateBatchOptions = {},
  ): Promise<Completion[][]> {
    checkGenerateBatch(options);
    const { view = 'av', prefix, signal, ...params } = options;
    const samples = checkSamples(given);
    if (occurrences !== undefined) checkOccurrences('generateBatch', samples, occurrences);
    return scope(async () => {
      const prompts = await this.prepareView(samples, view, params.seed, occurrences);
      const prefixes = prefix === undefined ? undefined : samples.map(() => prefix);
      return this.samplePrompts(prompts, params, { prefixes, signal }).catch((error) => {
        throw nameSamples(error, samples);
      });
    });
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
    const clips = await Promise.all(samples.map((sample) => this.processor.features(sample, this.media)));
    return preparePrompts(this.processor, samples, clips, options, this.graph.headWeight.device);
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
      stopIds: [this.tokenizer.eosId],
      decode: (ids) => this.tokenizer.decode(ids, { skipSpecialTokens: true }),
    });
  }

  /** Token ids of a completion's text, in which control tokens are words, and the end token. */
  encodeCompletion(text: string): number[] {
    return [...this.tokenizer.encode(text, { splitSpecialTokens: true }), this.tokenizer.eosId];
  }

  /** Token ids of what a completion continues. */
  private encodePrefix(prefix: CompletionPrefix): number[] {
    const parts = typeof prefix === 'string' ? [prefix] : prefix;
    return parts.flatMap((part: string | number) => {
      if (typeof part === 'string') return this.tokenizer.encode(part, { splitSpecialTokens: true });
      if (part < this.graph.vocabSize) return [part];
      throw new RangeError(`prefix: expected ids below ${this.graph.vocabSize}, got ${part}`);
    });
  }

  private async prepareView(
    samples: readonly Sample[],
    view: View,
    seed?: number,
    occurrences?: readonly number[],
  ): Promise<Prompt[]> {
    const prompts = await this.prepare(samples, { views: [view], seed, occurrences });
    return prompts[view];
  }

  private async generateOne(
    sample: Sample | TextPrompt,
    options: GenerateOptions,
    onText?: SamplePromptsOptions['onText'],
  ): Promise<Generation> {
    checkGenerate(options);
    const { view = 'av', prefix, promptLogprobs: wanted = false, signal, ...params } = options;
    const samples = checkSamples([sample]);
    return scope(async () => {
      const prompts = await this.prepareView(samples, view, params.seed);
      const media = new EncodedMedia(this.graph);
      const prefixes = prefix === undefined ? undefined : [prefix];
      const [completions] = await this.samplePrompts(prompts, params, {
        media,
        prefixes,
        signal,
        onText,
      }).catch((error) => {
        throw nameSamples(error, samples);
      });
      const generation: Generation = { completions, promptTokens: prompts[0].tokens };
      if (!wanted) return generation;
      const { temperature } = completeParams('generate', params);
      const scored = { prefix: this.encodePrefix(prefix ?? []), temperature, media };
      return { ...generation, promptLogprobs: promptLogprobs(this.graph, prompts[0], scored) };
    });
  }
}
