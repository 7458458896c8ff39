/** An adapter: updates of layers (lora-layers.ts), and copies of parameters that are trained whole. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { nearest } from '../runtime/index.js';
import { checkOptions, type Device, keep, kinds, noGrad, scope, Tensor } from '../tensor/index.js';
import { AdaptableLayer, Embedding, Linear } from './linear.js';
import { EmbeddingUpdate, LinearUpdate, type LoraUpdate, type UpdateSettings } from './lora-layers.js';
import { checkLoraOptions, type LoraOptions } from './lora-options.js';
import { Module, parameter, type StateDict } from './module.js';
import { isSaved, isTarget, patternValue } from './module-names.js';
import { type NamedModule, writtenOptions } from './written-options.js';

/** The adapters that the code running now does without. */
const suspended = new AsyncLocalStorage<ReadonlySet<LoraAdapter>>();

export interface AdapterParts {
  /** Names of a module that the options may mean, its own among them. Default: its own alone. */
  names?: (name: string) => readonly string[];
  /** Why a module cannot be changed, or trained whole; null: it can. */
  refuse?: (module: Module, how: 'update' | 'copy') => string | null;
  /** Calls `assign` with the adapter's weights. Left out, they start as the options have it. */
  fill?: (adapter: LoraAdapter) => void;
}

interface TrainedCopy {
  owner: Module;
  property: string;
  base: Tensor;
  copy: Tensor;
}

/**
 * LoRA on the layers of a module, whose own parameters it freezes. `parameters()` are those of the adapter, under PEFT's
 * names without its prefix: `<module>.lora_A.weight`.
 */
export class LoraAdapter extends Module {
  readonly options: Readonly<LoraOptions>;
  readonly #device: Device;
  readonly #updates = new Map<string, LoraUpdate>();
  readonly #copies = new Map<string, TrainedCopy>();

