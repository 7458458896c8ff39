/**
 * What the graphs of all families have in common: passes over text, mixed precision, copies, and an adapter. The adapter is
 * part of the graph's parameters, and no part of its state dict: `saveAdapter` and `loadAdapter` hold its weights.
 */
import type { LayOut, MediaEmbeddings, Packed } from '../batch/index.js';
import { Linear, LoraAdapter, type LoraOptions, Module, type StateDict } from '../nn/index.js';
import { type DType, scope, type Tensor } from '../tensor/index.js';
import type { AdapterOptions, AdapterReport } from './adapter.js';
import { freeAttached } from './attached.js';
import type { KvCache } from './blocks/kv-cache.js';
import type { TextDecoder } from './blocks/text-decoder.js';
import type { KeyMap } from './checkpoint/key-map.js';
import { cloneGraph } from './clone.js';
import type { FamilyGraph, ForwardOptions, MediaInputs, ModelGraph } from './graph.js';
import { copyFileNames, readAdapter, saveAdapter, setFileNames } from './peft-files.js';
import { generateIds, textLogits } from './text-pass.js';

/** @throws TypeError for a graph of a program's own that has no adapters */
export function adaptable(graph: ModelGraph): FamilyGraph {
  if (graph instanceof GraphModule) return graph;
  throw new TypeError(`a graph of ${graph.modelType} has no adapters; expected one of a listed family`);
}

/** A family's class is built from its configuration alone. */
export abstract class GraphModule extends Module implements FamilyGraph {
  abstract readonly modelType: string;
  abstract readonly config: object;
  abstract readonly vocabSize: number;
  abstract readonly model: TextDecoder;
  /** null: the head is the embeddings' table. */
  abstract readonly lm_head: Linear | null;
  abstract readonly layOut: LayOut;
  /** Of the family: names in files. */
  protected abstract readonly keys: KeyMap;
  source: string | null = null;
  // Private: the adapter is no child of the base model.
  #adapter: LoraAdapter | null = null;

  abstract towers(): { vision?: Tensor[]; audio?: Tensor[] };
  abstract encodeMedia(media: MediaInputs): MediaEmbeddings;
  abstract override forward(packed: Packed, options?: ForwardOptions): Tensor;
  abstract newCache(rows: number): KvCache;
  abstract cacheBytes(rows: number): number;
  abstract activationBytes(tokens: number, scored: number): number;

  /** Weights of the output head, [vocab, hidden]: logits of chosen rows are `hidden[rows] W^T`. */
  get headWeight(): Tensor {
    return (this.lm_head ?? this.model.embed_tokens).weight;
  }

  get gradientCheckpointing(): boolean {
    return this.model.gradientCheckpointing;
  }

  set gradientCheckpointing(recomputes: boolean) {
    this.model.gradientCheckpointing = recomputes;
  }

  embeddings(): Tensor[] {
    return [this.model.embed_tokens.weight];
  }

  /** Logits of every token of a text, float32 [T, vocab]; differentiable. */
  logits(input: { inputIds: readonly number[] }): Tensor {
    return textLogits(this, input);
  }

  /** Greedy continuation of a text without stop ids. */
  generateIds(inputIds: readonly number[], options: { maxNewTokens: number }): number[] {
    return generateIds(this, inputIds, options);
  }

  /**
   * Sets the dtype of all matrix products. 'bfloat16' with float32 weights is mixed precision: residuals, norms,
   * the head, gradients and weights stay float32, and products take about half the time on CPUs that have them.
   */
  computeIn(dtype: DType | null): this {
    for (const module of this.modules()) if (module instanceof Linear) module.computeDtype = dtype;
    return this;
  }

  /** A graph with a copy of the weights, and of the adapter. */
  clone(): this {
    const Family = this.constructor as new (config: object) => this;
    const copy = cloneGraph<this>(this, () => new Family(this.config));
    copy.source = this.source;
    const adapter = this.#adapter;
    if (adapter !== null)
      scope(() =>
        copyFileNames(
          adapter,
          copy.#attach(adapter.options, (own) => own.assign(adapter.stateDict())),
        ),
      );
    return copy;
  }

  get adapter(): LoraAdapter | null {
    return this.#adapter;
  }

  /**
   * Adds LoRA updates, whose parameters alone are trained then: all others are frozen.
   * @throws Error when the graph has an adapter, or the options match no module or one that cannot be changed
   */
  addAdapter(options: AdapterOptions = {}): AdapterReport {
    this.#attach({ ...options, targetModules: options.targetModules ?? this.#textLayers() });
    return this.adapterReport();
  }

  /** What the adapter changes. */
  adapterReport(): AdapterReport {
    const { updates, copies } = this.#present('adapterReport').targets();
    const towers = this.#layersOfTowers();
    const of = (tower: 'text' | 'vision' | 'audio') =>
      updates.filter((name) => (towers.get(name) ?? 'text') === tower);
    return { text: of('text'), vision: of('vision'), audio: of('audio'), saved: copies };
  }

