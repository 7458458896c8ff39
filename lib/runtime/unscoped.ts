/**
 * Watches tensors that no scope owns. A synchronous loop frees none of them, because the collector's finalizers wait for
 * the event loop: once they hold more than a limit, one warning a process names the remedies.
 */

import { native, unscopedLimit } from './addon.js';
import { processWide } from './process-wide.js';

const mebibyte = 2 ** 20;

/** Handles of the living ones; null once the warning was given, or where it is switched off. */
let watched: Set<number> | null = unscopedLimit === 0 ? null : new Set();

/** New ones until the next look. A look costs time for each, so it waits until as many are new. */
const soonest = 8;
let untilLook = soonest;

const warning = processWide('unscopedWarning', () => ({ given: false }));

export function watchUnscoped(handle: number): void {
  if (watched === null) return;
  untilLook -= 1;
  // Before the new one counts, which may be kept or freed at once.
  if (untilLook === 0) look(watched);
  watched?.add(handle);
}

/** Of a tensor that was freed, that a scope took, or that is meant to live. */
export function ignoreUnscoped(handle: number): void {
  watched?.delete(handle);
}

// Called in the middle of reading results: what it asks native code leaves the wire buffer alone.
function look(handles: ReadonlySet<number>): void {
  untilLook = soonest;
  const limit = unscopedLimit * mebibyte;
  if (native.livingBytes() < limit) return;
  untilLook = Math.max(soonest, handles.size);
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
