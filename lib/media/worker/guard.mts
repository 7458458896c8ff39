/**
 * A thread that keeps the worker within its limits: FFmpeg blocks the main thread for as long as a call takes, and the
 * parent may compute for seconds without looking. It ends the process as soon as the parent is gone, a task takes too
 * long, or the process outgrows its cap, and leaves the reason in the lifeline.
 */
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { parentPort } from 'node:worker_threads';
import { type Failure, type Limits, lifelineFd } from '../protocol.js';

// Fresh memory costs a page fault for each page, so that little can be taken within this time.
const pollMs = 10;
let poll: NodeJS.Timeout | undefined;

parentPort!.on('message', (limits: Limits | null) => {
  clearInterval(poll);
  if (limits === null) return;
  const start = performance.now();
  poll = setInterval(() => check(performance.now() - start, limits), pollMs);
});

// Nobody writes to it: it ends when the parent has.
new Socket({ fd: lifelineFd }).on('error', end).on('close', end).resume();

function check(elapsedMs: number, { timeoutMs, maxRssBytes }: Limits): void {
  const rss = process.memoryUsage.rss();
  if (rss > maxRssBytes) {
    const reason = `its decoder took ${mebibytes(rss)}, above the cap of ${mebibytes(maxRssBytes)} (maxRssBytes)`;
    stop({ code: 'MEMORY', reason });
  }
  if (elapsedMs > timeoutMs) stop({ code: 'TIMEOUT', reason: `not done after ${timeoutMs} ms (timeoutMs)` });
}

function stop(failure: Failure): never {
  writeSync(lifelineFd, JSON.stringify(failure));
  return end();
}

/** process.exit would wait for the main thread. */
function end(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('unreachable');
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