  /** @throws Error when no module matches, or one matches that cannot be changed or has an adapter already */
  constructor(root: Module, options: LoraOptions, parts: AdapterParts = {}) {
    super();
    checkLoraOptions(options);
    checkOptions('LoraAdapter: parts', parts, {
      names: kinds.function,
      refuse: kinds.function,
      fill: kinds.function,
    });
    this.options = { ...options };
    this.#device = root.parameters()[0].device;
    // Files of an adapter may name what only other models have.
    if (parts.fill === undefined) checkUsed(root, options, parts.names);
    const selected = selectModules(root, options, parts.names);
    for (const [name, module] of selected.targets)
      checkTarget(name, module, parts.refuse?.(module, 'update'));
    const both = selected.targets.find(([, module]) => selected.saved.some(([, saved]) => saved === module));
    if (both !== undefined)
      throw new Error(
        `adapter: targetModules and modulesToSave both match ${both[0]}; write longer names into modulesToSave`,
      );
    for (const [name, module] of selected.saved)
      checkRefused('modulesToSave', name, parts.refuse?.(module, 'copy'));
    try {
      for (const [name, module] of selected.targets) {
        const settings = this.#settingsOf(parts.names?.(name) ?? [name], parts.fill !== undefined);
        const Update = module instanceof Linear ? LinearUpdate : EmbeddingUpdate;
        this.#updates.set(name, new Update(module as Linear & Embedding, settings));
      }
      for (const [name, module] of selected.saved) this.#copyParameters(name, module);
      this.#copyBiases(root);
      parts.fill?.(this);
    } catch (error) {
      this.remove();
      throw error;
    }
    this.without(() => root.requiresGrad_(false));
    for (const tensor of this.parameters()) tensor.requiresGrad = true;
    for (const update of this.#updates.values()) update.attach();
  }

  override members(): [string, unknown][] {
    return [
      ...this.#updates,
      ...[...this.#copies].map(([name, { copy }]) => [name, copy] as [string, Tensor]),
    ];
  }

  /** False in `without`. */
  get isActive(): boolean {
    return this.#active();
  }

  /** Whether the model computes the same without it: it was added, and nothing has trained it yet. */
  changesNothing(): boolean {
    return (
      [...this.#updates.values()].every((update) => update.changesNothing()) &&
      [...this.#copies.values()].every(({ base, copy }) => scope(() => copy.detach().equal(base.detach())))
    );
  }

  /** Names of the layers that have an update, and of the parameters that are trained whole. */
  targets(): { updates: string[]; copies: string[] } {
    return { updates: [...this.#updates.keys()], copies: [...this.#copies.keys()] };
  }

  forward(): never {
    throw new Error('LoraAdapter has no forward: call the module that it adapts');
  }

  /** Calls `run`, in which the model is the base model alone; so it is in what an async function awaits. Other code sees the adapter meanwhile. */
  without<T>(run: () => T): T {
    return suspended.run(new Set([...(suspended.getStore() ?? []), this]), run);
  }

  /** The options for a file in which each module has one name. @param modules of the whole model */
  optionsUnder(modules: readonly NamedModule[]): LoraOptions {
    return writtenOptions(this.options, modules);
  }

  /** A function that calls others without the adapters that the code running now does without. */
  static suspendedAsNow(): <T>(run: () => T) => T {
    const now = suspended.getStore();
    return now === undefined ? (run) => run() : (run) => suspended.run(now, run);
  }

  /** Takes copies of weights, in the dtype and on the device of its own. @throws Error when names or shapes differ */
  assign(weights: Readonly<StateDict>): void {
    scope(() => {
      const own = this.stateDict();
      const device = this.#device;
      const converted = Object.entries(weights).map(([name, tensor]) => {
        const dtype = own[name]?.dtype ?? tensor.dtype;
        return [name, tensor.to({ dtype, device, copy: true })] as const;
      });
      this.loadStateDict(Object.fromEntries(converted), { assign: true });
    });
  }

  /** Copies of its weights, in no scope. */
  copyWeights(): StateDict {
    return scope(() => {
      const entries = Object.entries(this.stateDict());
      return Object.fromEntries(entries.map(([name, tensor]) => [name, keep(tensor.clone())]));
    });
  }

  /** Calls `run`, which may change its weights, and puts them back. */
  restoring<T>(run: () => T): T {
    const now = this.copyWeights();
    try {
      return run();
    } finally {
      this.loadStateDict(now);
      for (const tensor of Object.values(now)) tensor.dispose();
    }
  }

  /** Writes the updates into the base weights, and removes and frees the adapter. */
  merge(): void {
    for (const update of this.#updates.values()) update.merge();
    noGrad(() => {
      for (const { base, copy } of this.#copies.values()) base.copy_(copy);
    });
    this.remove();
  }

  /** Leaves the base model as it was, frozen, and frees the adapter. */
  remove(): void {
    for (const update of this.#updates.values()) update.detach();
    for (const { owner, property, base } of this.#copies.values())
      define(owner, property, { value: base, writable: true });
    this.dispose();
    this.#updates.clear();
    this.#copies.clear();
  }

  #settingsOf(names: readonly string[], empty: boolean): UpdateSettings {
    const {
      r = 8,
      alpha = 8,
      dropout = 0,
      rslora,
      dora = false,
      initLoraWeights: start = true,
    } = this.options;
    const rank = patternValue(names, this.options.rankPattern ?? {}) ?? r;
    const scale =
      (patternValue(names, this.options.alphaPattern ?? {}) ?? alpha) / (rslora ? Math.sqrt(rank) : rank);
    return { r: rank, scale, dropout, dora, start, active: this.#active, empty };
  }

  #copyParameters(name: string, module: Module): void {
    for (const [path, owner] of module.namedModules()) {
      const prefix = path === '' ? name : `${name}.${path}`;
      for (const [property, base] of owner.members())
        if (base instanceof Tensor) this.#copy(`${prefix}.${property}`, owner, property, base);
    }
  }

  #copyBiases(root: Module): void {
    const { bias = 'none' } = this.options;
    if (bias === 'none') return;
    for (const [name, owner] of root.namedModules()) {
      const base = (owner as { bias?: unknown }).bias;
      const isUpdated = this.#updates.has(name);
      if (!(base instanceof Tensor) || (bias === 'lora_only' && !isUpdated)) continue;
      // A layer with an update is the base layer of PEFT's layer.
      this.#copy(isUpdated ? `${name}.base_layer.bias` : `${name}.bias`, owner, 'bias', base);
    }
  }

  /** The module has the copy instead of its own tensor wherever the adapter is active. */
  #copy(name: string, owner: Module, property: string, base: Tensor): void {
    if ([...this.#copies.values()].some((other) => other.owner === owner && other.property === property))
      return;
    const copy = parameter(noGrad(() => base.clone()));
    this.#copies.set(name, { owner, property, base, copy });
    define(owner, property, { get: () => (this.#active() ? copy : base) });
  }

  #active = (): boolean => suspended.getStore()?.has(this) !== true;
}

/** The modules that get an update, and those that are trained whole. @throws Error when a name matches nothing */
function selectModules(
  root: Module,
  options: LoraOptions,
  namesOf: (name: string) => readonly string[] = (name) => [name],
): { targets: [string, Module][]; saved: [string, Module][] } {
  const modules = root.namedModules().filter(([name]) => name !== '');
  const targets = modules.filter(([name]) => isTarget(namesOf(name), options));
  if (targets.length === 0) throw noMatch('targetModules', options.targetModules, modules);
  const { modulesToSave = [] } = options;
  const saved = (wanted: readonly string[]) =>
    modules.filter(([name]) => isSaved(namesOf(name), { ...options, modulesToSave: wanted }));
  const without = modulesToSave.find((name) => saved([name]).length === 0);
  if (without !== undefined) throw noMatch('modulesToSave', [without], modules);
  return { targets, saved: saved(modulesToSave) };
}

/** @throws Error for a part of the options that would change nothing */
function checkUsed(
  root: Module,
  options: LoraOptions,
  namesOf: (name: string) => readonly string[] = (name) => [name],
): void {
  const { layersToTransform = [], excludeModules = [], rankPattern = {}, alphaPattern = {} } = options;
  const modules = root.namedModules().filter(([name]) => name !== '');
  const names = modules.map(([name]) => namesOf(name));
  const targetsOf = (changed: Partial<LoraOptions>) =>
    names.filter((some) => isTarget(some, { ...options, ...changed }));
  const excluded = excludeModules instanceof RegExp ? [excludeModules] : excludeModules.map((name) => [name]);
  const unused = excluded.find((targetModules) => !names.some((some) => isTarget(some, { targetModules })));
  if (unused !== undefined) throw noMatch('excludeModules', unused, modules);
  const all = targetsOf({ layersToTransform: undefined, layersPattern: undefined });
  if (all.length === 0) return;
  const layer = layersToTransform.find((index) => targetsOf({ layersToTransform: [index] }).length === 0);
  if (layer !== undefined)
    throw new Error(`adapter: layersToTransform has ${layer}: no layer of that index has a target module`);
  for (const [field, patterns] of Object.entries({ rankPattern, alphaPattern })) {
    const unmatched = Object.keys(patterns).find(
      (key) => !all.some((some) => patternValue(some, { [key]: 1 }) !== undefined),
    );
    if (unmatched !== undefined)
      throw new Error(`adapter: ${field}['${unmatched}'] matches none of the target modules`);
  }
}

function noMatch(
  field: string,
  wanted: readonly string[] | RegExp,
  modules: readonly (readonly [string, Module])[],
): Error {
  const layers = modules.filter(([, module]) => module instanceof AdaptableLayer);
  const known = [...new Set(layers.map(([name]) => name.slice(name.lastIndexOf('.') + 1)))];
  const close = wanted instanceof RegExp ? [] : wanted.map((name) => nearest(name, known));
  const hints = close.filter((name) => name !== undefined).map((name) => `'${name}'`);
  const hint =
    hints.length > 0 ? `did you mean ${hints.join(', ')}?` : `its layers end with ${known.join(', ')}`;
  return new Error(
    `adapter: ${field} ${wanted instanceof RegExp ? wanted : JSON.stringify(wanted)} matches no module of the model; ${hint}`,
  );
}

function checkRefused(field: string, name: string, reason: string | null = null): void {
  if (reason !== null) throw new Error(`adapter: ${field} matches ${name}: ${reason}`);
}

function checkTarget(name: string, module: Module, reason?: string | null): void {
  checkRefused('targetModules', name, reason);
  if (!(module instanceof Linear || module instanceof Embedding))
    throw new TypeError(
      `adapter: targetModules matches ${name}, a ${module.constructor.name}; expected linear layers and embeddings only`,
    );
  if (module.adapter !== null)
    throw new Error(`adapter: ${name} has an adapter already; merge or remove it first`);
}

function define(owner: Module, property: string, descriptor: PropertyDescriptor): void {
  Object.defineProperty(owner, property, { configurable: true, enumerable: true, ...descriptor });
}
