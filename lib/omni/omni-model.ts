/**
 * An omni model as its users hold it: graph, tokenizer and processor in one folder, `generate` on samples.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Prompt, PromptRoot } from '../batch/index.js';
import { type Completion, nameSamples, type Sample, type View } from '../data/index.js';
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
import { type SampledCompletion, sampleBatch, samplerKinds } from '../rollout/index.js';
import { FileError, shown } from '../runtime/index.js';
import { checkOptions, oneOf, scope } from '../tensor/index.js';
import { ChatTemplate, Tokenizer } from '../text/index.js';
import { checkSamples, type TextPrompt } from './check-samples.js';
import { plainTemplate, plainTokenizer } from './plain-text.js';
import { Processor } from './processor.js';
import { type ProcessorConfig, parseProcessorConfig } from './processor-config.js';

export interface GenerateOptions {
  /** Default 256. */
  maxNewTokens?: number;
  /** 0: the likeliest token at each step. Default 1. */
  temperature?: number;
  /** Default 1: all. */
  topP?: number;
  /** Default 0: all. */
  topK?: number;
  /** Completions for one prompt, which is encoded once. Default 1. */
  numGenerations?: number;
  /** Which tracks the prompt shows. Default 'av'. */
  view?: View;
  /** Completion i depends on (seed, sample id, occurrence, i) alone. Default 0. */
  seed?: number;
}

export interface GenerateBatchOptions extends GenerateOptions {
  /** For each sample, how often the run has sampled it before: each time other completions. Default 0 each. */
  occurrences?: readonly number[];
}

export interface Generation {
  completions: Completion[];
  promptTokens: { text: number; audio: number; video: number };
}

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

const defaults = {
  maxNewTokens: 256,
  temperature: 1,
  topP: 1,
  topK: 0,
  numGenerations: 1,
  view: 'av',
  seed: 0,
} as const;

const { stopIds: _, ...samplingKinds } = samplerKinds;
const optionKinds = { ...samplingKinds, view: oneOf('av', 'v', 'a', 'none') };

function checkOccurrences(samples: readonly Sample[], occurrences: readonly number[]): void {
  if (!Array.isArray(occurrences) || occurrences.length !== samples.length)
    throw new TypeError(
      `generateBatch: occurrences: expected a list of ${samples.length} numbers, one a sample, got ${shown(occurrences)}`,
    );
  const wrong = occurrences.find((n) => !Number.isSafeInteger(n) || n < 0);
  if (wrong !== undefined)
    throw new RangeError(`generateBatch: occurrences: expected integers >= 0, got ${shown(wrong)}`);
}

/** All of the options: what is left out, or undefined, at its default. */
function settingsOf(options: GenerateOptions): Required<GenerateOptions> {
  checkOptions('generate', options, optionKinds);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
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

  /** Stops the decoding processes. The model can be used again: they are started when next needed. */
  async close(): Promise<void> {
    await this.pool?.close();
    this.pool = null;
  }

  /** @param sample a question about a clip, or without one: a text prompt */
  async generate(sample: Sample | TextPrompt, options: GenerateOptions = {}): Promise<Generation> {
    const settings = settingsOf(options);
    const samples = checkSamples([sample]);
    return scope(async () => {
      const prompts = await this.prepare(samples, settings.view);
      const [completions] = await this.sample(samples, prompts, settings);
      return { completions, promptTokens: prompts[0].tokens };
    });
  }

  /** Samples completions for many samples at once; samples of one clip share its encoded prompt. */
  async generateBatch(
    given: readonly Sample[],
    { occurrences, ...options }: GenerateBatchOptions = {},
  ): Promise<Completion[][]> {
    const settings = settingsOf(options);
    const samples = checkSamples(given);
    if (occurrences !== undefined) checkOccurrences(samples, occurrences);
    return scope(async () => {
      const prompts = await this.prepare(samples, settings.view, occurrences);
      return this.sample(samples, prompts, settings);
    });
  }

  /**
   * Prompts of samples in one view; those of one clip and system message share a root. Their tensors belong to the current
   * scope.
   * @param occurrences for each sample, how often the training has sampled it before; default 0 each
   */
  async prepare(samples: readonly Sample[], view: View, occurrences?: readonly number[]): Promise<Prompt[]> {
    const clips = await Promise.all(samples.map((sample) => this.processor.features(sample, this.media)));
    const shared = new Map<unknown, Map<string | undefined, PromptRoot>>();
    const { device } = this.graph.headWeight;
    return samples.map((sample, i) => {
      const key = view === 'none' ? view : clips[i];
      const bySystem = shared.get(key) ?? new Map();
      shared.set(key, bySystem);
      const prompt = this.processor.prompt(sample, clips[i], view, bySystem.get(sample.system), device);
      bySystem.set(sample.system, prompt.root);
      return { ...prompt, occurrence: occurrences?.[i] ?? 0 };
    });
  }

  /** Token ids of a completion's text, in which control tokens are words, and the end token. */
  encodeCompletion(text: string): number[] {
    return [...this.tokenizer.encode(text, { splitSpecialTokens: true }), this.tokenizer.eosId];
  }

  private async sample(
    samples: readonly Sample[],
    prompts: readonly Prompt[],
    { view: _, ...settings }: Required<GenerateOptions>,
  ): Promise<Completion[][]> {
    const options = { ...settings, stopIds: [this.tokenizer.eosId] };
    const sampled = await sampleBatch(this.graph, prompts, options).catch((error) => {
      throw nameSamples(error, samples);
    });
    return sampled.map((completions) => completions.map((completion) => this.readable(completion)));
  }

  private readable({ ids, logprobs, finishReason }: SampledCompletion): Completion {
    const words = finishReason === 'stop' ? ids.slice(0, -1) : ids;
    return { text: this.tokenizer.decode(words, { skipSpecialTokens: true }), ids, logprobs, finishReason };
  }
}
