/**
 * The native sampling loop of one graph: weights packed for products of few rows, and a thread that computes the next tokens
 * of all requests together (native/sampler). Prompts and requests go in, tokens come back in batches between tasks of the
 * event loop.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { EncodedTracks, PackedBatch } from '../batch/index.js';
import type { SamplingParams } from '../data/index.js';
import { type DecoderDescription, type ModelGraph, memoryBytes } from '../models/index.js';
import { checkStatus, kvCacheBytes, native, type SamplingStats } from '../runtime/index.js';
import { type DType, scope, torch } from '../tensor/index.js';
import { nodeInputs } from './node-inputs.js';
import { PackedWeights } from './packed-weights.js';
import { SamplingError } from './sample-tokens.js';

/** One completion to sample. */
interface EngineRequest {
  /** Prompt that it continues, as `addPrompts` named it. */
  prompt: number;
  /** Position of its first token. */
  next: number;
  /** Of its random numbers, see `streamKey`. */
  key: number;
  params: Pick<
    SamplingParams,
    'temperature' | 'topK' | 'topP' | 'minP' | 'repetitionPenalty' | 'maxNewTokens'
  >;
  stopIds: readonly number[];
  /** Ids of the prompt, for the penalty. */
  seen: Iterable<number> | null;
  /** The log-probabilities of its prompt come first. */
  wantsScores: boolean;
}

/** Who asks: hears of its requests by name. */
export interface EngineListener {
  /** Log-probabilities of the prompt's tokens, NaN where there is none; before its first token. */
  scores(request: number, scores: Float32Array): void;
  /** @param end why this token is the last one; null: it goes on */
  token(request: number, id: number, logprob: number, end: 'stop' | 'length' | null): void;
  failed(request: number, problem: string): void;
  /** After the tokens of one pass. */
  step(): void;
}

/** Of the answers, by number: native/sampler/requests.h. */
const events = { token: 0, stop: 1, length: 2, failed: 4, scores: 5, packed: 6 } as const;
const lastEvents = new Map<number, 'stop' | 'length'>([
  [events.stop, 'stop'],
  [events.length, 'length'],
]);
const numbersPerAnswer = 5;
const panel = 32;
/** Rows of prompts in one pass. */
const prefillRows = 512;
/** Part of the machine's memory that keys and values may take, and of prompts that nobody needs, with their most bytes. */
const cacheFraction = 0.5;
const keptFraction = 1 / 16;
const mostKeptBytes = 2 ** 30;

/** Engines in use, which nothing else may hold. */
const inUse = new Set<DecodeEngine>();
/** The loop outlives the call that makes it, whose context it must not hold. */
const outside = AsyncLocalStorage.snapshot();

interface EngineOptions {
  threads?: number;
  /** Of keys and values. */
  cacheBytes?: number;
  /** Of prompts that nobody needs, at most. */
  keptBytes?: number;
}

export class DecodeEngine {
  readonly #loop: unknown;
  readonly #weights: PackedWeights;
  readonly #listeners = new Map<number, EngineListener>();
  readonly #vocabulary: number;
  readonly #settings: EngineSettings;
  #lastPrompt = 0;
  #lastRequest = 0;
  #uses = 0;
  #isRetired = false;
  /** Why it is closed. */
  #closed: string | null = null;

