// A program of another language that runs benchmark cases on request, kept alive so that contestants can take turns.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { BenchmarkError } from './python.mjs';

/** Of what a program says on stderr, for the error where it ends. */
const keptCharacters = 2000;

/** Programs that run: they may be in the middle of a long case when this one ends. */
const living = new Set();
process.once('exit', () => {
  for (const child of living) child.kill();
});

export class Contestant {
  /** Starts the program; null when it does not start or says nothing (no such Python, no torch in it). */
  static async start(command, args, env = {}) {
    const child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    const lines = createInterface({ input: child.stdout });
    const contestant = new Contestant(child, lines);
    const first = await Promise.race([
      once(lines, 'line').then(([line]) => line),
      once(child, 'error').then(() => null),
      once(child, 'exit').then(() => null),
    ]);
    contestant.version = first;
    return first === null ? null : contestant;
  }

  #said = '';

  constructor(child, lines) {
    this.child = child;
    this.lines = lines;
    this.ended = once(lines, 'close').then(() => null);
    living.add(child);
    child.once('close', () => living.delete(child));
    child.stdin.on('error', () => {}); // the answer that does not come tells
    child.stderr.on('data', (text) => {
      this.#said = (this.#said + text).slice(-keptCharacters);
    });
  }

  /** Nanoseconds that `count` runs of the case took, after `warm` others, by the program's own clock. */
  async time(name, warm, count) {
    return Number(await this.#line(`${name} ${warm} ${count}`));
  }

  /** What the program answers to a job, both of them JSON. */
  async ask(job) {
    return JSON.parse(await this.#line(JSON.stringify(job)));
  }

  async #line(request) {
    this.child.stdin.write(`${request}\n`);
    const answer = await Promise.race([once(this.lines, 'line'), this.ended]);
    if (answer !== null) return answer[0];
    const asked = request.length > 80 ? `${request.slice(0, 80)}...` : request;
    throw new BenchmarkError(`${this.child.spawnfile} ended while it measured ${asked}\n${this.#said}`);
  }

  stop() {
    this.child.stdin.end();
  }
}
