/** Runs tasks, no more than a number of them at a time, first come, first served. */

export type Limiter = <T>(task: () => Promise<T>, signal: AbortSignal) => Promise<T>;

/** The limiter rejects with what the signal was aborted with where that happens before the task starts. */
export function limiter(concurrency: number): Limiter {
  let free = concurrency;
  const waiting = new Set<() => void>();
  const turn = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const leave = (): void => {
        waiting.delete(start);
        reject(signal.reason);
      };
      const start = (): void => {
        waiting.delete(start);
        signal.removeEventListener('abort', leave);
        resolve();
      };
      signal.addEventListener('abort', leave, { once: true });
      waiting.add(start);
    });
  return async (task, signal) => {
    signal.throwIfAborted();
    if (free > 0) free -= 1;
    else await turn(signal);
    try {
      signal.throwIfAborted();
      return await task();
    } finally {
      // The slot passes on.
      const [next] = waiting;
      if (next === undefined) free += 1;
      else next();
    }
  };
}
