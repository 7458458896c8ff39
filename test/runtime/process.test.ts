// Whole processes: how they end, what the collector frees, worker threads, long training, the device path of backward.
// They run the compiled package, as a user's program does.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

interface Run {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

function run(
  child: string,
  args: string[] = [],
  options: { node?: string[]; env?: object; timeout?: number } = {},
): Run {
  const file = join(__dirname, 'children', `${child}.cjs`);
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [...(options.node ?? []), file, ...args],
    {
      encoding: 'utf8',
      timeout: options.timeout ?? 120_000,
      env: { ...process.env, OMP_NUM_THREADS: '1', ...options.env },
    },
  );
  return { code: status, signal, stdout, stderr };
}

function report(...call: Parameters<typeof run>) {
  const { code, signal, stdout, stderr } = run(...call);
  if (code !== 0) throw new Error(`exit code ${code}, signal ${signal}: ${stderr}`);
  return JSON.parse(stdout);
}

describe('the end of a process', () => {
  test.each([
    'end of the program',
    'end of the program inside an async scope',
    'process.exit inside a scope',
    'process.exit inside a hook',
  ])('%s: exit code 0 and a quiet stderr', (way) => {
    expect(run('exit', [way])).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
  });

  test('process.exit keeps its code', () => {
    expect(run('exit', ['process.exit with 7']).code).toBe(7);
  });

  test.each([
    ['uncaught error inside a scope', /TorchError: aten::add\.Tensor: .*size of tensor a \(10\)/],
    ['uncaught error inside a hook', /Error: from the hook/],
    ['unhandled rejection in an async scope', /TorchError: aten::add\.Tensor/],
  ])('%s: exit code 1 and the error on stderr', (way, message) => {
    const { code, signal, stderr } = run('exit', [way]);
    expect({ code, signal }).toEqual({ code: 1, signal: null });
    expect(stderr).toMatch(message);
  });
});

describe('modules that are loaded again', () => {
  test('leave nothing behind: no registry, no tensor, one listener', () => {
    const { code, stdout, stderr } = run('reloaded', [], { node: ['--expose-gc'] });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { rounds, living, tensors, listeners } = JSON.parse(stdout);
    expect(rounds).toBe(15);
    // The last of a loop may stay in a register, and with it its two tensors.
    expect(living).toBeLessThanOrEqual(1);
    expect(tensors).toBeLessThan(3);
    expect(listeners).toBe(1);
  });
});

