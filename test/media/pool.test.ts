/** The pool's limits and its life: time, memory, crashes, many files at once, and nothing left behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { MediaPool } from '../../lib/media/pool.js';
import { nativeInfo } from '../../lib/runtime/index.js';
import { scratchFolder, testClip } from './clips.js';
import { workersOf } from './workers.js';

const folder = scratchFolder();
const path = (name: string) => join(folder, name);
const compiled = resolve('dist/media');

beforeAll(async () => {
  await using pool = new MediaPool({ workers: 2, tmpDir: folder });
  await pool.encode(path('good.mp4'), testClip());
  // A small file of few colours that unpacks to 24 MiB a frame.
  const size = 4096;
  const frames = new Uint8Array(4 * size * size * 3).fill(90);
  await pool.encode(path('bomb.mp4'), { frames, width: size, height: size, fps: 8 });
  expect(statSync(path('bomb.mp4')).size).toBeLessThan(2 ** 20);
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true }));

test('a worker that outgrows the cap is killed, the next file is decoded', async () => {
  await using pool = new MediaPool({ workers: 1, maxRssBytes: 150 * 2 ** 20 });
  const bomb = pool.decode(path('bomb.mp4'), { video: { width: 64 } });
  await expect(bomb).rejects.toMatchObject({ code: 'MEMORY', file: path('bomb.mp4') });
  expect((await pool.decode(path('good.mp4'))).video!.totalFrames).toBe(32);
});

test('a result that cannot fit is refused before it is decoded', async () => {
  await using pool = new MediaPool({ workers: 1, maxRssBytes: 300 * 2 ** 20 });
  await expect(pool.decode(path('bomb.mp4'))).rejects.toMatchObject({
    code: 'TOO_LARGE',
    reason: expect.stringMatching(/4 frames of 4096 x 4096 .* 192 MiB/),
  });
});

test("limits of a call take the place of the pool's, for that call", async () => {
  const MiB = 2 ** 20;
  await using pool = new MediaPool({ workers: 1, maxRssBytes: 150 * MiB });
  const small = { video: { width: 64 } };
  const roomy = await pool.decode(path('bomb.mp4'), { ...small, maxRssBytes: 1024 * MiB });
  expect(roomy.video!.shape).toEqual([4, 64, 64, 3]);
  await expect(pool.decode(path('bomb.mp4'), small)).rejects.toMatchObject({ code: 'MEMORY' });
  // 32 frames of 64 x 64 x 3 and 4 s of sound: 393,216 + 256,000 bytes.
  const whole = pool.decode(path('good.mp4'), { maxResultBytes: 649_216 });
  expect((await whole).video!.shape[0]).toBe(32);
  await expect(pool.decode(path('good.mp4'), { maxResultBytes: 649_215 })).rejects.toMatchObject({
    code: 'TOO_LARGE',
  });
  // Four frames of 16 million pixels take longer than the 10 ms between two looks at the clock.
  const late = pool.decode(path('bomb.mp4'), { ...small, maxRssBytes: 1024 * MiB, timeoutMs: 1 });
  await expect(late).rejects.toMatchObject({ code: 'TIMEOUT', reason: expect.stringContaining('1 ms') });
});

test('a task that takes too long is stopped, the next file is decoded', async () => {
  await using pool = new MediaPool({ workers: 1, timeoutMs: 1000 });
  // Seconds of work on any machine: VP9 at 4096 x 4096.
  const late = pool.cut(path('bomb.mp4'), path('late.webm'), [0, 1]);
  await expect(late).rejects.toMatchObject({ code: 'TIMEOUT', reason: expect.stringContaining('1000 ms') });
  expect(existsSync(path('late.webm'))).toBe(false);
  expect((await pool.probe(path('good.mp4'))).video!.frames).toBe(32);
});

test.each([
  ['SIGSEGV', 'before it has the task'],
  ['SIGABRT', 'after it has the task'],
  ['SIGKILL', 'before it has the task'],
] as const)('a worker that dies of %s %s fails its own file only', async (signal, moment) => {
  await using pool = new MediaPool({ workers: 1 });
  await pool.probe(path('good.mp4'));
  const doomed = pool.decode(path('bomb.mp4'), { video: { width: 64 } });
  const waiting = pool.decode(path('good.mp4'));
  const outcomes = Promise.allSettled([doomed, waiting]);
  // A task is sent when the program yields; before that, the message finds a process that is dying or dead.
  if (moment.startsWith('after')) await new Promise(setImmediate);
  for (const pid of workersOf(process.pid)) process.kill(pid, signal);
  const [failed, served] = await outcomes;
  expect(failed).toMatchObject({ reason: { code: 'CRASHED', reason: expect.stringContaining(signal) } });
  expect(served).toMatchObject({ value: { video: { totalFrames: 32 } } });
});

test('50 files at once, good and bad', async () => {
  await using pool = new MediaPool({ workers: 3 });
  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, (_, i) => pool.decode(path(i % 5 === 0 ? 'nowhere.mp4' : 'good.mp4'))),
  );
  const [first] = outcomes.filter((outcome) => outcome.status === 'fulfilled');
  outcomes.forEach((outcome, i) => {
    if (i % 5 === 0) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'NOT_FOUND' } });
    else if (outcome.status === 'rejected') throw outcome.reason;
    else expect(Buffer.compare(outcome.value.video!.frames, first!.value.video!.frames)).toBe(0);
  });
}, 30_000);

test('a closed pool refuses work and fails what was under way', async () => {
  const pool = new MediaPool({ workers: 1 });
  const running = pool.decode(path('bomb.mp4'), { video: { width: 64 } });
  const queued = pool.decode(path('good.mp4'));
  const expectations = [running, queued].map((p) => expect(p).rejects.toMatchObject({ code: 'CLOSED' }));
  await pool.close();
  expect(workersOf(process.pid)).toEqual([]);
  await Promise.all(expectations);
  await expect(pool.probe(path('good.mp4'))).rejects.toMatchObject({ code: 'CLOSED' });
});

test('senseless options are refused', () => {
  expect(() => new MediaPool({ workers: 0 })).toThrow('workers is 0');
  expect(() => new MediaPool({ timeoutMs: Number.NaN })).toThrow('timeoutMs is NaN');
});

describe('a program that uses a pool', () => {
  const run = (script: string, cwd = folder) =>
    spawn(
      process.execPath,
      ['-e', `const { MediaPool } = require(${JSON.stringify(join(compiled, 'pool.js'))}); ${script}`],
      {
        cwd,
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );

  test('ends by itself without closing the pool, and leaves no temporary file', async () => {
    const child = run(`
      const pool = new MediaPool({ workers: 2, tmpDir: 'run-exit' });
      pool.cut('good.mp4', 'run-exit/cut.mp4', [0, 1]);`);
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(readdirSync(path('run-exit'))).toEqual(['cut.mp4']);
  });

  test('leaves neither file nor worker when Ctrl-C ends it in the middle of a task', async () => {
    const child = run(`
      const pool = new MediaPool({ workers: 1, tmpDir: 'run-int' });
      pool.cut('bomb.mp4', 'run-int/cut.mp4', [0, 1]);
      setTimeout(() => console.log('started'), 300);`);
    await once(child.stdout, 'data');
    const workers = workersOf(child.pid!);
    expect(workers.length).toBe(1);
    expect(readdirSync(path('run-int')).length).toBe(1);
    child.kill('SIGINT');
    const [code, signal] = await once(child, 'exit');
    expect([code, signal]).toEqual([null, 'SIGINT']);
    expect(readdirSync(path('run-int'))).toEqual([]);
    while (workers.some((pid) => existsSync(`/proc/${pid}/exe`)))
      await new Promise((done) => setTimeout(done, 20));
  });

  test('keeps its workers when a signal goes to all processes of a job', async () => {
    await using pool = new MediaPool({ workers: 1 });
    const before = workersOf(process.pid);
    await pool.probe(path('good.mp4'));
    const [worker] = workersOf(process.pid).filter((pid) => !before.includes(pid));
    for (const signal of ['SIGINT', 'SIGTERM']) process.kill(worker, signal);
    await pool.probe(path('good.mp4'));
    expect(workersOf(process.pid)).toContain(worker);
  });

  test('learns how to install node-av when it is missing', async () => {
    for (const part of ['dist', 'scripts', 'package.json'])
      cpSync(resolve(part), path(`elsewhere/${part}`), { recursive: true });
    // An empty package stands nearer than any that may lie in a parent folder of the temporary one.
    mkdirSync(path('elsewhere/node_modules/node-av'), { recursive: true });
    writeFileSync(
      path('elsewhere/node_modules/node-av/package.json'),
      '{ "name": "node-av", "exports": {} }',
    );
    const child = spawn(
      process.execPath,
      [
        '-e',
        `
        const { MediaPool } = require('./dist/media/pool.js');
        const pool = new MediaPool({ workers: 1 });
        pool.probe('../good.mp4').catch((error) => console.log(JSON.stringify(error)));`,
      ],
      {
        cwd: path('elsewhere'),
        stdio: ['ignore', 'pipe', 'inherit'],
        env: {
          ...process.env,
          EARSIGHT_NATIVE_PATH: nativeInfo().addon,
          LIBTORCH: nativeInfo().libtorch.root,
          EARSIGHT_CACHE: path('cache'),
        },
      },
    );
    const { code, file, reason } = JSON.parse(await text(child.stdout));
    expect(code).toBe('NODE_AV_MISSING');
    expect(file).toBe('../good.mp4');
    expect(reason).toContain('npm install node-av');
  });
});
