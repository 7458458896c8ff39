/**
 * The sampler's copy of a decoder's weights: packed by the loop's thread, a layer at a time into the memory of the old one.
 * The loop samples nothing before all layers are of one state of the graph.
 */
import type { DecoderDescription, ModelGraph } from '../models/index.js';
import { checkStatus, native } from '../runtime/index.js';
import { scope, Tensor, torch } from '../tensor/index.js';
import { SamplingError } from './sample-tokens.js';

export class PackedWeights {
  readonly #graph: ModelGraph;
  readonly #loop: unknown;
  /** Of what is packed. */
  #versions: readonly number[] = [];
  #packing: Promise<void> | null = null;
  #closed: string | null = null;
  /** Names of parts are below 0: those of requests are above. */
  #lastPart = 0;
  readonly #parts = new Map<number, (problem: string | null) => void>();

  constructor(graph: ModelGraph, loop: unknown) {
    this.#graph = graph;
    this.#loop = loop;
  }

  /** @throws SamplingError where there is no memory for them, or the loop is closed */
  async refresh(): Promise<void> {
    try {
      while (!isSame(this.#versions, versionsOf(this.#graph))) {
        // Each caller hears of its own failure.
        if (this.#packing !== null) await this.#packing.catch(() => {});
        else await this.#start();
      }
    } catch (error) {
      // The graph may be disposed between two parts.
      throw this.#closed === null ? error : new SamplingError(`generate: ${this.#closed}`);
    }
  }

  /** The loop has read a part. */
  packed(part: number, problem: string | null): void {
    const resolve = this.#parts.get(part);
    this.#parts.delete(part);
    resolve?.(problem);
  }

  close(problem: string): void {
    this.#closed = problem;
    for (const part of this.#parts.keys()) this.packed(part, problem);
  }

  #start(): Promise<void> {
    this.#packing = this.#pack().finally(() => {
      this.#packing = null;
    });
    return this.#packing;
  }

  async #pack(): Promise<void> {
    this.#versions = [];
    let versions: readonly number[];
    do {
      versions = versionsOf(this.#graph);
      const { layers, ends } = scope(() => this.#graph.decoder?.() as DecoderDescription);
      for (const [index, layer] of layers.entries())
        await this.#part((id) => native.packLayer(this.#loop, id, index, handles(layer())));
      await this.#part((id) => {
        const { finalNorm, head, embedding } = ends();
        const table = embedding === head ? null : embedding;
        native.packEnds(this.#loop, id, handles({ finalNorm, head, embedding: table }));
      });
      // Weights that changed meanwhile were read in part before, in part after it.
    } while (!isSame(versions, versionsOf(this.#graph)));
    native.resumeLoop(this.#loop);
    this.#versions = versions;
  }

  /** What is merged for the part lives until the loop has read it. */
  #part(send: (id: number) => void): Promise<void> {
    return scope(async () => {
      this.#lastPart -= 1;
      const id = this.#lastPart;
      const answer = new Promise<string | null>((resolve) => this.#parts.set(id, resolve));
      send(id);
      checkStatus('sampling');
      const problem = await answer;
      if (problem !== null) throw new SamplingError(`generate: ${problem}`);
    });
  }
}

/** Other numbers where a parameter is another tensor, or was changed in place. */
function versionsOf(graph: ModelGraph): number[] {
  return graph
    .parameters()
    .flatMap((parameter) => [parameter.handle, torch.ops.aten._version(parameter) as number]);
}

const isSame = (one: readonly number[], other: readonly number[]): boolean =>
  one.length === other.length && one.every((version, i) => version === other[i]);

/** Tensors as handles, 0 for none. */
const handles = (object: object): object =>
  Object.fromEntries(
    Object.entries(object).map(([name, value]) => [
      name,
      value instanceof Tensor ? value.handle : (value ?? 0),
    ]),
  );
