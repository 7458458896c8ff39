/** Samples through the native loop: prompts as nodes, completions as requests, tokens as they come. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as macrotask } from 'node:timers/promises';
import { flattenTrees } from '../batch/index.js';
import { scope } from '../tensor/index.js';
import type { DecodeEngine, EngineListener } from './decode-engine.js';
import { EncodedMedia } from './encoded-media.js';
import { checkRoom, type SampleTask } from './sample-task.js';
import { SamplingError } from './sample-tokens.js';
import { append, end, type Sequence } from './sequence.js';

export function sampleByEngine(engine: DecodeEngine, task: SampleTask): Promise<Sequence[]> {
  checkResults(task);
  return engine.during(() => sampleWith(engine, task));
}

/** Of a token's id and log-probability in lists, and of a completion's objects. */
const bytesPerToken = 16;
const bytesPerCompletion = 1024;

/** Keys and values wait for room, results are there all at once. */
function checkResults({ prompts, params }: SampleTask): void {
  const { numGenerations, maxNewTokens } = params;
  const each = bytesPerCompletion + bytesPerToken * maxNewTokens;
  checkRoom(prompts.length, params, 'results', prompts.length * numGenerations * each);
}

async function sampleWith(engine: DecodeEngine, task: SampleTask): Promise<Sequence[]> {
  const { graph, params, options } = task;
  // A prompt's nodes are its own whatever it is sampled with.
  const batch = flattenTrees(
    task.trees.map(({ tree }) => tree),
    graph.layOut,
    { apart: true },
  );
  const sequences = task.sequences(batch.ends);
  const { signal } = options;
  const abortAll = (): Sequence[] => {
    for (const sequence of sequences) end(sequence, 'abort', options);
    return sequences;
  };
  if (signal?.aborted) return abortAll();
  // Tokens that the caller keeps belong to the caller's scope.
  const within =
    options.media === undefined
      ? scope<Promise<number[] | null>>
      : (work: () => Promise<number[] | null>) => work();
  const nodes = await within(async () => {
    const media = options.media ?? new EncodedMedia(graph);
    if (!(await encode(media, task))) return null;
    await engine.refresh();
    if (signal?.aborted) return null;
    const scores = options.onPromptLogprobs !== undefined;
    return engine.addPrompts(batch, media.tokens, scores ? params.temperature || 1 : 0);
  });
  if (nodes === null) return abortAll();
  let completions: Completions;
  try {
    completions = new Completions(engine, task, sequences, nodes);
  } catch (error) {
    engine.release(nodes);
    throw error;
  }
  await completions.finished;
  return sequences;
}

/**
 * Runs the towers over one clip after the other: its tokens have the same bits whatever other clips there are, and the event
 * loop turns in between. -> false: the signal came
 */
async function encode(media: EncodedMedia, { prompts, options: { signal } }: SampleTask): Promise<boolean> {
  for (const prompt of prompts) {
    const before = media.tokens.size;
    media.encode([prompt]);
    // Signals come between tasks.
    if (media.tokens.size > before) await macrotask();
    if (signal?.aborted) return false;
  }
  return true;
}

/** The requests of one call. */
class Completions implements EngineListener {
  readonly finished: Promise<void>;
  readonly #task: SampleTask;
  readonly #engine: DecodeEngine;
  readonly #growing = new Map<number, Sequence>();
  /** The caller's listeners hear in the caller's context. */
  readonly #inContext = AsyncLocalStorage.snapshot();
  #resolve = (): void => {};
  #reject = (_: unknown): void => {};

  constructor(
    engine: DecodeEngine,
    task: SampleTask,
    sequences: readonly Sequence[],
    nodes: readonly number[],
  ) {
    this.#engine = engine;
    this.#task = task;
    const { params, options } = task;
    const { signal, stopIds } = options;
    const abort = (): void => this.#guarded(() => this.#abort());
    this.finished = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    }).finally(() => signal?.removeEventListener('abort', abort));
    const requests = sequences.map(({ end: place, key, seen, index }) => {
      const wantsScores = options.onPromptLogprobs !== undefined && index === 0;
      return { prompt: nodes[place.node], next: place.next, key, params, stopIds, seen, wantsScores };
    });
    for (const [i, request] of engine.submit(requests, this, nodes).entries())
      this.#growing.set(request, sequences[i]);
    signal?.addEventListener('abort', abort);
    // It may have come since it was looked at.
    if (signal?.aborted) abort();
  }

  token(request: number, id: number, logprob: number, why: 'stop' | 'length' | null): void {
    this.#guarded(() => {
      const sequence = this.#growing.get(request) as Sequence;
      append(sequence, id, logprob, why === 'length', this.#task.options);
      if (sequence.finishReason === null) return;
      // A stop string ends it before the loop hears of it.
      if (why === null) this.#engine.abort(request);
      this.#growing.delete(request);
    });
  }

  scores(request: number, scores: Float32Array): void {
    const { prompt } = this.#growing.get(request) as Sequence;
    const logprobs = [...scores].map((logprob) => (Number.isNaN(logprob) ? null : logprob));
    this.#guarded(() => this.#task.options.onPromptLogprobs?.(prompt, logprobs));
  }

  step(): void {
    this.#guarded(() => this.#task.options.onStep?.(this.#growing.size));
    if (this.#growing.size === 0) this.#resolve();
  }

  failed(request: number, problem: string): void {
    const { prompt, index, ids } = this.#growing.get(request) as Sequence;
    const name = `generate: sample '${this.#task.prompts[prompt].id}', completion ${index}, step ${ids.length}`;
    this.#fail(new SamplingError(`${name}: ${problem}`));
  }

  /** What a listener of the caller throws ends the call. */
  #guarded(work: () => void): void {
    try {
      this.#inContext(work);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    for (const request of this.#growing.keys()) this.#engine.abort(request);
    this.#growing.clear();
    this.#reject(error);
  }

  #abort(): void {
    for (const [request, sequence] of this.#growing) {
      this.#engine.abort(request);
      // One whose end a listener hears just now has ended.
      if (sequence.finishReason === null) end(sequence, 'abort', this.#task.options);
    }
    this.#growing.clear();
    this.#resolve();
  }
}
