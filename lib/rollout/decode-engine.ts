/**
 * The native sampling loop of one graph: weights packed for products of few rows, and a thread that computes the next tokens
 * of all requests together (native/sampler). Prompts and requests go in, tokens come back in batches between tasks of the
 * event loop.
 */
import type { Packed, PackedBatch } from '../batch/index.js';
import type { SamplingParams } from '../data/index.js';
import { type DecoderDescription, type ModelGraph, memoryBytes } from '../models/index.js';
import { checkStatus, native } from '../runtime/index.js';
import { scope, Tensor, torch } from '../tensor/index.js';

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

export class DecodeEngine {
  readonly #graph: ModelGraph;
  readonly #loop: unknown;
  readonly #listeners = new Map<number, EngineListener>();
  #versions: number[];
  readonly #vocabulary: number;
  /** The threads that it was made with. */
  readonly threads: number;
  #lastPrompt = 0;
  #lastRequest = 0;

  private constructor(graph: ModelGraph, decoder: DecoderDescription, threads: number) {
    this.#graph = graph;
    this.threads = threads;
    this.#vocabulary = decoder.head.shape[0];
    this.#versions = versionsOf(graph);
    this.#loop = native.createLoop(
      {
        ...wire(graph, decoder),
        threads,
        cacheBytes: Math.floor(memoryBytes() * cacheFraction),
        prefillRows,
      },
      (answers, problems) => this.#hear(new Float64Array(answers), problems),
    );
    checkStatus('sampling');
  }

  /** null where the graph has no such decoder, or is not on the CPU. */
  static of(graph: ModelGraph): DecodeEngine | null {
    if (graph.headWeight.device !== 'cpu') return null;
    return scope(() => {
      const decoder = graph.decoder?.() ?? null;
      return decoder === null ? null : new DecodeEngine(graph, decoder, torch.getNumThreads());
    });
  }

  /** Packs the weights anew where they changed. */
  refresh(): void {
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
    for (const id of prompts) native.releasePrompt(this.#loop, id);
  }

  /** Together: they begin in one pass where there is room. @returns a name each, for `abort` */
  submit(requests: readonly EngineRequest[], listener: EngineListener): number[] {
    if (this.#listeners.size === 0) native.holdProcess(this.#loop, true);
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
    if (this.#listeners.has(request)) native.abortRequest(this.#loop, request);
    this.#end(request);
  }

  /** Bytes of keys and values at their most. */
  get peakCacheBytes(): number {
    return native.peakCacheBytes(this.#loop);
  }

  close(): void {
    native.closeLoop(this.#loop);
    const left = [...this.#listeners];
    this.#listeners.clear();
    for (const [request, listener] of left) listener.failed(request, 'the engine was closed');
  }

  #hear(answers: Float64Array, problems: Record<number, string>): void {
    const heard = new Set<EngineListener>();
    for (let i = 0; i * numbersPerAnswer < answers.length; i += 1) {
      const [request, event, token, logprob] = answers.subarray(i * numbersPerAnswer);
      const listener = this.#listeners.get(request);
      if (listener === undefined) continue;
      heard.add(listener);
      if (event !== events.token) this.#end(request);
      if (event === events.failed) listener.failed(request, problems[i]);
      else listener.token(request, token, logprob, lastEvents.get(event) ?? null);
    }
    for (const listener of heard) listener.step();
  }

  #end(request: number): void {
    if (this.#listeners.delete(request) && this.#listeners.size === 0) native.holdProcess(this.#loop, false);
  }
}

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
  const storage = graph.headWeight.dtype === 'float32' ? 'float32' : 'bfloat16';
  return { ...handles(decoder), layers: decoder.layers.map(handles), weights: storage, cache: storage };
}
