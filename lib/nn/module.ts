/**
 * Modules: trees of parameters with a forward function.
 *
 * A module has no registry. Its parameters, buffers and children are its properties (arrays included), found
 * by walking them in the order of definition, so a state dict's keys are the property paths that PyTorch
 * would give: `layers.0.weight`.
 */
import { someOf } from '../runtime/index.js';
import {
  checkOptions,
  type Device,
  type DType,
  dtypeCodes,
  keep,
  kinds,
  noGrad,
  scope,
  Tensor,
  takeData,
} from '../tensor/index.js';

/** Name -> tensor, in PyTorch's order: own parameters and buffers before those of children. */
export type StateDict = Record<string, Tensor>;

type Role = 'parameter' | 'buffer' | 'transient';
// Which tensor properties belong to the module's state; any other tensor property is a plain value.
const roles = new WeakMap<Tensor, Role>();

/**
 * Marks `data` as trainable state of the module that holds it as a property, and takes it out of all scopes:
 * it lives until `dispose()`. Returns the same tensor.
 */
export function parameter(data: Tensor, requiresGrad = true): Tensor {
  data.requiresGrad = requiresGrad;
  roles.set(keep(data), 'parameter');
  return data;
}

/** PyTorch's spelling: `new nn.Parameter(data)`. */
export const Parameter = parameter as typeof parameter &
  (new (
    data: Tensor,
    requiresGrad?: boolean,
  ) => Tensor);

/** Marks `data` as untrained state, kept out of all scopes. Not `persistent`: absent from state dicts. */
export function buffer(data: Tensor, options: { persistent?: boolean } = {}): Tensor {
  checkOptions('buffer', options, { persistent: kinds.boolean });
  const { persistent = true } = options;
  roles.set(keep(data), persistent ? 'buffer' : 'transient');
  return data;
}

/** What `loadStateDict` could not match, by name. */
export interface IncompatibleKeys {
  missingKeys: string[];
  unexpectedKeys: string[];
}

export abstract class Module {
  /** True after `train()`, false after `eval()`; dropout reads it. */
  training = true;

  abstract forward(...inputs: never[]): unknown;

  /** The module's own tensors and children by name. Containers override it to name their items. */
  members(): [string, unknown][] {
    return Object.entries(this);
  }

  /** Children in order, arrays included: [['layers.0', ...], ...]. */
  namedChildren(): [string, Module][] {
    return this.#flatMembers().filter((member): member is [string, Module] => member[1] instanceof Module);
  }

  children(): Module[] {
    return this.namedChildren().map(([, child]) => child);
  }

  /** This module (under the name '') and all below it, each once. */
  namedModules(): [string, Module][] {
    const found = new Map<Module, string>();
    const visit = (module: Module, path: string) => {
      if (found.has(module)) return;
      found.set(module, path);
      for (const [name, child] of module.namedChildren())
        visit(child, path === '' ? name : `${path}.${name}`);
    };
    visit(this, '');
    return [...found].map(([module, path]) => [path, module]);
  }

  modules(): Module[] {
    return this.namedModules().map(([, module]) => module);
  }

