/**
 * The native sampling loop of one graph: weights packed for products of few rows, and a thread that computes the next tokens
 * of all requests together (native/sampler). Prompts and requests go in, tokens come back in batches between tasks of the
 * event loop.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Packed, PackedBatch } from '../batch/index.js';
import type { SamplingParams } from '../data/index.js';
import { type DecoderDescription, type ModelGraph, memoryBytes } from '../models/index.js';
import { checkStatus, native } from '../runtime/index.js';
import { type DType, scope, Tensor, torch } from '../tensor/index.js';
import { SamplingError } from './sample-tokens.js';

/** One completion to sample. */
export interface EngineRequest {
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
}

/** Who asks: hears of its requests by name. */
export interface EngineListener {
  /** @param end why this token is the last one; null: it goes on */
  token(request: number, id: number, logprob: number, end: 'stop' | 'length' | null): void;
  failed(request: number, problem: string): void;
  /** After the tokens of one pass. */
  step(): void;
}

/** Of the answers, by number: native/sampler/requests.h. */
const events = { token: 0, stop: 1, length: 2, failed: 4 } as const;
const lastEvents = new Map<number, 'stop' | 'length'>([
  [events.stop, 'stop'],
  [events.length, 'length'],
]);
const numbersPerAnswer = 5;
const panel = 32;
/** Rows of prompts in one pass. */
const prefillRows = 512;
/** Part of the machine's memory that keys and values may take. */
const cacheFraction = 0.5;
/** The dtypes of heads, and how weights, keys and values are stored for them. */
const storages = new Map<DType, 'float32' | 'bfloat16'>([
  ['float32', 'float32'],
  ['float16', 'float32'],
  ['bfloat16', 'bfloat16'],
]);

/** Engines in use, which nothing else may hold. */
const inUse = new Set<DecodeEngine>();
/** The loop outlives the call that makes it, whose context it must not hold. */
const outside = AsyncLocalStorage.snapshot();

export interface EngineOptions {
  threads?: number;
  /** Of keys and values. */
  cacheBytes?: number;
}

export class DecodeEngine {
  readonly #graph: ModelGraph;
  readonly #loop: unknown;
  readonly #listeners = new Map<number, EngineListener>();
  #versions: number[];
  readonly #vocabulary: number;
  readonly #threads: number;
  readonly #dtype: DType;
  #lastPrompt = 0;
  #lastRequest = 0;
  #uses = 0;
  #isRetired = false;
  /** Why it is closed. */
  #closed: string | null = null;

  private constructor(graph: ModelGraph, decoder: DecoderDescription, options: Required<EngineOptions>) {
    this.#graph = graph;
    this.#threads = options.threads;
    this.#dtype = graph.headWeight.dtype;
    this.#vocabulary = decoder.head.shape[0];
    this.#versions = versionsOf(graph);
    const settings = { ...wire(graph, decoder), ...options, prefillRows };
    const hear = listenerOf(new WeakRef(this));
    this.#loop = outside(() => native.createLoop(settings, hear));
    checkStatus('sampling');
  }

  /** null where the graph has no such decoder, is not on the CPU, or is of another dtype. */
  static of(graph: ModelGraph, options: EngineOptions = {}): DecodeEngine | null {
    const { device, dtype } = graph.headWeight;
    if (device !== 'cpu' || !storages.has(dtype)) return null;
    const { threads = torch.getNumThreads(), cacheBytes = Math.floor(memoryBytes() * cacheFraction) } =
      options;
    return scope(() => {
      const decoder = graph.decoder?.() ?? null;
      return decoder === null ? null : new DecodeEngine(graph, decoder, { threads, cacheBytes });
    });
  }

  /** Whether a new one would be the same but for the weights. */
  fits({ headWeight: { device, dtype } }: ModelGraph): boolean {
    return device === 'cpu' && dtype === this.#dtype && torch.getNumThreads() === this.#threads;
  }

