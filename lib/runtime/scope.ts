/** Scopes own memory: what was created inside a scope and is not part of its result is freed when it ends. */

import { checkFunction, currentContext, runWith } from './context.js';
import { Scope } from './ownership.js';

/**
 * Runs `fn` and frees every tensor it created, except those in its result (at any depth in arrays, objects, Maps and
 * modules) and those passed to `keep`. `fn` may be async: the scope then ends when the promise settles, and follows
 * the flow of control over every await. If the promise can no longer settle, the garbage collector ends the scope
 * with a warning.
 */
export function scope<T>(fn: () => T): T {
  checkFunction('scope', fn);
  const own = new Scope(currentContext().scope);
  const alive = {};
  let result: T;
  let isPending: boolean;
  try {
    result = runWith({ scope: own, alive }, fn);
    isPending = isPromiseLike(result);
  } catch (error) {
    own.close(undefined);
    throw error;
  }
  if (!isPending) {
    own.close(result);
    return result;
  }
  unsettled.register(alive, { scope: own, origin: callersOf(scope) }, alive);
  // These closures and the contexts of pending work hold `alive`. Once all of them are gone, nothing can settle the
  // promise.
  const end = (value: unknown): void => {
    unsettled.unregister(alive);
    own.close(value);
  };
  return Promise.resolve(result).then(
    (value) => {
      end(value);
      return value;
    },
    (error) => {
      end(undefined);
      throw error;
    },
  ) as T;
}

function isPromiseLike(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

// A scope's tensors refer to the scope and never to `alive`, so this registry does not keep `alive` reachable.
const unsettled = new FinalizationRegistry<{ scope: Scope; origin: string }>(({ scope: own, origin }) => {
  const count = own.abandon();
  process.emitWarning(
    `scope: the promise of a scope can no longer settle, so the scope never ends; its ${count} tensors are left to the ` +
      `garbage collector. The scope was opened${origin}`,
    { type: 'EarsightWarning', code: 'EARSIGHT_UNSETTLED_SCOPE' },
  );
});

/** The lines of the stack below `fn`. They are formatted at once: an unformatted stack would hold its functions. */
function callersOf(fn: (...args: never[]) => unknown): string {
  const holder = { stack: '' };
  Error.captureStackTrace(holder, fn);
  return holder.stack.slice(holder.stack.indexOf('\n'));
}
