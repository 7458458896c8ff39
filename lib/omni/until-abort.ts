/** Work that a signal may end before it is done. */

/**
 * What the work gives; null as soon as the signal comes, or at once where it came before. Work that has begun goes on, and
 * nobody hears of it.
 */
export async function untilAbort<T>(start: () => Promise<T>, signal?: AbortSignal): Promise<T | null> {
  if (signal === undefined) return start();
  if (signal.aborted) return null;
  let stop = (): void => {};
  const aborted = new Promise<null>((resolve) => {
    stop = () => resolve(null);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([start(), aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
