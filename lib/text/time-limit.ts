/** A limit on the time of synchronous code that runs patterns from outside: they can backtrack for ever. */
import { createContext, Script } from 'node:vm';

const context = createContext({ run: undefined });
const script = new Script('run()');

/** What `run` returns, or null when it was ended after `milliseconds`. Takes a tenth of a millisecond itself. */
export function withinTime<T>(run: () => T, milliseconds: number): { value: T } | null {
  context.run = run;
  try {
    return { value: script.runInContext(context, { timeout: milliseconds }) as T };
  } catch (error) {
    // Compared by code: the error belongs to the context's realm.
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return null;
    throw error;
  } finally {
    context.run = undefined;
  }
}