  /** Hears of an engine that is not collected yet. */
  static hear(engine: DecodeEngine, answers: Float64Array, problems: Record<number, string>): void {
    engine.#hear(answers, problems);
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

  /** Packs the weights anew where they changed. */
  refresh(): void {
    this.#checkOpen();
    const versions = versionsOf(this.#graph);
    if (
      versions.length === this.#versions.length &&
      versions.every((version, i) => version === this.#versions[i])
    )
      return;
    scope(() => {
      native.setWeights(this.#loop, wire(this.#graph, this.#graph.decoder?.() as DecoderDescription));
      checkStatus('sampling');
    });
    this.#versions = versions;
  }

  /** What the decoder reads of packed prompts, [T, hidden]. */
  embed(packed: Packed): Tensor {
    if (this.#graph.embedInputs === undefined)
      throw new Error('a graph with decoder() has embedInputs() too: it gives the embeddings of prompts');
    return this.#graph.embedInputs(packed);
  }

  /**
   * @param embeddings of the batch's rows, [T, hidden]
   * @param positions [3, T]
   * @param modality uint8 [T]
   * @returns a name for each node of the batch; they hold memory until they are released
   */
  addPrompts(
    { nodes }: Pick<PackedBatch, 'nodes'>,
    embeddings: Tensor,
    positions: Tensor,
    modality: Tensor,
  ): number[] {
    this.#checkOpen();
    const ids: number[] = [];
    for (const { q, parent = -1 } of nodes) {
      const rows = [q[0], q[1] - q[0]] as const;
      this.#lastPrompt += 1;
      ids.push(this.#lastPrompt);
      scope(() =>
        native.addPrompt(this.#loop, {
          id: this.#lastPrompt,
          parent: parent < 0 ? -1 : ids[parent],
          embeddings: embeddings.narrow(0, ...rows).handle,
          positions: positions.narrow(1, ...rows).handle,
          modality: modality.narrow(0, ...rows).handle,
          gate: 0xffffffffffffffffn,
        }),
      );
      checkStatus('sampling');
    }
    return ids;
  }

  release(prompts: readonly number[]): void {
    if (this.#closed !== null) return;
    for (const id of prompts) native.releasePrompt(this.#loop, id);
  }

  /** Together: they begin in one pass where there is room. @returns a name each, for `abort` */
  submit(requests: readonly EngineRequest[], listener: EngineListener): number[] {
    this.#checkOpen();
    const named = requests.map(({ params, seen, ...request }) => {
      this.#lastRequest += 1;
      const { temperature, topK, topP, minP, repetitionPenalty, maxNewTokens } = params;
      const sampling = { temperature, topK, topP, minP, repetitionPenalty, maxNewTokens };
      return { id: this.#lastRequest, ...request, ...sampling, seen: this.#bits(seen) };
    });
    for (const { id } of named) this.#listeners.set(id, listener);
    native.submit(this.#loop, named);
    checkStatus('sampling');
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

  /** Bytes of keys and values at their most. */
  get peakCacheBytes(): number {
    return native.peakCacheBytes(this.#loop);
  }

  /** Frees the packed weights, keys and values. @param reason what requests that grow fail with */
  close(reason: string): void {
    if (this.#closed !== null) return;
    this.#closed = reason;
    native.closeLoop(this.#loop);
    // A listener aborts its other requests.
    for (const [request, listener] of this.#listeners) {
      this.#listeners.delete(request);
      listener.failed(request, reason);
    }
  }

  #checkOpen(): void {
    if (this.#closed !== null) throw new SamplingError(`generate: ${this.#closed}`);
  }

  #hear(answers: Float64Array, problems: Record<number, string>): void {
    const heard = new Set<EngineListener>();
    for (let i = 0; i * numbersPerAnswer < answers.length; i += 1) {
      const [request, event, token, logprob] = answers.subarray(i * numbersPerAnswer);
      const listener = this.#listeners.get(request);
      if (listener === undefined) continue;
      heard.add(listener);
      if (event !== events.token) this.#listeners.delete(request);
      if (event === events.failed) listener.failed(request, problems[i]);
      else listener.token(request, token, logprob, lastEvents.get(event) ?? null);
    }
    for (const listener of heard) listener.step();
  }
}

/** The loop must not hold its engine, and with it the graph. */
const listenerOf =
  (engine: WeakRef<DecodeEngine>) =>
  (answers: ArrayBuffer, problems: Record<number, string>): void => {
    const present = engine.deref();
    if (present !== undefined) DecodeEngine.hear(present, new Float64Array(answers), problems);
  };

/** Other numbers where a parameter is another tensor, or was changed in place. */
function versionsOf(graph: ModelGraph): number[] {
  return graph
    .parameters()
    .flatMap((parameter) => [parameter.handle, torch.ops.aten._version(parameter) as number]);
}

/** Tensors as handles. */
function wire(graph: ModelGraph, decoder: DecoderDescription): object {
  const handles = (object: object): object =>
    Object.fromEntries(
      Object.entries(object).map(([name, value]) => [
        name,
        value instanceof Tensor ? value.handle : (value ?? 0),
      ]),
    );
  const storage = storages.get(graph.headWeight.dtype);
  return { ...handles(decoder), layers: decoder.layers.map(handles), weights: storage, cache: storage };
}
