/** A worker keeps its limits and ends with its parent, also while the parent's only thread is busy. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { MediaPool } from '../../lib/media/pool.js';
import { scratchFolder, testClip } from './clips.js';
import { workersOf } from './workers.js';

const folder = scratchFolder();
const path = (name: string) => join(folder, name);
const compiled = resolve('dist/media/pool.js');

beforeAll(async () => {
  await using pool = new MediaPool({ workers: 2, tmpDir: folder });
  await pool.encode(path('good.mp4'), testClip());
  const size = 4096;
  await pool.encode(path('bomb.mp4'), {
    frames: new Uint8Array(8 * size * size * 3).fill(90),
    width: size,
    height: size,
    fps: 8,
  });
}, 60_000);

type Program = ChildProcessByStdio<Writable, Readable, null>;
const programs: Program[] = [];

afterAll(() => {
  for (const program of programs) program.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Starts a program with a warm worker that then gives it `task`, prints a line and reads one, both without a turn of its loop. */
function start(task: string, options: object): Program {
  const script = `
    const { readSync, writeSync } = require('node:fs');
    const { MediaPool } = require(${JSON.stringify(compiled)});
    const pool = new MediaPool(${JSON.stringify({ workers: 1, ...options })});
    pool.probe('good.mp4').then(() => {
      const outcome = ${task}.then(() => 'done', (error) => error.code);
      setImmediate(() => {
        writeSync(1, 'busy\\n');
        readSync(0, Buffer.alloc(1));
        outcome.then((word) => writeSync(1, word));
      });
    });`;
  const program = spawn(process.execPath, ['-e', script], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  programs.push(program);
  return program;
}

/** Waits until a process has ended; its parent may not have taken notice of it yet. */
async function ended(pid: number): Promise<void> {
  while (existsSync(`/proc/${pid}/exe`)) await new Promise((done) => setTimeout(done, 20));
}

test.each([
  ['MEMORY', "pool.decode('bomb.mp4', { video: { width: 64 } })", { maxRssBytes: 150 * 2 ** 20 }],
  ['TIMEOUT', "pool.cut('bomb.mp4', 'late.webm', [0, 1])", { timeoutMs: 500 }],
])(
  'a worker ends itself while its parent computes, and the parent learns %s',
  async (code, task, limits) => {
    const program = start(task, limits);
    await once(program.stdout, 'data');
    const [worker] = workersOf(program.pid!);
    // The program reads its line only after this, so nobody but the worker can have ended the worker.
    await ended(worker!);
    const outcome = once(program.stdout, 'data');
    program.stdin.end('\n');
    expect(String((await outcome)[0])).toBe(code);
    await once(program, 'exit');
  },
  60_000,
);

test('a task that is done in time counts as done, however late the parent looks', async () => {
  const program = start("pool.probe('good.mp4')", { timeoutMs: 2000 });
  await once(program.stdout, 'data');
  await new Promise((done) => setTimeout(done, 2500));
  const outcome = once(program.stdout, 'data');
  program.stdin.end('\n');
  expect(String((await outcome)[0])).toBe('done');
  await once(program, 'exit');
});

test('a worker ends with its killed parent, in the middle of a task', async () => {
  mkdirSync(path('killed'));
  const program = start("pool.cut('bomb.mp4', 'killed/cut.webm', [0, 1])", { tmpDir: 'killed' });
  await once(program.stdout, 'data');
  const [worker] = workersOf(program.pid!);
  // Held at the beginning of its task, it has all of it before it when it learns of the death.
  process.kill(worker!, 'SIGSTOP');
  program.kill('SIGKILL');
  await once(program, 'exit');
  process.kill(worker!, 'SIGCONT');
  await ended(worker!);
  await using pool = new MediaPool({ workers: 1 });
  const [temporary] = readdirSync(path('killed'));
  for (const name of readdirSync(join(path('killed'), temporary!))) {
    await expect(pool.probe(join(path('killed'), temporary!, name))).rejects.toThrow(
      /EMPTY|INVALID|TRUNCATED/,
    );
  }
});
