/** Tries again what may succeed later: exponential back-off with full jitter, after the time that the server asks for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { JudgeFailure } from './openai-failure.js';

const firstBackoff = 0.5;
const longestBackoff = 30;

interface RetryOptions {
  /** Tries after the first. */
  retries: number;
  /** Seconds: a server that asks for a longer wait is not waited for. */
  longestWait: number;
  signal: AbortSignal;
  onRetry?: () => void;
  /** For tests. */
  wait?: (seconds: number) => Promise<unknown>;
  random?: () => number;
}

/** @throws the last JudgeFailure, at once where it is not retriable, and what the signal was aborted with */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  {
    retries,
    longestWait,
    signal,
    onRetry = () => {},
    random = Math.random,
    wait = (seconds) => waiting(seconds, signal),
  }: RetryOptions,
): Promise<T> {
  for (let tried = 0; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof JudgeFailure) || !error.retriable || tried >= retries) throw error;
      const asked = error.retryAfter ?? 0;
      if (asked > longestWait) throw error;
      onRetry();
      await wait(asked + random() * Math.min(longestBackoff, firstBackoff * 2 ** tried));
    }
  }
}

async function waiting(seconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(1000 * seconds, undefined, { signal });
  } catch {
    throw signal.reason;
  }
}

/**
 * The seconds that a `Retry-After` header asks for, as a number or a date; null where it asks for nothing.
 * @param now the server's clock, in milliseconds
 */
export function retryAfterSeconds(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\s*\d+(\.\d+)?\s*$/.test(header)) return Number(header);
  // Date.parse reads any number as a year; dates of HTTP begin with a day of the week.
  const date = /^\s*[a-z]/i.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, (date - now) / 1000);
}
