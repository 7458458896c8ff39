/** One worker process as its pool sees it: started on demand, watched while it works, killed when it misbehaves. */
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Failure, Hello, Reply, Task, TaskResult } from './protocol.js';

// Plain Node runs the worker, so it is always the compiled file; the same relative path holds from lib/ and from dist/.
const program = join(__dirname, '../../dist/media/worker/main.mjs');
const pollMs = 50;
const pageBytes = 4096;

// A worker ends when its channel closes, but not in the middle of a task; a program that exits does not wait for that.
const living = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/** What ended a task without a result. */
export class WorkerFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.reason);
    this.failure = failure;
  }
}

export interface Limits {
  timeoutMs: number;
  maxRssBytes: number;
}

export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #limits: Limits;
  readonly #ready: Promise<void>;
  #fail: ((failure: Failure) => void) | null = null;
  #reply: ((reply: Reply) => void) | null = null;
  #alive = true;

  constructor(limits: Limits) {
    this.#limits = limits;
    // No inherited flags: a debugger's or a test runner's port and loader are not for the worker.
    this.#child = fork(program, [], {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    living.add(this.#child);
    this.#ready = new Promise((resolve, reject) => {
      this.#fail = (failure) => reject(new WorkerFailure(failure));
      this.#child.once('message', ({ failure }: Hello) => {
        if (failure) reject(new WorkerFailure(failure));
        else resolve();
        this.#child.on('message', (reply: Reply) => this.#reply?.(reply));
      });
    });
    this.#ready.catch(() => {});
    this.#child.on('error', (error) => this.#died(`the media worker cannot start: ${error.message}`));
    this.#child.on('exit', (code, signal) =>
      this.#died(`the decoder's process ended by ${signal ?? `exit code ${code}`}`),
    );
    this.#hold(false);
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** One task at a time. Rejects with a WorkerFailure; afterwards `alive` tells whether the worker is still of use. */
  async run(task: Task): Promise<TaskResult> {
    this.#hold(true);
    try {
      await this.#ready;
      return await this.#watched(task);
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

  async #watched(task: Task): Promise<TaskResult> {
    const { timeoutMs, maxRssBytes } = this.#limits;
    let timers: NodeJS.Timeout[] = [];
    let done = false;
    try {
      return await new Promise<TaskResult>((resolve, reject) => {
        this.#fail = (failure) => reject(new WorkerFailure(failure));
        this.#reply = (reply) => {
          if ('failure' in reply) reject(new WorkerFailure(reply.failure));
          else resolve(reply.result);
        };
        const stop = (failure: Failure) => {
          // A measurement that was under way when the reply came must not kill the worker in its next task.
          if (done) return;
          void this.kill();
          reject(new WorkerFailure(failure));
        };
        const timeout = setTimeout(
          () => stop({ code: 'TIMEOUT', reason: `not done after ${timeoutMs} ms (timeoutMs)` }),
          timeoutMs,
        );
        const poll = setInterval(async () => {
          const rss = await residentBytes(this.#child.pid!);
          if (rss > maxRssBytes) {
            const reason = `its decoder took ${mebibytes(rss)}, above the cap of ${mebibytes(maxRssBytes)} (maxRssBytes)`;
            stop({ code: 'MEMORY', reason });
          }
        }, pollMs);
        timers = [timeout, poll];
        this.#child.send(task, (error) => {
          if (error) this.#died(`the media worker cannot be reached: ${error.message}`);
        });
      });
    } finally {
      done = true;
      for (const timer of timers) clearInterval(timer);
    }
  }

  #died(reason: string): void {
    living.delete(this.#child);
    this.#alive = false;
    this.#fail?.({ code: 'CRASHED', reason });
  }

  /** An idle worker must not keep the program from ending; a busy one must. */
  #hold(busy: boolean): void {
    const method = busy ? 'ref' : 'unref';
    this.#child[method]();
    this.#child.channel?.[method]();
  }
}

/** Resident set size of a process; 0 once it is gone. */
async function residentBytes(pid: number): Promise<number> {
  if (process.platform === 'linux') {
    const statm = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '0 0');
    return Number(statm.split(' ')[1]) * pageBytes;
  }
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'rss=', '-p', String(pid)], (error, stdout) =>
      resolve(error ? 0 : Number(stdout) * 1024),
    );
  });
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