  /** Writes the adapter as a folder of PEFT. */
  saveAdapter(folder: string): void {
    saveAdapter(this.#present('saveAdapter'), folder, this.source);
  }

  /** Adds the adapter in a folder of PEFT. @throws FileError, SafetensorsError; Error when the graph has an adapter */
  loadAdapter(folder: string): AdapterReport {
    this.#checkNone('loadAdapter');
    const model = { keys: this.keys, weights: () => this.stateDict() };
    readAdapter(folder, model, (options, fill) => this.#attach(options, fill));
    return this.adapterReport();
  }

  /** Calls `run`, in which the graph is the base model alone; without an adapter it simply calls it. */
  withoutAdapter<T>(run: () => T): T {
    return this.#adapter === null ? run() : this.#adapter.without(run);
  }

  /** Writes the adapter into the base weights, and removes it. The weights stay frozen: see `requiresGrad_`. */
  mergeAdapter(): void {
    this.#present('mergeAdapter').merge();
    this.#adapter = null;
    this.source = null;
  }

  /** Removes the adapter and frees it. The base weights stay frozen: see `requiresGrad_`. */
  removeAdapter(): void {
    this.#present('removeAdapter').remove();
    this.#adapter = null;
  }

  /** Parameters of the base model, then those of the adapter under `adapter.<name in PEFT>`. */
  override namedParameters(): [string, Tensor][] {
    const base = this.withoutAdapter(() => super.namedParameters());
    const own = this.#adapter?.namedParameters() ?? [];
    return [...base, ...own.map(([name, tensor]): [string, Tensor] => [`adapter.${name}`, tensor])];
  }

  /** Of the base model alone. */
  override stateDict(): StateDict {
    return this.withoutAdapter(() => super.stateDict());
  }

  override loadStateDict(...args: Parameters<Module['loadStateDict']>): ReturnType<Module['loadStateDict']> {
    return this.withoutAdapter(() => super.loadStateDict(...args));
  }

  override train(mode = true): this {
    this.#adapter?.train(mode);
    return super.train(mode);
  }

  override to(target: Parameters<Module['to']>[0]): this {
    this.#adapter?.to(target);
    return this.withoutAdapter(() => super.to(target));
  }

  override dispose(): void {
    freeAttached(this);
    this.#adapter?.remove();
    this.#adapter = null;
    super.dispose();
  }

  #attach(options: LoraOptions, fill?: (adapter: LoraAdapter) => void): LoraAdapter {
    this.#checkNone('addAdapter');
    const refuse = (module: Module, how: 'update' | 'copy') => this.#headProblem(module, how);
    const names = (name: string) => [name, ...this.keys.spellings(name)];
    this.#adapter = new LoraAdapter(this, options, { names, fill, refuse });
    setFileNames(
      this.#adapter,
      this.keys,
      this.namedModules()
        .map(([name]) => name)
        .filter((name) => name !== ''),
    );
    return this.#adapter.train(this.training);
  }

  /** Losses and the sampler read the head's weights, and call no layer. */
  #headProblem(module: Module, how: 'update' | 'copy'): string | null {
    if (!module.parameters().includes(this.headWeight)) return null;
    const isTied = this.embeddings().includes(this.headWeight);
    if (isTied) return 'the head has the same weights (tied), and would lack the change; leave it out';
    if (how === 'copy') return null;
    return 'an update of the head is not implemented: losses read its weights alone; put it into modulesToSave';
  }

  #checkNone(method: string): void {
    if (this.#adapter !== null)
      throw new Error(
        `${method}: the graph has an adapter already; call mergeAdapter() or removeAdapter() first`,
      );
  }

  #present(method: string): LoraAdapter {
    if (this.#adapter !== null) return this.#adapter;
    throw new Error(`${method}: the graph has no adapter; call addAdapter() or loadAdapter() first`);
  }

  #layersOfTowers(): Map<string, 'vision' | 'audio'> {
    const { vision = [], audio = [] } = this.withoutAdapter(() => this.towers());
    const found = new Map<string, 'vision' | 'audio'>();
    for (const [name, { weight }] of this.#linearLayers()) {
      if (vision.includes(weight)) found.set(name, 'vision');
      if (audio.includes(weight)) found.set(name, 'audio');
    }
    return found;
  }

  #linearLayers(): [string, Linear][] {
    return this.namedModules().filter((named): named is [string, Linear] => named[1] instanceof Linear);
  }

  /** The last parts of their names, or the whole names where a layer outside the decoder ends like one. */
  #textLayers(): string[] {
    const towers = this.#layersOfTowers();
    const layers = this.#linearLayers().filter(([, { weight }]) => weight !== this.headWeight);
    const last = (name: string) => name.slice(name.lastIndexOf('.') + 1);
    const text = layers.map(([name]) => name).filter((name) => !towers.has(name));
    const ends = [...new Set(text.map(last))];
    return layers.some(([name]) => towers.has(name) && ends.includes(last(name))) ? text : ends;
  }
}