describe('32 tensors outside scopes, in a loop that does not yield', () => {
  const warnings = (mebibytes: string, limit: string | undefined, ...ways: string[]) =>
    report('unscoped', [mebibytes, ...ways], { env: { EARSIGHT_UNSCOPED_WARNING: limit ?? '' } });
  const one = [
    {
      name: 'EarsightWarning',
      code: 'EARSIGHT_UNSCOPED_MEMORY',
      message: expect.stringMatching(/made outside scopes hold \d+ MiB.*scope\(.*dispose\(.*keep\(/),
    },
  ];

  test.each(['dropped', 'held', 'out of scopes'])('%s: a warning above the limit', (way) => {
    expect(warnings('1', '10', way)).toEqual(one);
    expect(warnings('1', '40', way)).toEqual([]);
  });

  test('one warning a process', () => {
    expect(warnings('1', '10', 'dropped', 'held', 'out of scopes')).toEqual(one);
  });

  test('none for what a scope frees, the program disposes of or keeps, and files that are mapped', () => {
    const ways = ['in a scope', 'disposed', 'kept', 'kept out of a scope', 'parameters', 'gradients'];
    expect(warnings('1', '10', ...ways, 'views of what is kept', 'mapped')).toEqual([]);
    // Each alone is above the limit.
    expect(warnings('2', '1', ...ways, 'views of what is kept', 'mapped')).toEqual([]);
  });

  test('the limit is 1024 MiB, and 0 is none', () => {
    expect(warnings('30', undefined, 'held')).toEqual([]);
    expect(warnings('48', undefined, 'held')).toEqual(one);
    expect(warnings('48', '0', 'held')).toEqual([]);
  });
});

describe('the garbage collector', () => {
  test('frees what was neither disposed nor owned, and that alone is counted', () => {
    const { full, left, bytesLeft, freedByGc, held } = report('collected', [], { node: ['--expose-gc'] });
    expect(full).toBe(101);
    // The last of a loop may stay in a register.
    expect(left).toBeLessThanOrEqual(2);
    expect(bytesLeft).toBe(left * 4000);
    expect(freedByGc).toBe(full - left);
    expect(held).toBe(10);
  });

  test('runs by itself, because V8 is told about the bytes', () => {
    const { peak, freedByGc } = report('backstop');
    expect(peak).toBeLessThan(500 * 2 ** 20);
    expect(freedByGc).toBeGreaterThan(100);
  });
});

describe('a scope whose promise can no longer settle', () => {
  test('leaves its tensors to the collector, and a warning names where it was opened', () => {
    const { pending, collected, used, settled, left, warnings } = report('unsettled', [], {
      node: ['--expose-gc'],
    });
    expect(pending).toBe(3 * 3 + 1 + 1 + 1);
    // The weight of a listener, and a tensor each of the two scopes that still run.
    expect(collected).toBe(3);
    expect(used).toBe(6);
    expect(settled).toEqual(['timer', 'held']);
    expect(left).toBe(1);
    expect(warnings).toHaveLength(4);
    for (const { name, code } of warnings)
      expect({ name, code }).toEqual({ name: 'EarsightWarning', code: 'EARSIGHT_UNSETTLED_SCOPE' });
    const messages: string[] = warnings.map(({ message }: { message: string }) => message);
    const origins = messages.filter((it) =>
      /3 tensors[\s\S]*opened\n +at neverSettles \(.*unsettled\.cjs:\d+/.test(it),
    );
    expect(origins).toHaveLength(3);
  });
});

test('50 worker threads load, run, end or are terminated in the middle of operators', () => {
  const { ended, terminated, sums, mine, works } = report('workers');
  expect({ ended, terminated, works }).toEqual({ ended: 40, terminated: 10, works: 2 });
  expect(sums).toEqual([mine]);
});

const terminations = process.env.EARSIGHT_TEST_FULL ? 2000 : 60;
const timeout = 1_200_000;
test(
  `${terminations} worker threads that are terminated while they load the addon end without harm`,
  () => {
    const result = report('terminate-at-load', [String(terminations)], { timeout });
    expect(result).toEqual({ reached: terminations, works: 2 });
  },
  timeout,
);

describe('generators', () => {
  test.each(['disposed', 'collected'])('leave no memory behind when %s', (way) => {
    const { grown, works } = report('generators', [way], { node: ['--expose-gc'] });
    // 40,000 of 2.6 kB would be 100 MiB.
    expect(grown).toBeLessThan(30);
    expect(works).toBe(true);
  });
});

describe('10,000 training-like steps', () => {
  let result: ReturnType<typeof report>;
  beforeAll(() => {
    result = report('steps', ['10000']);
  }, 120_000);

  test('learn', () => {
    expect(result.last).toBeLessThan(result.first / 5);
  });

  test('leave no tensor, no byte and no resident memory behind', () => {
    expect(result.after.live).toBe(result.before.live);
    expect(result.after.bytes).toBe(result.before.bytes);
    expect(result.freedByGc).toBe(0);
    expect(result.after.rss).toBeLessThan(result.before.rss * 1.05);
  });
});

const canLimit = spawnSync('prlimit', ['--version']).status === 0;
(canLimit ? test : test.skip)('out of memory: what waits to be freed makes room for a second try', () => {
  const result = report('out-of-memory', [], { node: ['--expose-gc'] });
  expect(result.second).toEqual(['TorchError', 'OOM', 2 ** 30, expect.stringMatching(/^aten::empty/)]);
  expect(result.afterDispose).toBe('fits');
  expect(result.collected).toBe('fits');
  expect(result.retries).toBe(result.retriesBefore + 1);
  expect(result.live).toBe(0);
});

test('the same seed gives the same bits in two processes', () => {
  const [a, b] = [report('steps', ['200']), report('steps', ['200'])];
  expect(a.weights).toEqual(b.weights);
  expect([a.first, a.last]).toEqual([b.first, b.last]);
});

test('a backward pass on another thread gives what one on this thread gives', () => {
  const expected = {
    hook: [30, 30],
    first: [3, 12],
    second: [6, 12],
    nested: [10],
    sameError: true,
    code: 'RUNTIME',
    modes: [false],
    modeAfter: true,
  };
  const here = report('backward-thread');
  const there = report('backward-thread', [], { env: { EARSIGHT_BACKWARD_THREAD: '1' } });
  expect(here).toMatchObject(expected);
  expect(there).toEqual(here);
});
