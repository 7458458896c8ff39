// Time that the program spends waiting, as opposed to computing: a service that hangs lets it wait, a judge that computes in
// this process does not. A slow or busy processor ends no computation by it.

import { performance } from 'node:perf_hooks';

/** Milliseconds in which the event loop of this thread had nothing to do. */
const idle = (): number => performance.eventLoopUtilization().idle;

/** Resolves when the event loop has been idle for `seconds` from now on, unless `signal` is aborted before. */
export function waited(seconds: number, signal: AbortSignal): Promise<'waited'> {
  const end = idle() + 1000 * seconds;
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout;
    const look = (): void => {
      const left = end - idle();
      if (left > 0) timer = setTimeout(look, Math.min(left, 1000));
      // What has arrived by now is handled before.
      else setImmediate(resolve, 'waited');
    };
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
    look();
  });
}
