/**
 * State that follows the flow of control across awaits: which scope owns new tensors, whether operators record
 * gradients, and whether they are profiled. It is stored in AsyncLocalStorage and not in a global stack, so that
 * interleaved async tasks do not see each other's state.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Scope } from './ownership.js';
import { shown } from './shown.js';

export interface ProfileEntry {
  op: string;
  /** Number of calls. */
  count: number;
  /** Wall time of all calls in milliseconds, marshalling excluded. */
  milliseconds: number;
}

export interface Context {
  readonly scope: Scope | null;
  /** An object that lives as long as code of the innermost scope may still run. */
  readonly alive: object | null;
  readonly grad: boolean;
  readonly profile: Map<string, ProfileEntry> | null;
}

const storage = new AsyncLocalStorage<Context>();
const root: Context = { scope: null, alive: null, grad: true, profile: null };

export function currentContext(): Context {
  return storage.getStore() ?? root;
}

/** @throws TypeError naming `op` unless `fn` is a function */
export function checkFunction(op: string, fn: unknown): void {
  if (typeof fn !== 'function') throw new TypeError(`${op}: expected a function, got ${shown(fn)}`);
}

/** Runs `fn` with another context; what `fn` awaits keeps it. */
export function runWith<T>(changes: Partial<Context>, fn: () => T): T {
  return storage.run({ ...currentContext(), ...changes }, fn);
}
