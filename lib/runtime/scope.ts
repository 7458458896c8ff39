/** Scopes own memory: what was created inside a scope and is not part of its result is freed when it ends. */

import { currentContext, runWith } from './context.js';
import { Scope } from './ownership.js';

/**
 * Runs `fn` and frees every tensor it created, except those in its result (at any depth in arrays,
 * objects, Maps and modules) and those passed to `keep`. `fn` may be async: the scope then ends when
 * the promise settles, and follows the flow of control over every await.
 */
export function scope<T>(fn: () => T): T {
  const own = new Scope(currentContext().scope);
  let result: T;
  try {
    result = runWith({ scope: own }, fn);
  } catch (error) {
    own.close(undefined);
    throw error;
  }
  if (!isPromiseLike(result)) {
    own.close(result);
    return result;
  }
  return Promise.resolve(result).then(
    (value) => {
      own.close(value);
      return value;
    },
    (error) => {
      own.close(undefined);
      throw error;
    },
  ) as T;
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
