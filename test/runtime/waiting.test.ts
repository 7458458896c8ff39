/** How threads of operators wait for each other: what decides it, that it takes effect, and that results keep their bits. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { threadSettings } from '../../lib/runtime/threads.js';
import { torch } from '../../lib/tensor/index.js';

describe('the variables', () => {
  test.each([
    [{}, 'adaptive', null],
    [{ OMP_NUM_THREADS: '4,2' }, 'adaptive', null],
    // Both runtimes take 0 for unset.
    [{ OMP_NUM_THREADS: '0', MKL_NUM_THREADS: '0' }, 'adaptive', null],
    [{ OMP_WAIT_POLICY: 'passive' }, 'libgomp', 'OMP_WAIT_POLICY=passive'],
    [{ OMP_WAIT_POLICY: 'ACTIVE' }, 'libgomp', 'OMP_WAIT_POLICY=ACTIVE'],
    [{ GOMP_SPINCOUNT: '1000' }, 'libgomp', 'GOMP_SPINCOUNT=1000'],
    [{ EARSIGHT_SPIN: 'libgomp' }, 'libgomp', 'EARSIGHT_SPIN=libgomp'],
    [{ EARSIGHT_SPIN: 'never', OMP_WAIT_POLICY: 'active' }, 'never', 'EARSIGHT_SPIN=never'],
    [{ EARSIGHT_SPIN: '', OMP_WAIT_POLICY: '' }, 'adaptive', null],
  ])('%j: %s', (env, waiting, because) => {
    expect(threadSettings(env)).toEqual({ waiting, because });
  });

  test.each([
    [{ EARSIGHT_SPIN: 'off' }, 'EARSIGHT_SPIN: expected never or libgomp, got off'],
    [{ OMP_NUM_THREADS: '30000' }, 'OMP_NUM_THREADS: expected an integer from 1 to 1024, got 30000'],
    [{ OMP_NUM_THREADS: '2,1025' }, 'OMP_NUM_THREADS: expected an integer from 1 to 1024, got 1025'],
    [
      { MKL_NUM_THREADS: '4294967297' },
      'MKL_NUM_THREADS: expected an integer from 1 to 1024, got 4294967297',
    ],
  ])('%j is refused', (env, message) => {
    expect(() => threadSettings(env)).toThrow(RangeError);
    expect(() => threadSettings(env)).toThrow(message);
  });
});

describe('setNumThreads', () => {
  test.each([
    [0],
    [-1],
    [1.5],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [1025],
    [30_000],
    [2 ** 31],
    [2 ** 32 + 1],
    ['2'],
    [null],
    [undefined],
  ])('%p is a RangeError and changes nothing', (count) => {
    const before = torch.getNumThreads();
    expect(() => torch.setNumThreads(count as number)).toThrow(RangeError);
    expect(() => torch.setNumThreads(count as number)).toThrow(
      `setNumThreads: expected an integer from 1 to 1024, got ${String(count)}`,
    );
    expect(torch.getNumThreads()).toBe(before);
  });

  test('takes what it is given', () => {
    const before = torch.getNumThreads();
    for (const count of [3, 1, 2]) {
      torch.setNumThreads(count);
      expect(torch.getNumThreads()).toBe(count);
    }
    torch.setNumThreads(before);
  });
});

const child = (name: string) => join(__dirname, 'children', `${name}.cjs`);

/** The environment of this process with these variables for threads and no others. */
function environment(variables: Record<string, string>): NodeJS.ProcessEnv {
  const { OMP_WAIT_POLICY, GOMP_SPINCOUNT, EARSIGHT_SPIN, OMP_NUM_THREADS, ...env } = process.env;
  return { ...env, ...variables };
}

function report(variables: Record<string, string>) {
  const env = environment(variables);
  const { status, stdout, stderr } = spawnSync(process.execPath, [child('waiting')], {
    encoding: 'utf8',
    env,
  });
  if (status !== 0) throw new Error(`exit code ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('in a process', () => {
  const modes: [Record<string, string>, string][] = [
    [{ EARSIGHT_SPIN: 'never' }, 'never'],
    [{ EARSIGHT_SPIN: 'libgomp' }, 'libgomp'],
    [{ OMP_WAIT_POLICY: 'passive' }, 'libgomp'],
    [{}, availableParallelism() > 1 ? 'adaptive' : 'libgomp'],
  ];
  let reports: ReturnType<typeof report>[];
  beforeAll(() => {
    reports = modes.map(([variables]) => report(variables));
  }, 600_000);

  test('what is in effect is what the variables say', () => {
    expect(reports.map(({ waiting }) => waiting)).toEqual(modes.map(([, waiting]) => waiting));
  });

  test('results have the same bits', () => {
    expect(new Set(reports.map(({ bits }) => bits)).size).toBe(1);
  });

  test('never: a thread sleeps between operators that are 0.2 ms apart, where libgomp spins for milliseconds', () => {
    const [never, libgomp] = reports;
    expect(never.asleep).toBe(true);
    expect(never.sleeps).toBeGreaterThan(100); // of 400
    expect(libgomp.asleep).toBe(false);
  });
});

(availableParallelism() > 1 ? onLinux : describe.skip)('beside busy programs', () => {
  test('waiting threads come to sleep', async () => {
    const busy = Array.from({ length: 2 * availableParallelism() }, () =>
      spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
    );
    try {
      const running = spawn(process.execPath, [child('crowded')], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: environment({}),
      });
      let said = '';
      running.stdout.on('data', (data) => {
        said += data;
      });
      expect((await once(running, 'close'))[0]).toBe(0);
      expect(said).toBe('asleep');
    } finally {
      for (const program of busy) program.kill('SIGKILL');
    }
  }, 600_000);
});

(availableParallelism() > 1 ? onLinux : describe.skip)('while no operators run', () => {
  test('the thread that watches sleeps, until the next one', () => {
    const { stdout, stderr } = spawnSync(process.execPath, [child('idle')], {
      encoding: 'utf8',
      env: environment({}),
    });
    expect({ stdout, stderr }).toEqual({ stdout: 'slept, woke, slept', stderr: '' });
  }, 600_000);
});
