// The bootstrap's steps: each does its work when something is stale, nothing when nothing is, and says what to do
// when the machine lacks a tool.

import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fakeLibtorch, program, removeTemporaries, repository, temporaryFolder, write } from './helpers.js';

const { setUpInstalled } = require('../../scripts/bootstrap/addon.cjs');
const { withLock } = require('../../scripts/bootstrap/lock.cjs');
const { buildNative } = require('../../scripts/bootstrap/native.cjs');
const { installPackages } = require('../../scripts/bootstrap/packages.cjs');
const { checkToolchain, cudaCompiler } = require('../../scripts/bootstrap/toolchain.cjs');
const { compileTypeScript } = require('../../scripts/bootstrap/typescript.cjs');
const { readLibtorch } = require('../../scripts/libtorch/layout.cjs');
const { readStamp } = require('../../scripts/libtorch/locate.cjs');

beforeAll(() => {
  jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
});
afterAll(removeTemporaries);

const which = (name: string) => spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim();

/** A PATH with only these programs of the machine, and the fakes given by name and script. */
function pathWith(names: string[], fakes: Record<string, string> = {}): string {
  const folder = temporaryFolder();
  for (const name of names) symlinkSync(which(name), join(folder, name));
  for (const [name, body] of Object.entries(fakes)) program(join(folder, name), body);
  return folder;
}

