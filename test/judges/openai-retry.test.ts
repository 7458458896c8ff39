/** How long is waited between tries, by the numbers. */
import { JudgeFailure } from '../../lib/judges/openai-failure.js';
import { retryAfterSeconds, withRetries } from '../../lib/judges/openai-retry.js';

const busy = (retryAfter: number | null = null) =>
  new JudgeFailure('status', 'busy', { retriable: true, retryAfter });

/** The waits before tries of which all fail. */
async function waits(retries: number, failure: JudgeFailure, random = 1): Promise<number[]> {
  const seconds: number[] = [];
  const attempt = () => Promise.reject(failure);
  const options = {
    retries,
    longestWait: 60,
    signal: new AbortController().signal,
    random: () => random,
    wait: async (time: number) => seconds.push(time),
  };
  await expect(withRetries(attempt, options)).rejects.toBe(failure);
  return seconds;
}

test('the back-off doubles from half a second to half a minute', async () => {
  expect(await waits(9, busy())).toEqual([0.5, 1, 2, 4, 8, 16, 30, 30, 30]);
});

test('the jitter is full: any part of the back-off', async () => {
  expect(await waits(3, busy(), 0)).toEqual([0, 0, 0]);
  expect(await waits(3, busy(), 0.25)).toEqual([0.125, 0.25, 0.5]);
});

test('the back-off follows the time that the server asks for', async () => {
  expect(await waits(2, busy(7), 0.5)).toEqual([7.25, 7.5]);
});

test('a longer wait than the longest is not begun', async () => {
  expect(await waits(3, busy(60), 0)).toEqual([60, 60, 60]);
  expect(await waits(3, busy(60.5))).toEqual([]);
});

test('what is not retriable, and what is no failure of the judge, ends at once', async () => {
  expect(await waits(3, new JudgeFailure('status', 'no'))).toEqual([]);
  expect(await waits(3, new TypeError('a fault') as JudgeFailure)).toEqual([]);
});

test.each<[string | null, number | null]>([
  [null, null],
  ['0', 0],
  ['120', 120],
  [' 3 ', 3],
  // RFC 9110, 10.2.3.
  ['Fri, 31 Dec 1999 23:59:59 GMT', 59],
  ['Fri, 31 Dec 1999 23:58:00 GMT', 0],
  ['1.5', 1.5],
  ['-5', null],
  ['soon', null],
  ['', null],
])('Retry-After: %s', (header, expected) => {
  const now = Date.UTC(1999, 11, 31, 23, 59, 0);
  expect(retryAfterSeconds(header, now)).toBe(expected);
});
