/**
 * Watches tensors that no scope owns. A synchronous loop frees none of them, because the collector's finalizers wait
 * for the event loop. Once they hold more memory than a limit, the process gives one warning, which names the
 * remedies.
 */

import { native, unscopedLimit } from './addon.js';
import { processWide } from './process-wide.js';

const mebibyte = 2 ** 20;

/** Handles of the living ones; null once the warning was given, or if it is switched off. */
let watched: Set<number> | null = unscopedLimit === 0 ? null : new Set();

/**
 * New tensors until the next check. A check takes time for every tensor; so the next one waits until their number has
 * doubled.
 */
const soonest = 8;
let untilCheck = soonest;

const warning = processWide('unscopedWarning', () => ({ given: false }));

export function watchUnscoped(handle: number): void {
  if (watched === null) return;
  untilCheck -= 1;
  // Before the new one is added: it may be kept or freed at once.
  if (untilCheck === 0) check(watched);
  watched?.add(handle);
}

/** For a tensor that was freed, that a scope owns now, or that was kept. */
export function ignoreUnscoped(handle: number): void {
  watched?.delete(handle);
}

// Called while results are read: the native functions below do not change the wire buffer.
function check(handles: ReadonlySet<number>): void {
  untilCheck = soonest;
  const limit = unscopedLimit * mebibyte;
  if (native.livingBytes() < limit) return;
  untilCheck = Math.max(soonest, handles.size);
  const bytes = native.bytesOnlyOf(Float64Array.from(handles).buffer);
  if (bytes < limit) return;
  watched = null;
  if (warning.given) return;
  warning.given = true;
  process.emitWarning(
    `${handles.size} tensors made outside scopes hold ${Math.round(bytes / mebibyte)} MiB. A loop that does not yield frees ` +
      'none of them: run each step in scope(() => ...), dispose() what is no longer needed, or keep() what is meant to ' +
      `live. EARSIGHT_UNSCOPED_WARNING sets another limit than ${unscopedLimit} MiB, 0 none.`,
    { type: 'EarsightWarning', code: 'EARSIGHT_UNSCOPED_MEMORY' },
  );
}