  private constructor(graph: ModelGraph, decoder: DecoderDescription, settings: EngineSettings) {
    this.#settings = settings;
    this.#vocabulary = decoder.vocabulary;
    const { layers, ends: _, dtype: __, ...sizes } = decoder;
    const hear = listenerOf(new WeakRef(this));
    this.#loop = outside(() =>
      native.createLoop({ ...sizes, layers: layers.length, ...settings, prefillRows }, hear),
    );
    checkStatus('sampling');
    this.#weights = new PackedWeights(graph, this.#loop);
  }

  /** @returns a text where the graph is sampled through its modules: why */
  static of(graph: ModelGraph, options: EngineOptions = {}): DecodeEngine | string {
    return scope(() => {
      const decoder = describe(graph);
      return typeof decoder === 'string'
        ? decoder
        : new DecodeEngine(graph, decoder, settingsOf(graph, decoder, options));
    });
  }

  /** Whether a new one would be the same but for the weights. */
  fits(graph: ModelGraph): boolean {
    return scope(() => {
      const decoder = describe(graph);
      if (typeof decoder === 'string' || !this.isOpen) return false;
      const { threads, layerStorage, headStorage } = settingsOf(graph, decoder);
      const own = this.#settings;
      return threads === own.threads && layerStorage === own.layerStorage && headStorage === own.headStorage;
    });
  }

  /** Hears of an engine that is not collected yet. */
  static hear(engine: DecodeEngine, ...heard: Heard): void {
    engine.#hear(...heard);
  }

  /** The process and the engine live on while `work` is under way. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#checkOpen();
    if (this.#uses === 0) native.holdProcess(this.#loop, true);
    this.#uses += 1;
    inUse.add(this);
    try {
      return await work();
    } finally {
      this.#uses -= 1;
      if (this.#uses === 0) this.#rest();
    }
  }

  #rest(): void {
    inUse.delete(this);
    if (this.#closed !== null) return;
    native.holdProcess(this.#loop, false);
    if (this.#isRetired) this.close('no more calls were expected');
  }

  /** Closes it when nobody uses it any more. */
  retire(): void {
    this.#isRetired = true;
    if (this.#uses === 0) this.close('no more calls were expected');
  }

  /** The loop has the weights that the graph has now, also where they change meanwhile. */
  async refresh(): Promise<void> {
    this.#checkOpen();
    try {
      await this.#weights.refresh();
    } catch (error) {
      // The loop has weights in part, and samples nothing with them: neither for others.
      this.close((error as Error).message);
      throw error;
    }
    this.#checkOpen();
  }

  /**
   * @param tokens of the media that the batch has
   * @param scoreTemperature above 0: requests may ask for the log-probabilities of the prompts' tokens at this temperature
   * @returns a name for each node of the batch; they hold memory until they are released
   */
  addPrompts(batch: PackedBatch, tokens: EncodedTracks, scoreTemperature: number): number[] {
    this.#checkOpen();
    const wrong = batch.ids.find((id) => id < 0 || id >= this.#vocabulary);
    if (wrong !== undefined)
      throw new RangeError(`sampleBatch: token id ${wrong}; expected ids from 0 to ${this.#vocabulary - 1}`);
    const ids: number[] = [];
    for (const { parent, ...node } of nodeInputs(batch, tokens)) {
      this.#lastPrompt += 1;
      ids.push(this.#lastPrompt);
      native.addPrompt(this.#loop, {
        ...node,
        id: this.#lastPrompt,
        parent: parent < 0 ? -1 : ids[parent],
        gate: 0xffffffffffffffffn,
        scoreTemperature,
      });
      checkStatus('sampling');
    }
    return ids;
  }

  release(prompts: readonly number[]): void {
    if (this.#closed !== null) return;
    for (const id of prompts) native.releasePrompt(this.#loop, id);
  }

  /**
   * Together: they begin in one pass where there is room.
   * @param released prompts, released before any request has ended: none holds room of others longer
   * @returns a name each, for `abort`
   */
  submit(
    requests: readonly EngineRequest[],
    listener: EngineListener,
    released: readonly number[],
  ): number[] {
    this.#checkOpen();
    const named = requests.map(({ params, seen, ...request }) => {
      this.#lastRequest += 1;
      const { temperature, topK, topP, minP, repetitionPenalty, maxNewTokens } = params;
      const sampling = { temperature, topK, topP, minP, repetitionPenalty, maxNewTokens };
      return { id: this.#lastRequest, ...request, ...sampling, seen: this.#bits(seen) };
    });
    native.submit(this.#loop, named, released);
    checkStatus('sampling');
    for (const { id } of named) this.#listeners.set(id, listener);
    return named.map(({ id }) => id);
  }

  /** A bit a token; 0: no penalty. */
  #bits(seen: Iterable<number> | null): ArrayBuffer | 0 {
    if (seen === null) return 0;
    const words = new Uint32Array(Math.ceil(this.#vocabulary / panel));
    for (const token of seen) words[token >> 5] |= 1 << (token & 31);
    return words.buffer;
  }

  /** Its listener hears no more of it. */
  abort(request: number): void {
    if (this.#listeners.delete(request) && this.#closed === null) native.abortRequest(this.#loop, request);
  }

  get isOpen(): boolean {
    return this.#closed === null;
  }

  get stats(): SamplingStats {
    this.#checkOpen();
    return native.loopStats(this.#loop);
  }

  /** Frees the packed weights, keys and values. @param reason what requests that grow fail with */
  close(reason: string): void {
    if (this.#closed !== null) return;
    this.#closed = reason;
    native.closeLoop(this.#loop);
    this.#weights.close(reason);
    // A listener aborts its other requests.
    for (const [request, listener] of this.#listeners) {
      this.#listeners.delete(request);
      listener.failed(request, reason);
    }
  }

  #checkOpen(): void {
    if (this.#closed !== null) throw new SamplingError(`generate: ${this.#closed}`);
  }

  #hear(answers: Float64Array, problems: Record<number, string>, scores: Record<number, ArrayBuffer>): void {
    const heard = new Set<EngineListener>();
    for (let i = 0; i * numbersPerAnswer < answers.length; i += 1) {
      const [request, event, token, logprob] = answers.subarray(i * numbersPerAnswer);
      if (request < 0) {
        this.#weights.packed(request, problems[i] ?? null);
        continue;
      }
      const listener = this.#listeners.get(request);
      if (listener === undefined) continue;
      heard.add(listener);
      if (event === events.scores) {
        listener.scores(request, new Float32Array(scores[i]));
        continue;
      }
      if (event !== events.token) this.#listeners.delete(request);
      if (event === events.failed) listener.failed(request, problems[i]);
      else listener.token(request, token, logprob, lastEvents.get(event) ?? null);
    }
    for (const listener of heard) listener.step();
  }
}

type Heard = [answers: Float64Array, problems: Record<number, string>, scores: Record<number, ArrayBuffer>];

/** The loop must not hold its engine, and with it the graph. */
const listenerOf =
  (engine: WeakRef<DecodeEngine>) =>
  (answers: ArrayBuffer, ...more: [Heard[1], Heard[2]]): void => {
    const present = engine.deref();
    if (present !== undefined) DecodeEngine.hear(present, new Float64Array(answers), ...more);
  };

/** @returns a text where the graph has no decoder that an engine takes: why */
function describe(graph: ModelGraph): DecoderDescription | string {
  const { device, dtype } = graph.headWeight;
  if (device !== 'cpu') return `it is on ${device}`;
  if (!storages.has(dtype)) return `its weights are ${dtype}`;
  return graph.decoder?.() ?? 'its graph has no decoder() that describes its layers';
}

/** How weights, keys and values are stored, with the threads and bytes of the loop. */
interface EngineSettings extends Required<EngineOptions> {
  layerStorage: Storage;
  headStorage: Storage;
  cacheStorage: Storage;
}

type Storage = 'float32' | 'bfloat16';

/** The dtypes of heads, and how they are stored. */
const storages = new Map<DType, Storage>([
  ['float32', 'float32'],
  ['float16', 'float32'],
  ['bfloat16', 'bfloat16'],
]);

function settingsOf(
  { headWeight }: ModelGraph,
  decoder: DecoderDescription,
  {
    threads = torch.getNumThreads(),
    cacheBytes = kvCacheBytes ?? Math.floor(memoryBytes() * cacheFraction),
    keptBytes = Math.min(mostKeptBytes, Math.floor(memoryBytes() * keptFraction)),
  }: EngineOptions = {},
): EngineSettings {
  const layerStorage = decoder.dtype === 'bfloat16' ? 'bfloat16' : 'float32';
  return {
    threads,
    cacheBytes,
    keptBytes,
    layerStorage,
    headStorage: storages.get(headWeight.dtype) as Storage,
    cacheStorage: layerStorage,
  };
}