  /** Trainable tensors with their paths; one shared by two modules appears once, under its first name. */
  namedParameters(): [string, Tensor][] {
    return unique(this.#state(['parameter']));
  }

  parameters(): Tensor[] {
    return this.namedParameters().map(([, tensor]) => tensor);
  }

  namedBuffers(): [string, Tensor][] {
    return unique(this.#state(['buffer', 'transient']));
  }

  buffers(): Tensor[] {
    return this.namedBuffers().map(([, tensor]) => tensor);
  }

  /** Parameters and persistent buffers, detached; they share memory with the module: clone to keep a copy. */
  stateDict(): StateDict {
    return Object.fromEntries(
      this.#state(['parameter', 'buffer']).map(([name, tensor]) => [name, tensor.detach()]),
    );
  }

  /**
   * Copies tensors into this module by name, converting dtype and device. With `assign` the module takes the tensors
   * themselves instead: it has their dtype and device then, and shares memory with them.
   * @throws Error naming tensors whose shapes differ and, unless `strict` is false, missing and unknown keys, the first
   *   of each; nothing has been copied then
   */
  loadStateDict(
    stateDict: Readonly<StateDict>,
    options: { strict?: boolean; assign?: boolean } = {},
  ): IncompatibleKeys {
    checkOptions('loadStateDict', options, { strict: kinds.boolean, assign: kinds.boolean });
    const { strict = true, assign = false } = options;
    const own = new Map(this.#state(['parameter', 'buffer']));
    const missingKeys = [...own.keys()].filter((name) => !Object.hasOwn(stateDict, name));
    const unexpectedKeys = Object.keys(stateDict).filter((name) => !own.has(name));
    const unfit = [...own]
      .filter(([name, tensor]) => Object.hasOwn(stateDict, name) && !sameShape(stateDict[name], tensor))
      .map(([name, tensor]) => `${name} has shape [${stateDict[name].shape}], expected [${tensor.shape}]`);
    const problems = unfit.length > 0 ? [someOf(unfit, '; ')] : [];
    if (strict && missingKeys.length > 0) problems.push(`missing keys: ${someOf(missingKeys)}`);
    if (strict && unexpectedKeys.length > 0) problems.push(`unknown keys: ${someOf(unexpectedKeys)}`);
    if (problems.length > 0) {
      throw new Error(`${this.constructor.name}.loadStateDict: ${problems.join('; ')}`);
    }
    noGrad(() => {
      for (const [name, tensor] of own) {
        if (!Object.hasOwn(stateDict, name)) continue;
        if (assign) replaceData(tensor, stateDict[name]);
        else tensor.copy_(stateDict[name]);
      }
    });
    return { missingKeys, unexpectedKeys };
  }

  train(mode = true): this {
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  eval(): this {
    return this.train(false);
  }

  /** Makes every parameter trainable, or freezes all of them. */
  requiresGrad_(requiresGrad = true): this {
    for (const tensor of this.parameters()) tensor.requiresGrad = requiresGrad;
    return this;
  }

  /** Frees all gradients: clone one that must outlive the call. */
  zeroGrad(): void {
    for (const tensor of this.parameters()) freeGrad(tensor);
  }

  /**
   * Moves all state to a device and its floating-point part to a dtype, in place: the Tensor objects stay the
   * same, so an optimizer made before keeps working (its own state does not move). Gradients are dropped.
   */
  to(target: DType | Device | { dtype?: DType; device?: Device }): this {
    if (typeof target !== 'string') checkOptions('to', target, ['dtype', 'device']);
    noGrad(() => {
      for (const [, tensor] of unique(this.#state(['parameter', 'buffer', 'transient']))) {
        const { dtype, device } = typeof target === 'string' ? namedTarget(target) : target;
        const to = {
          dtype: (tensor.isFloatingPoint() && dtype) || tensor.dtype,
          device: device ?? tensor.device,
        };
        if (to.dtype === tensor.dtype && to.device === tensor.device) continue;
        scope(() => replaceData(tensor, tensor.to(to)));
      }
    });
    return this;
  }

  /** Frees all parameters and buffers, gradients included. */
  dispose(): void {
    this.zeroGrad();
    for (const [, tensor] of unique(this.#state(['parameter', 'buffer', 'transient']))) tensor.dispose();
  }

  #flatMembers(): [string, Tensor | Module][] {
    return this.members().flatMap(([name, value]) => flatten(name, value));
  }

  #state(wanted: Role[]): [string, Tensor][] {
    const state: [string, Tensor][] = [];
    const children: [string, Module][] = [];
    for (const [name, value] of this.#flatMembers()) {
      if (value instanceof Module) children.push([name, value]);
      else if (wanted.includes(roles.get(value)!)) state.push([name, value]);
    }
    for (const [name, child] of children) {
      for (const [rest, tensor] of child.#state(wanted)) state.push([`${name}.${rest}`, tensor]);
    }
    return state;
  }
}

/** Drops a gradient and frees it now: no scope owns gradients, so each would otherwise wait for the garbage collector. */
export function freeGrad(tensor: Tensor): void {
  const { grad } = tensor;
  tensor.grad = null;
  grad?.dispose();
}

/** Gives a module's tensor the data of another one. Its gradient belongs to the old data and goes. */
function replaceData(tensor: Tensor, data: Tensor): void {
  const { requiresGrad } = tensor;
  if (roles.get(tensor) === 'parameter') freeGrad(tensor);
  scope(() => {
    const own = data.detach();
    own.requiresGrad = requiresGrad;
    takeData(tensor, own);
  });
}

function namedTarget(name: string): { dtype?: DType; device?: Device } {
  return Object.hasOwn(dtypeCodes, name) ? { dtype: name as DType } : { device: name };
}

function flatten(name: string, value: unknown): [string, Tensor | Module][] {
  if (value instanceof Tensor || value instanceof Module) return [[name, value]];
  if (Array.isArray(value)) return value.flatMap((item, i) => flatten(`${name}.${i}`, item));
  return [];
}

function unique(named: [string, Tensor][]): [string, Tensor][] {
  const seen = new Set<Tensor>();
  return named.filter(([, tensor]) => !seen.has(tensor) && seen.add(tensor));
}

function sameShape(a: Tensor, b: Tensor): boolean {
  return a.shape.length === b.shape.length && a.shape.every((size, i) => size === b.shape[i]);
}
