/** Containers: modules whose children have numbers or keys for names, as in PyTorch. */
import type { Tensor } from '../tensor/index.js';
import { Module } from './module.js';

/** A module of one tensor in, one tensor out. */
export type Layer = Module & { forward(input: Tensor): Tensor };

/** Calls its layers one after the other. Parameter names: `0.weight`, `1.weight`, ... */
export class Sequential extends Module {
  readonly layers: readonly Layer[];

  constructor(...layers: Layer[]) {
    super();
    this.layers = layers;
  }

  override members(): [string, unknown][] {
    return this.layers.map((layer, i) => [`${i}`, layer]);
  }

  forward(input: Tensor): Tensor {
    return this.layers.reduce((value, layer) => layer.forward(value), input);
  }
}

/** A list of modules that the owner calls itself. */
export class ModuleList<M extends Module = Module> extends Module implements Iterable<M> {
  readonly items: M[];

  constructor(items: Iterable<M> = []) {
    super();
    this.items = [...items];
  }

  override members(): [string, unknown][] {
    return this.items.map((item, i) => [`${i}`, item]);
  }

  get length(): number {
    return this.items.length;
  }

  /** The module at `index`; negative ones count from the end. */
  at(index: number): M | undefined {
    return this.items.at(index);
  }

  push(...items: M[]): this {
    for (const item of items) this.items.push(item);
    return this;
  }

  [Symbol.iterator](): Iterator<M> {
    return this.items[Symbol.iterator]();
  }

  forward(): never {
    throw new Error('ModuleList has no forward: call its items');
  }
}

/** Modules under chosen names. */
export class ModuleDict<M extends Module = Module> extends Module {
  readonly items: Map<string, M>;

  constructor(items: Record<string, M> = {}) {
    super();
    this.items = new Map(Object.entries(items));
  }

  override members(): [string, unknown][] {
    return [...this.items];
  }

  get(name: string): M | undefined {
    return this.items.get(name);
  }

  set(name: string, module: M): this {
    this.items.set(name, module);
    return this;
  }

  forward(): never {
    throw new Error('ModuleDict has no forward: call its items');
  }
}
