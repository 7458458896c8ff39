/** What a task may take: the limits of a call over those of its pool over the defaults. */
import type { MediaLimits } from './types.js';

// Messages between processes state their length in 32 bits.
export const maxMessageBytes = 2 ** 31;

const defaults = { timeoutMs: 60_000, maxRssBytes: 2 ** 31 };

/** @param fail throws the error for a value that is no limit */
export function fillLimits(
  pool: MediaLimits,
  call: MediaLimits,
  fail: (reason: string) => never,
): Required<MediaLimits> {
  const timeoutMs = call.timeoutMs ?? pool.timeoutMs ?? defaults.timeoutMs;
  const maxRssBytes = call.maxRssBytes ?? pool.maxRssBytes ?? defaults.maxRssBytes;
  // A result stands twice in the worker, once as it is and once as the message.
  const most = Math.min(Math.floor(maxRssBytes / 2), maxMessageBytes);
  const maxResultBytes = call.maxResultBytes ?? Math.min(pool.maxResultBytes ?? most, most);
  const limits = { timeoutMs, maxRssBytes, maxResultBytes };
  for (const [name, value] of Object.entries(limits)) {
    if (!(Number.isSafeInteger(value) && value > 0)) {
      fail(`${name} is ${value}, expected a positive whole number`);
    }
  }
  if (maxResultBytes > most) {
    fail(
      `maxResultBytes is ${maxResultBytes}, expected at most ${most}: half of maxRssBytes and no more than 2 GiB`,
    );
  }
  return limits;
}
