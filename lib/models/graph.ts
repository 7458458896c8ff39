/**
 * What sampler, trainers and evaluation need of a model's network. It is an interface, so that a program may bring a graph
 * of its own. Every family (families/) has a class that implements it.
 */
import type {
  AudioInput,
  EncodedTrack,
  LayOut,
  MediaEmbeddings,
  Packed,
  VisionInput,
} from '../batch/index.js';
import type { LoraAdapter, Module } from '../nn/index.js';
import type { Device, DType, StateDict, Tensor } from '../tensor/index.js';
import type { AdapterOptions, AdapterReport } from './adapter.js';
import type { FixedPass, FixedSteps } from './blocks/fixed-steps.js';
import type { KvCache } from './blocks/kv-cache.js';
import type { DecoderDescription } from './decoder.js';

export interface ForwardOptions {
  /** Tokens of the towers computed before; left out, the towers run on the media of the packed input. */
  media?: MediaEmbeddings;
  /**
   * The sequence continues what the cache holds; row i of it is stored at `rows[i]` (int64 [T]). `fixed`: see `fixedSteps`.
   */
  cache?: { store: KvCache; rows: Tensor; fixed?: FixedPass };
  /**
   * Rows of the packed input, rising, whose hidden states alone are wanted, so that the last layer computes little else. A graph
   * may return those of all rows instead.
   */
  rows?: readonly number[];
}

/** Media of clips in order: what the towers read, or the tokens that they made of it before. */
export interface MediaInputs {
  vision?: VisionInput | EncodedTrack;
  audio?: AudioInput | EncodedTrack;
}

/** Tensors live on the device of `headWeight`: inputs are expected there, and what the graph makes stands there. */
export interface ModelGraph {
  /** `model_type` of config.json. */
  readonly modelType: string;
  /** Plain JSON that describes the network; only the family knows its fields. */
  readonly config: object;
  /** Ids are below it. */
  readonly vocabSize: number;
  /** Weights of the output head, [vocabSize, hidden]: logits of chosen rows are `hidden[rows] W^T`. */
  readonly headWeight: Tensor;

  parameters(): Tensor[];
  namedParameters(): [string, Tensor][];
  /** The graph's modules; left out: trainers know norms by the names of their parameters alone. */
  modules?(): Module[];
  /** Shares memory with the graph. */
  stateDict(): StateDict;
  /** Copies weights by name; with `assign` the graph takes the tensors themselves. @throws Error when names or shapes differ */
  loadStateDict(stateDict: Readonly<StateDict>, options?: { assign?: boolean }): unknown;
  /** Weights of embedding tables. */
  embeddings(): Tensor[];
  /** Parameters of each tower that the graph has, projection to the decoder's width included. */
  towers(): { vision?: Tensor[]; audio?: Tensor[] };
  /** Of the towers' parameters, those of the projections to the decoder's width; left out: the graph has none of its own. */
  aligner?(): Tensor[];

  train(mode?: boolean): ModelGraph;
  eval(): ModelGraph;
  requiresGrad_(requiresGrad?: boolean): ModelGraph;
  to(target: DType | Device | { dtype?: DType; device?: Device }): ModelGraph;
  /** Sets the dtype of all matrix products; null: that of the weights. */
  computeIn(dtype: DType | null): ModelGraph;
  /**
   * Whether training passes compute the decoder's layers again in backward instead of keeping what they computed. Left out:
   * the graph cannot.
   */
  gradientCheckpointing?: boolean;
  /** A graph with the same configuration and a copy of the weights. */
  clone(): ModelGraph;
  /** The folder that the weights were read from; absent or null: they are of no folder, or were changed since. */
  source?: string | null;
  /** What is trained in place of the weights; absent or null: nothing is. It is among the parameters, not in the state dict. */
  readonly adapter?: LoraAdapter | null;
  dispose(): void;

  /** Positions of a prompt's tokens. */
  readonly layOut: LayOut;
  /** Runs the towers, once for any number of passes over their tokens; encoded media is passed on. */
  encodeMedia(media: MediaInputs): MediaEmbeddings;
  /** -> normalised hidden states [T, hidden], in the order of the packed rows; see `ForwardOptions.rows` */
  forward(packed: Packed, options?: ForwardOptions): Tensor;

  /**
   * The decoder and its head for an engine that samples without the modules, as they are now; left out or null: sampling
   * goes through `forward`.
   */
  decoder?(): DecoderDescription | null;

  /**
   * A graph that has it takes `cache.fixed`, and then launches the same kernels with the same tensors for every step over one
   * node table, whatever their values are, so that steps are captured on a GPU. Left out or null: it cannot.
   */
  readonly fixedSteps?: FixedSteps | null;

  /** Room for the keys and values of `rows` tokens. */
  newCache(rows: number): KvCache;
  /** Bytes of such a cache. */
  cacheBytes(rows: number): number;
  /**
   * Bytes that one training pass keeps for its backward pass: of `tokens` packed tokens, `scored` of them scored against
   * the vocabulary. An estimate.
   * @param recomputed with gradientCheckpointing
   */
  activationBytes(tokens: number, scored: number, recomputed?: boolean): number;
}

/** A graph of a listed family; see `GraphModule`. */
export interface FamilyGraph extends ModelGraph {
  clone(): FamilyGraph;
  readonly adapter: LoraAdapter | null;
  addAdapter(options?: AdapterOptions): AdapterReport;
  adapterReport(): AdapterReport;
  saveAdapter(folder: string): void;
  loadAdapter(folder: string): AdapterReport;
  withoutAdapter<T>(run: () => T): T;
  mergeAdapter(): void;
  removeAdapter(): void;
  /** Logits of every token of a text, float32 [T, vocab]; differentiable. */
  logits(input: { inputIds: readonly number[] }): Tensor;
  /** The ids of a text's greedy continuation, without stop ids. */
  generateIds(inputIds: readonly number[], options: { maxNewTokens: number }): number[];
}
