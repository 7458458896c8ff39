/**
 * Who frees a tensor: the scope that owns it, or else the garbage collector. Scopes are the primary way to free
 * memory. The finalization registry below is only a backstop for tensors that were made outside scopes: stable
 * Node-API runs no finalizer inside a synchronous loop.
 */

import { native, slots } from './addon.js';
import { ignoreUnscoped, watchUnscoped } from './unscoped.js';
import { Disposals, FreeMessage } from './wire-codes.generated.js';

/** A tensor, as lib/runtime sees it: a handle (0 once freed) and the scope that owns it. */
export interface Owned {
  handle: number;
  owner: Scope | null;
}

const collectedHandles: number[] = [];
let freedByGc = 0;

const registry = new FinalizationRegistry<number>((handle) => {
  freedByGc += 1;
  ignoreUnscoped(handle);
  collectedHandles.push(handle);
  if (collectedHandles.length === 1) setImmediate(freeCollected);
});

/** Frees tensors that the garbage collector found and that still wait for their turn. */
export function freeCollected(): void {
  for (const handle of collectedHandles.splice(0)) queueFree(handle);
  freeListed(0);
}

/** Handles that the next call frees. */
const disposals = new Float64Array(native.disposals);
let flushScheduled = false;

/**
 * Frees one handle with the next call into the addon, whichever that is: the disposal of a result and the next
 * operator cross the boundary together. It waits no longer than the running synchronous code.
 */
function queueFree(handle: number): void {
  const count = disposals[Disposals.count];
  const end = Disposals.handles + count;
  disposals[end] = handle;
  disposals[Disposals.count] = count + 1;
  if (end + 1 === disposals.length) {
    freeListed(0);
  } else if (!flushScheduled) {
    flushScheduled = true;
    Promise.resolve().then(() => {
      flushScheduled = false;
      freeListed(0);
    });
  }
}

/** As many handles as fit the wire buffer. */
const mostHandles = slots.length - FreeMessage.handles;

/** Frees what is queued, and the first `count` handles of the message to `free`. */
function freeListed(count: number): void {
  slots[FreeMessage.count] = count;
  native.free();
}

export class Scope {
  private tensors: Owned[] = [];
  private compactAt = 1024;
  closed = false;
  private readonly parent: Scope | null;

  constructor(parent: Scope | null) {
    this.parent = parent;
  }

  own(tensor: Owned): void {
    // Tensors disposed by hand would pile up in a scope that lives long.
    if (this.tensors.length >= this.compactAt) {
      this.tensors = this.tensors.filter((entry) => entry.handle !== 0 && entry.owner === this);
      this.compactAt = Math.max(1024, 2 * this.tensors.length);
    }
    tensor.owner = this;
    this.tensors.push(tensor);
  }

  /** Frees everything that the scope owns. Tensors that `result` contains pass to the enclosing scope. */
  close(result: unknown): void {
    const escaping = typeof result === 'object' && result !== null ? ownedIn(result, this) : null;
    this.closed = true;
    let count = 0;
    for (const tensor of this.tensors) {
      if (tensor.owner !== this || tensor.handle === 0) continue;
      if (escaping?.has(tensor)) {
        adopt(tensor, this.parent);
        continue;
      }
      slots[FreeMessage.handles + count] = tensor.handle;
      count += 1;
      tensor.handle = 0;
      tensor.owner = null;
      if (count === mostHandles) {
        freeListed(count);
        count = 0;
      }
    }
    this.tensors = [];
    if (count > 0) freeListed(count);
  }

  /** Leaves the scope's tensors to the garbage collector, and returns their number. */
  abandon(): number {
    this.closed = true;
    const left = this.tensors.filter((tensor) => tensor.owner === this && tensor.handle !== 0);
    this.tensors = [];
    for (const tensor of left) adopt(tensor, null);
    return left.length;
  }
}

/** Sets the owner of a tensor: the scope, or the garbage collector where no scope is open. */
export function adopt(tensor: Owned, scope: Scope | null): void {
  if (scope !== null && !scope.closed) {
    scope.own(tensor);
  } else {
    tensor.owner = null;
    registry.register(tensor, tensor.handle, tensor);
    watchUnscoped(tensor.handle);
  }
}

/** Tensors outside all scopes on which `keep` was called. */
const kept = new WeakSet<Owned>();

/** Takes a tensor out of all scopes. */
export function release(tensor: Owned): void {
  if (tensor.owner !== null) adopt(tensor, null);
  else kept.add(tensor);
  ignoreUnscoped(tensor.handle);
}

/** Moves a tensor into a scope, unless another scope owns it or it was kept. */
export function recapture(tensor: Owned, scope: Scope | null): void {
  if (scope === null || scope.closed || tensor.owner !== null || kept.has(tensor)) return;
  registry.unregister(tensor);
  ignoreUnscoped(tensor.handle);
  scope.own(tensor);
}

/**
 * Frees what `tensor` holds and moves what `from` holds into it. `from` is disposed then; the owner of `tensor`
 * stays.
 */
export function takeHandle(tensor: Owned, from: Owned): void {
  const { owner } = tensor;
  const { handle } = from;
  if (from.owner === null) {
    registry.unregister(from);
    ignoreUnscoped(handle);
  }
  from.handle = 0;
  from.owner = null;
  disposeOwned(tensor);
  tensor.handle = handle;
  tensor.owner = owner;
  if (owner === null) registry.register(tensor, handle, tensor);
}

export function disposeOwned(tensor: Owned): void {
  const { handle } = tensor;
  if (handle === 0) return;
  if (tensor.owner === null) {
    registry.unregister(tensor);
    ignoreUnscoped(handle);
  }
  tensor.handle = 0;
  tensor.owner = null;
  queueFree(handle);
}

/** The tensors of `scope` in a result tree: arrays, Maps, Sets and the properties of objects. */
function ownedIn(result: object, scope: Scope): Set<Owned> {
  const found = new Set<Owned>();
  const seen = new Set<object>();
  // A list and no recursion: results may be nested deeper than the stack allows.
  const waiting: unknown[] = [result];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    try {
      if (!isOwned(value)) addParts(value, waiting);
      else if (value.owner === scope) found.add(value);
    } catch {
      // A Proxy or an iterator that throws: what cannot be read is not part of the result.
    }
  }
  return found;
}

function addParts(value: object, waiting: unknown[]): void {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return;
  if (value instanceof Map) {
    for (const [key, entry] of value) waiting.push(key, entry);
  } else if (Array.isArray(value) || value instanceof Set) {
    for (const entry of value) waiting.push(entry);
  } else {
    for (const key of Object.keys(value)) {
      try {
        waiting.push((value as Record<string, unknown>)[key]);
      } catch {
        // A getter that throws hides its own value only.
      }
    }
  }
}

function isOwned(value: object): value is Owned {
  return typeof (value as Owned).handle === 'number' && 'owner' in value;
}

export interface MemoryStats {
  /** Tensors that JavaScript can still name, in this thread. */
  liveTensors: number;
  /** Bytes of distinct storages behind them; views count once. */
  cpuBytes: number;
  cudaBytes: number;
  /** Bytes of freed results on the CPU that are kept for the next ones of their size, in the whole process. */
  cachedBytes: number;
  /** Bytes of the sampler's copies of weights, in this thread. */
  packedBytes: number;
  /** Bytes of keys and values that sampling holds, those of prompts that are kept included, in this thread. */
  kvBytes: number;
  /** Tensors that only the garbage collector freed: made outside scopes and never disposed. */
  freedByGc: number;
}

export function memoryStats(): MemoryStats {
  return { ...native.memoryStats(), freedByGc };
}
