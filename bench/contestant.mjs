// A program of another language that runs benchmark cases on request, kept alive so that contestants can take turns.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { BenchmarkError } from './python.mjs';

export class Contestant {
  /** Starts the program; null when it does not start or says nothing (no such Python, no torch in it). */
  static async start(command, args, env = {}) {
    const child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, ...env },
    });
    const lines = createInterface({ input: child.stdout });
    const first = await Promise.race([
      once(lines, 'line').then(([line]) => line),
      once(child, 'error').then(() => null),
      once(child, 'exit').then(() => null),
    ]);
    return first === null ? null : new Contestant(child, lines, first);
  }

  constructor(child, lines, version) {
    this.child = child;
    this.lines = lines;
    this.version = version;
    this.ended = once(lines, 'close').then(() => null);
  }

  /** Nanoseconds that `count` runs of the case took, after `warm` others, by the program's own clock. */
  async time(name, warm, count) {
    this.child.stdin.write(`${name} ${warm} ${count}\n`);
    const answer = await Promise.race([once(this.lines, 'line'), this.ended]);
    if (answer === null) throw new BenchmarkError(`${this.child.spawnfile} ended while it measured ${name}`);
    return Number(answer[0]);
  }

  stop() {
    this.child.stdin.end();
  }
}
