/**
 * A worker process: one task at a time, each synchronous from start to end.
 * A process and not a thread, because only a process can be killed in the middle of a decoder, measured alone and lost
 * without losing the trainer.
 */
import { Worker } from 'node:worker_threads';
import type { Failure, Hello, Order, Reply } from '../protocol.js';

// Ctrl-C reaches the whole process group, and schedulers send SIGTERM to all processes of a job; what to finish and when to
// stop is for the parent to say.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});

const guard = new Worker(new URL('./guard.mjs', import.meta.url));
const send = (message: Hello | Reply) => process.send?.(message);

try {
  const { runTask } = await import('./tasks.mjs');
  process.on('message', async (order: Order) => {
    guard.postMessage(order.limits);
    const reply = await runTask(order);
    guard.postMessage(null);
    send(reply);
  });
  send({ hello: true });
} catch (error) {
  const failure: Failure = {
    code: 'NODE_AV_MISSING',
    reason:
      `video and audio files need the optional package node-av, which does not load here: ` +
      `${(error as Error).message.trim()}. Install it with "npm install node-av" (set SKIP_FFMPEG=1: its ` +
      `libraries are in the package, the program that it would download is not needed)`,
  };
  send({ hello: true, failure });
}