describe('a machine without tools gets one message with the remedy', () => {
  test('no CMake', () => {
    expect(() => checkToolchain({ PATH: pathWith([]) })).toThrow(
      /CMake was not found[\s\S]*apt-get install g\+\+ cmake/,
    );
  });

  test('an old CMake', () => {
    const path = pathWith([], { cmake: 'echo cmake version 3.10.2' });
    expect(() => checkToolchain({ PATH: path })).toThrow(/CMake 3\.10 is too old \(3\.19/);
  });

  test('no compiler', () => {
    expect(() => checkToolchain({ PATH: pathWith(['cmake']) })).toThrow(
      /No C\+\+ compiler was found \(looked for c\+\+, g\+\+, clang\+\+\)[\s\S]*apt-get install g\+\+/,
    );
    expect(() => checkToolchain({ PATH: pathWith(['cmake']), CXX: 'my-c++' })).toThrow('looked for my-c++');
  });

  test('a compiler without C++20', () => {
    const path = pathWith(['cmake'], { 'c++': 'echo "error: unrecognized option -std=c++20" >&2; exit 1' });
    expect(() => checkToolchain({ PATH: path })).toThrow(/cannot compile C\+\+20[\s\S]*unrecognized option/);
  });

  test('the whole bootstrap ends with that message and exit code 1', () => {
    const root = temporaryFolder();
    for (const name of ['scripts', 'CMakeLists.txt'])
      cpSync(join(repository, name), join(root, name), { recursive: true });
    const libtorch = fakeLibtorch(temporaryFolder());
    const { status, stderr } = spawnSync(process.execPath, ['scripts/bootstrap.mjs', '--only=native'], {
      cwd: root,
      encoding: 'utf8',
      env: { PATH: pathWith([]), LIBTORCH: libtorch },
    });
    expect(stderr).toMatch(/^CMake was not found/);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(status).toBe(1);
  });
});

describe('CUDA kernels', () => {
  const nvcc = (release: string) =>
    pathWith([], { nvcc: `echo "Cuda compilation tools, release ${release}, V1"` });
  const torch = (version: string, cuda: boolean) =>
    readLibtorch(fakeLibtorch(temporaryFolder(), { version, cuda }));

  test('need a libtorch with CUDA and an nvcc of the same major version', () => {
    const PATH = nvcc('13.0');
    expect(cudaCompiler(torch('2.13.0+cu130', true), { PATH })).toBe(join(PATH, 'nvcc'));
    expect(cudaCompiler(torch('2.13.0+cu126', true), { PATH })).toBeUndefined();
    expect(cudaCompiler(torch('2.13.0+cpu', false), { PATH })).toBeUndefined();
    expect(cudaCompiler(torch('2.13.0+cu130', true), { PATH: pathWith([]) })).toBeUndefined();
  });

  test("take the CUDA version from the wheel's file when the version does not tell", () => {
    const libtorch = torch('2.13.0', true);
    appendFileSync(join(libtorch.root, 'version.py'), "cuda: Optional[str] = '13.0'\n");
    const PATH = nvcc('13.2');
    expect(cudaCompiler(libtorch, { PATH })).toBe(join(PATH, 'nvcc'));
  });
});

/** A compiler that takes anything at once. */
const quickCompiler = (): NodeJS.ProcessEnv => ({
  ...process.env,
  CXX: program(join(temporaryFolder(), 'c++'), 'exit 0'),
});

/** A package whose cmake-js counts its calls in `calls` and leaves empty libraries. */
function packageWithFakeBuild(): { root: string; builds: () => number } {
  const root = temporaryFolder();
  write(join(root, 'package.json'), '{"name":"fake"}');
  write(join(root, 'CMakeLists.txt'), '# build\n');
  write(join(root, 'native', 'ops', 'library.cpp'), 'int one;\n');
  write(join(root, 'node_modules', 'cmake-js', 'package.json'), '{"name":"cmake-js"}');
  write(
    join(root, 'node_modules', 'cmake-js', 'bin', 'cmake-js'),
    `const fs = require('node:fs');
fs.appendFileSync('all-calls', process.argv.slice(2).join(' ') + '\\n');
if (process.argv[2] !== 'build') process.exit();
fs.mkdirSync('build/Release', { recursive: true });
fs.appendFileSync('calls', process.argv.slice(2).join(' ') + '\\n');
for (const name of ['earsight.node', 'libearsight_ops.so', 'libearsight_node.so']) fs.writeFileSync('build/Release/' + name, '');
`,
  );
  const log = join(root, 'calls');
  return { root, builds: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').length : 0) };
}

describe('the native build', () => {
  test('runs for new sources, flags and libtorch, and for nothing else', async () => {
    const { root, builds } = packageWithFakeBuild();
    const first = readLibtorch(fakeLibtorch(temporaryFolder()));
    const machine = quickCompiler();
    const build = (libtorch = first, env = machine) => buildNative({ root, libtorch, env });

    expect(await build()).toBe(true);
    expect(await build()).toBe(false);
    expect(builds()).toBe(1);
    const record = JSON.parse(readFileSync(join(root, 'build', 'Release', 'earsight.json'), 'utf8'));
    expect(record).toMatchObject({ libtorch: '2.13.0+cpu', cuda: false });

    write(join(root, 'native', 'ops', 'notes.md'), 'not a source\n');
    expect(await build()).toBe(false);
    appendFileSync(join(root, 'native', 'ops', 'library.cpp'), 'int two;\n');
    expect(await build()).toBe(true);
    write(join(root, 'native', 'ops', 'more.h'), '');
    expect(await build()).toBe(true);
    appendFileSync(join(root, 'CMakeLists.txt'), '# more\n');
    expect(await build()).toBe(true);

    const sameElsewhere = readLibtorch(fakeLibtorch(temporaryFolder()));
    expect(await build(sameElsewhere)).toBe(false);
    const newer = readLibtorch(fakeLibtorch(temporaryFolder(), { version: '2.14.0+cpu' }));
    expect(await build(newer)).toBe(true);
    const configured = readFileSync(join(root, 'all-calls'), 'utf8')
      .split('\n')
      .filter((call) => call.startsWith('configure'));
    expect(configured.at(-1)).toContain(`EARSIGHT_LIBTORCH=${newer.root}`);
    expect(await build(newer, { ...machine, CXXFLAGS: '-O3' })).toBe(true);

    rmSync(join(root, 'build', 'Release', 'libearsight_ops.so'));
    expect(await build(newer, { ...machine, CXXFLAGS: '-O3' })).toBe(true);
    expect(builds()).toBe(7);
  });

  test('that fails shows the compiler and names the log, and is tried again', async () => {
    const { root } = packageWithFakeBuild();
    const cmakeJs = join(root, 'node_modules', 'cmake-js', 'bin', 'cmake-js');
    const working = readFileSync(cmakeJs, 'utf8');
    writeFileSync(cmakeJs, 'console.log("error: no such operator"); process.exit(3);');
    const libtorch = readLibtorch(fakeLibtorch(temporaryFolder()));
    await expect(buildNative({ root, libtorch, env: quickCompiler() })).rejects.toThrow(
      /error: no such operator[\s\S]*exit code 3[\s\S]*build\.log/,
    );
    expect(readFileSync(join(root, 'build', 'build.log'), 'utf8')).toContain('error: no such operator');
    writeFileSync(cmakeJs, working);
    expect(await buildNative({ root, libtorch, env: quickCompiler() })).toBe(true);
  });
});

test('a build folder of a moved checkout is built anew', async () => {
  const { root, builds } = packageWithFakeBuild();
  const libtorch = readLibtorch(fakeLibtorch(temporaryFolder()));
  write(join(root, 'build', 'CMakeCache.txt'), 'CMAKE_HOME_DIRECTORY:INTERNAL=/somewhere/else\n');
  expect(await buildNative({ root, libtorch, env: quickCompiler() })).toBe(true);
  expect(existsSync(join(root, 'build', 'CMakeCache.txt'))).toBe(false);
  expect(builds()).toBe(1);
});

describe('earsight build in an installed package', () => {
  function installed(builtAgainst?: string) {
    const { root, builds } = packageWithFakeBuild();
    if (builtAgainst) {
      const record = JSON.stringify({ libtorch: builtAgainst, cuda: false });
      write(join(root, 'prebuilds', `${process.platform}-${process.arch}`, 'earsight.json'), record);
    }
    return { root, builds };
  }
  const env = (more: NodeJS.ProcessEnv = {}) => ({
    ...process.env,
    EARSIGHT_PYTHON: '/no/such/python',
    ...more,
  });

  test('compiles nothing where the prebuilt addon fits, and records the libtorch', async () => {
    const { root, builds } = installed('2.13.0+cpu');
    const libtorch = fakeLibtorch(temporaryFolder(), { headers: false });
    await setUpInstalled({ root, env: env({ LIBTORCH: libtorch }) });
    expect(builds()).toBe(0);
    expect(readStamp(root, env())).toMatchObject({
      root: libtorch,
      version: '2.13.0+cpu',
      source: 'LIBTORCH',
    });
  });

  test('compiles where there is no prebuilt addon, or for a LIBTORCH of another version', async () => {
    const libtorch = fakeLibtorch(temporaryFolder(), { version: '2.14.0+cpu' });
    for (const builtAgainst of [undefined, '2.13.0+cpu']) {
      const { root, builds } = installed(builtAgainst);
      await setUpInstalled({ root, env: env({ LIBTORCH: libtorch }) });
      expect(builds()).toBe(1);
    }
  });

  test('refuses a LIBTORCH that cannot be used', async () => {
    const { root } = installed();
    const LIBTORCH = fakeLibtorch(temporaryFolder(), { version: '2.4.0' });
    await expect(setUpInstalled({ root, env: env({ LIBTORCH }) })).rejects.toThrow(
      `LIBTORCH ${LIBTORCH} cannot be used: it is libtorch 2.4.0; earsight supports 2.11 to 2.14`,
    );
  });
});

describe('npm packages', () => {
  const lock = (version: string) =>
    JSON.stringify({
      packages: {
        '': {},
        'node_modules/a': { version },
        'node_modules/b': { version: '1.0.0', optional: true },
      },
    });

  /** A checkout with a lock file, and an npm that installs what the lock says. */
  function checkout(body = 'mkdir -p node_modules; cp package-lock.json node_modules/.package-lock.json') {
    const root = temporaryFolder();
    write(join(root, 'package-lock.json'), lock('1.0.0'));
    const npm = `echo "$* SKIP_FFMPEG=$SKIP_FFMPEG" >> ${root}/npm.log; ${body}`;
    const env = { PATH: `${pathWith([], { npm })}:${process.env.PATH}` };
    return { root, env };
  }

  test('are installed when missing and when the lock changed, without install scripts', () => {
    const { root, env } = checkout();
    expect(installPackages({ root, env })).toBe(true);
    expect(readFileSync(join(root, 'npm.log'), 'utf8')).toMatch(
      /^install --no-save --ignore-scripts .*SKIP_FFMPEG=1\n$/,
    );
    expect(installPackages({ root, env })).toBe(false);
    writeFileSync(join(root, 'package-lock.json'), lock('1.0.1'));
    expect(installPackages({ root, env })).toBe(true);
  });

  test('that are optional may be absent', () => {
    const { root, env } = checkout();
    write(
      join(root, 'node_modules', '.package-lock.json'),
      '{"packages":{"node_modules/a":{"version":"1.0.0"}}}',
    );
    expect(installPackages({ root, env })).toBe(false);
  });

  test('that cannot be installed name the registry setting', () => {
    const { root, env } = checkout('exit 7');
    expect(() => installPackages({ root, env })).toThrow(/exit code 7[\s\S]*npm config get registry/);
  });
});

describe('TypeScript', () => {
  function checkout(): string {
    const root = temporaryFolder();
    mkdirSync(join(root, 'node_modules'));
    for (const name of ['typescript', '@typescript', '@types', 'undici-types']) {
      symlinkSync(join(repository, 'node_modules', name), join(root, 'node_modules', name));
    }
    cpSync(join(repository, 'tsconfig.json'), join(root, 'tsconfig.json'));
    write(join(root, 'package.json'), '{"name":"fake","type":"commonjs"}');
    write(join(root, 'lib', 'index.ts'), 'export const one: number = 1;\n');
    write(join(root, 'lib', 'report', 'page.html'), '<p>hello</p>\n');
    return root;
  }

  test('is compiled when a source changed, with the files that are no source', () => {
    const root = checkout();
    expect(compileTypeScript({ root })).toBe(true);
    expect(require(join(root, 'dist', 'index.js'))).toMatchObject({ one: 1 });
    expect(readFileSync(join(root, 'dist', 'report', 'page.html'), 'utf8')).toBe('<p>hello</p>\n');
    expect(compileTypeScript({ root })).toBe(false);
    write(join(root, 'lib', 'two.ts'), 'export const two: number = 2;\n');
    expect(compileTypeScript({ root })).toBe(true);
    rmSync(join(root, 'lib', 'two.ts'));
    expect(compileTypeScript({ root })).toBe(true);
    expect(existsSync(join(root, 'dist', 'two.js'))).toBe(false);
  });

  test('with an error leaves dist as it was', () => {
    const root = checkout();
    compileTypeScript({ root });
    write(join(root, 'lib', 'index.ts'), 'export const one: string = 1;\n');
    expect(() => compileTypeScript({ root })).toThrow(/lib\/index\.ts.*TS2322[\s\S]*TypeScript found errors/);
    expect(existsSync(join(root, 'dist', 'index.js'))).toBe(true);
    expect(() => compileTypeScript({ root })).toThrow('TypeScript found errors');
  });
});

describe('the lock', () => {
  const module = JSON.stringify(join(repository, 'scripts', 'bootstrap', 'lock.cjs'));

  test('lets one process in at a time', async () => {
    const folder = temporaryFolder();
    const log = join(folder, 'log');
    const code = `require(${module}).withLock(${JSON.stringify(join(folder, 'lock'))}, () => {}, async () => {
      const fs = require('node:fs');
      fs.appendFileSync(${JSON.stringify(log)}, 'in ');
      await new Promise((resolve) => setTimeout(resolve, 150));
      fs.appendFileSync(${JSON.stringify(log)}, 'out ');
    })`;
    const exits = [1, 2, 3].map(
      () => new Promise((resolve) => spawn(process.execPath, ['-e', code]).on('exit', resolve)),
    );
    expect(await Promise.all(exits)).toEqual([0, 0, 0]);
    expect(readFileSync(log, 'utf8')).toBe('in out in out in out ');
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });

  test('of a process that died is taken over', async () => {
    const lock = join(temporaryFolder(), 'lock');
    const dead = spawnSync(process.execPath, ['-e', 'console.log(process.pid)'], {
      encoding: 'utf8',
    }).stdout.trim();
    writeFileSync(lock, dead);
    const waiting = jest.fn();
    expect(await withLock(lock, waiting, async () => 42)).toBe(42);
    expect(waiting).not.toHaveBeenCalled();
  });
});

test('a second run of the bootstrap does nothing', () => {
  const made = [
    'build/Release/earsight.json',
    'build/Release/libearsight_ops.so',
    'build/dist.hash',
    'dist/index.js',
  ];
  const times = () => made.map((file) => statSync(join(repository, file)).mtimeMs);
  const before = times();
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/bootstrap.mjs'], {
    cwd: repository,
    encoding: 'utf8',
  });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(times()).toEqual(before);
});
