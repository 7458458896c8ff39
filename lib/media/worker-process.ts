/** One worker process as its pool sees it: started on demand, killed when its pool closes. It watches its limits itself. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { processWide } from '../runtime/index.js';
import { type Failure, type Hello, lifelineFd, type Order, type Reply, type TaskResult } from './protocol.js';

// Plain Node runs the worker, so it is always the compiled file; the same relative path holds from lib/ and from dist/.
const program = join(__dirname, '../../dist/media/worker/main.mjs');

// Workers end soon after their parent; at an ordinary exit they end before its temporary files are removed.
const living = processWide('media.workers', () => {
  const children = new Set<ChildProcess>();
  process.on('exit', () => {
    for (const child of children) child.kill('SIGKILL');
  });
  return children;
});

/** What ended a task without a result. */
export class WorkerFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.reason);
    this.failure = failure;
  }
}

export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #lifeline: Socket;
  readonly #ready: Promise<void>;
  #fail: ((failure: Failure) => void) | null = null;
  #reply: ((reply: Reply) => void) | null = null;
  #lastWords = '';
  #alive = true;

  constructor() {
    // No inherited flags: a debugger's or a test runner's port and loader are not for the worker.
    this.#child = fork(program, [], {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc', 'pipe'],
    });
    living.add(this.#child);
    this.#lifeline = this.#child.stdio[lifelineFd] as Socket;
    this.#lifeline
      .on('error', () => {})
      .on('data', (text) => {
        this.#lastWords += text;
      });
    this.#ready = new Promise((resolve, reject) => {
      this.#fail = (failure) => reject(new WorkerFailure(failure));
      this.#child.once('message', ({ failure }: Hello) => {
        if (failure) reject(new WorkerFailure(failure));
        else resolve();
        this.#child.on('message', (reply: Reply) => this.#reply?.(reply));
      });
    });
    this.#ready.catch(() => {});
    this.#child.on('error', (error) => {
      this.#died({ code: 'CRASHED', reason: `the media worker cannot start: ${error.message}` });
    });
    // Not the event 'exit': messages and last words may still be on their way then.
    this.#child.on('close', (code, signal) => {
      const reason = `the decoder's process ended by ${signal ?? `exit code ${code}`}`;
      this.#died(this.#lastWords === '' ? { code: 'CRASHED', reason } : JSON.parse(this.#lastWords));
    });
    this.#hold(false);
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** One task at a time. Rejects with a WorkerFailure; afterwards `alive` tells whether the worker is still of use. */
  async run(order: Order): Promise<TaskResult> {
    this.#hold(true);
    try {
      await this.#ready;
      return await this.#answer(order);
    } finally {
      this.#fail = null;
      this.#reply = null;
      this.#hold(false);
    }
  }

  /** Resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#alive = false;
    if (!this.#child.kill('SIGKILL')) return;
    this.#child.ref();
    await once(this.#child, 'exit');
  }

  #answer(order: Order): Promise<TaskResult> {
    return new Promise((resolve, reject) => {
      this.#fail = (failure) => reject(new WorkerFailure(failure));
      this.#reply = (reply) => {
        if ('failure' in reply) reject(new WorkerFailure(reply.failure));
        else resolve(reply.result);
      };
      this.#child.send(order, (error) => {
        // It is dead or dying, and its end will say of what; the signal only makes sure that the end comes.
        if (error) this.#child.kill('SIGKILL');
      });
    });
  }

  #died(failure: Failure): void {
    living.delete(this.#child);
    this.#alive = false;
    this.#fail?.(failure);
  }

  /** An idle worker must not keep the program from ending; a busy one must. */
  #hold(busy: boolean): void {
    const method = busy ? 'ref' : 'unref';
    this.#child[method]();
    this.#child.channel?.[method]();
    this.#lifeline[method]();
  }
}
