/** Counts and times operators. operator.ts, through which every call passes, fills the profile. */

import { checkFunction, type ProfileEntry, runWith } from '../runtime/index.js';

export interface Profile<T> {
  result: T;
  /** Slowest first. Device operators return before they finish: their times are launch times. */
  operators: ProfileEntry[];
}

function finish<T>(result: T, profile: Map<string, ProfileEntry>): Profile<T> {
  return { result, operators: [...profile.values()].sort((a, b) => b.milliseconds - a.milliseconds) };
}

/** Runs `fn` (sync or async) and reports, per operator, how often it was called and how long it took. */
export function profiler<T>(fn: () => Promise<T>): Promise<Profile<T>>;
export function profiler<T>(fn: () => T): Profile<T>;
export function profiler<T>(fn: () => T | Promise<T>): Profile<T> | Promise<Profile<T>> {
  checkFunction('profiler', fn);
  const profile = new Map<string, ProfileEntry>();
  const result = runWith({ profile }, fn);
  if (result instanceof Promise) return result.then((value) => finish(value, profile));
  return finish(result, profile);
}
