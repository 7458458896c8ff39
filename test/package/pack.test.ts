// The tarball as its users meet it: what is in it, installed without scripts, required and imported, typed, and
// mended when there is no libtorch.

import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join, posix } from 'node:path';
import { removeTemporaries, repository, temporaryFolder, write } from './helpers.js';

const { findLibtorch } = require('../../scripts/libtorch/locate.cjs');

/** No media is decoded here: node-av stays out. */
const installOptions = ['--prefer-offline', '--no-audit', '--no-fund', '--omit=optional'];

interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

function run(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}): Outcome {
  // LIBTORCH and the cache are set by each test; of what npm told this process only its cache is
  // passed on, which need not lie in the home folder.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(?!config_cache$)|LIBTORCH$|EARSIGHT_)/.test(name),
  );
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...Object.fromEntries(inherited), ...env },
  });
  return { status, stdout, stderr };
}

/** The outcome of a command that must work; its own words otherwise. */
function succeeded(outcome: Outcome): Outcome {
  if (outcome.status !== 0)
    throw new Error(`exit code ${outcome.status}\n${outcome.stdout}\n${outcome.stderr}`);
  return outcome;
}

let tarball: string;
let packed: string[];
let project: string;
let libtorch: string;

beforeAll(() => {
  const destination = temporaryFolder();
  const pack = run('npm', ['pack', '--json', '--pack-destination', destination], repository);
  const { stdout } = succeeded(pack);
  const [{ filename, files }] = JSON.parse(stdout.slice(stdout.indexOf('[\n')));
  tarball = join(destination, filename);
  packed = files.map(({ path }: { path: string }) => path);

  // A space in the path, and nothing above it that could be found by accident.
  project = join(temporaryFolder(), 'my project');
  write(join(project, 'package.json'), '{"name":"consumer","private":true}');
  succeeded(run('npm', ['install', '--ignore-scripts', ...installOptions, tarball], project));
  libtorch = findLibtorch({ root: repository }).libtorch.root;
}, 300_000);

afterAll(removeTemporaries);

describe('the tarball', () => {
  test('has what running and building need', () => {
    const prebuilds = `prebuilds/${process.platform}-${process.arch}`;
    expect(packed).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'CMakeLists.txt',
        'dist/index.js',
        'dist/index.mjs',
        'dist/index.d.ts',
        'dist/index.d.mts',
        'dist/cli/main.js',
        'dist/report/page/main.js',
        'dist/report/page/style.css',
        `${prebuilds}/earsight.node`,
        `${prebuilds}/earsight.json`,
        'native/loader/loader.cpp',
        'scripts/bootstrap/build.cjs',
        'scripts/libtorch/locate.cjs',
      ]),
    );
  });

  test('has the pages and examples that its pages link to, and says where they stand on the web', () => {
    const pages = packed.filter((file) => file.endsWith('.md'));
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/recipes.md', 'docs/errors.md']));
    const links = pages.flatMap((page) =>
      Array.from(
        readFileSync(join(repository, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g),
        ([, link]) => posix.join(posix.dirname(page), link),
      ),
    );
    expect(links).toContain('examples/custom-training.mjs');
    const found = (link: string) => packed.some((file) => file === link || file.startsWith(`${link}/`));
    expect(links.filter((link) => !found(link))).toEqual([]);
    // The site of the registry resolves relative links by this field.
    const { repository: origin } = JSON.parse(
      readFileSync(join(project, 'node_modules/earsight/package.json'), 'utf8'),
    );
    expect(origin).toEqual({ type: 'git', url: 'git+https://github.com/earsight/earsight.git' });
  });

  test('has no libtorch, tests, caches or build trees', () => {
    const unwanted = packed.filter((file) =>
      /libtorch_|libc10|libgomp|^(test|build|\.cache|node_modules|lib)\//.test(file),
    );
    expect(unwanted).toEqual([]);
  });

  test('names no folder of the machine that built it', () => {
    const prebuilds = join(repository, 'prebuilds', `${process.platform}-${process.arch}`);
    for (const name of ['earsight.node', 'libearsight_ops.so', 'libearsight_node.so']) {
      const { stdout } = run('readelf', ['-d', join(prebuilds, name)], repository);
      expect(stdout).toMatch(/NEEDED/);
      expect(stdout).not.toMatch(/RPATH|RUNPATH/);
      expect(readFileSync(join(prebuilds, name)).includes(repository)).toBe(false);
    }
  });

  test('asks Node for nothing newer than Node-API 8', () => {
    const { symbols } = require('node-api-headers');
    const { js_native_api_symbols, node_api_symbols } = symbols.v8;
    const known = new Set([...js_native_api_symbols, ...node_api_symbols]);
    for (const name of ['earsight.node', 'libearsight_node.so']) {
      const file = join(repository, 'prebuilds', `${process.platform}-${process.arch}`, name);
      const { stdout } = run('readelf', ['--wide', '--dyn-syms', file], repository);
      const wanted = [...stdout.matchAll(/UND (n(?:api|ode_api)_\w+)/g)].map(([, symbol]) => symbol);
      expect(wanted).toContain('napi_create_function');
      expect(wanted.filter((symbol) => !known.has(symbol))).toEqual([]);
    }
  });

  test('passes publint', () => {
    const { status, stdout } = run(
      'npx',
      ['--no-install', 'publint', 'run', tarball, '--strict'],
      repository,
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('All good') });
  });

  test('passes attw', () => {
    const { status, stdout } = run('npx', ['--no-install', 'attw', tarball, '--no-emoji'], repository);
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('No problems found') });
  });
});

describe('npm ci, with install scripts', () => {
  // npm builds a package with node-gyp when it meets a binding.gyp in it, unless a package.json that it read says no;
  // with a lock file it reads none.
  const unreachable = {
    EARSIGHT_PYTHON: '/no/such/python',
    EARSIGHT_LIBTORCH_URL: 'http://127.0.0.1:9/libtorch.zip',
  };

  test.each(['with all programs of this machine', 'without Python, a compiler or CMake'])(
    '%s: installs, and builds nothing',
    (machine) => {
      const bin = join(temporaryFolder(), 'bin');
      mkdirSync(bin);
      for (const name of ['node', 'npm', 'sh']) {
        const { stdout } = run('sh', ['-c', `command -v ${name}`], repository);
        symlinkSync(realpathSync(stdout.trim()), join(bin, name));
      }
      const path = machine.startsWith('without') ? { PATH: bin } : {};
      // As deep as the project: its lock file names the tarball by a relative path.
      const clone = join(temporaryFolder(), 'my project');
      mkdirSync(clone);
      for (const name of ['package.json', 'package-lock.json'])
        copyFileSync(join(project, name), join(clone, name));
      succeeded(run('npm', ['ci', ...installOptions], clone, { ...unreachable, ...path }));
      const installed = join(clone, 'node_modules', 'earsight');
      expect(existsSync(join(installed, 'dist', 'index.js'))).toBe(true);
      expect(existsSync(join(installed, 'build'))).toBe(false);
    },
  );
});

describe('in a project that installed it without scripts', () => {
  const node = (file: string, code: string, env: NodeJS.ProcessEnv) =>
    run(process.execPath, [write(join(project, file), code)], project, env);

  test('require works', () => {
    const code = "const { torch } = require('earsight'); console.log(torch.ones([2]).add(1).toArray());";
    expect(node('a.cjs', code, { LIBTORCH: libtorch })).toEqual({
      status: 0,
      stdout: '[ 2, 2 ]\n',
      stderr: '',
    });
  });

  test('import works, with the same classes and the same names', () => {
    const code = `
      import { createRequire } from 'node:module';
      import * as imported from 'earsight';
      const required = createRequire(import.meta.url)('earsight');
      const marks = ['default', 'module.exports', '__esModule'];
      const names = Object.keys(imported).filter((name) => !marks.includes(name));
      console.log(imported.Tensor === required.Tensor, imported.torch.ones([1]) instanceof required.Tensor);
      console.log(JSON.stringify(names.sort()) === JSON.stringify(Object.keys(required).sort()), names.length > 10);`;
    const expected = { status: 0, stdout: 'true true\ntrue true\n', stderr: '' };
    expect(node('b.mjs', code, { LIBTORCH: libtorch })).toMatchObject(expected);
  });

  describe('the bundlers, set as docs/installation.md says', () => {
    const page = readFileSync(join(repository, 'docs', 'installation.md'), 'utf8');
    const program = "import { torch } from 'earsight'; console.log(torch.ones([2]).add(1).toArray());";
    const expected = { status: 0, stdout: '[ 2, 2 ]\n', stderr: '' };
    const runBundle = (file: string) => run(process.execPath, [file], project, { LIBTORCH: libtorch });

    test('esbuild', () => {
      const [, args] = /^ +npx esbuild (.+)$/m.exec(page) as string[];
      write(join(project, 'program.mjs'), program);
      const esbuild = join(repository, 'node_modules', 'esbuild', 'bin', 'esbuild');
      succeeded(run(process.execPath, [esbuild, ...args.split(' ')], project));
      expect(runBundle('bundle.cjs')).toEqual(expected);
    });

    test('esbuild, of a program that awaits at its top level', () => {
      const [, args] = /^ +npx esbuild (.+ --outfile=bundle.mjs)$/m.exec(page) as string[];
      write(join(project, 'program.mjs'), `${program} await Promise.resolve();`);
      const esbuild = join(repository, 'node_modules', 'esbuild', 'bin', 'esbuild');
      succeeded(run(process.execPath, [esbuild, ...args.split(' ')], project));
      expect(runBundle('bundle.mjs')).toEqual(expected);
    });

    test('webpack', () => {
      const [config] = /^ +module\.exports = .*entry.*$/m.exec(page) as string[];
      write(join(project, 'program.mjs'), program);
      write(join(project, 'webpack.config.js'), config);
      const webpack = JSON.stringify(require.resolve('webpack'));
      const script = `
        require(${webpack})(require('./webpack.config.js'), (error, stats) => {
          if (error || stats.hasErrors()) throw error ?? new Error(stats.toString());
        });`;
      succeeded(run(process.execPath, ['-e', script], project));
      expect(runBundle(join('dist', 'main.js'))).toEqual(expected);
    });
  });

  describe('types hold for CommonJS and ESM', () => {
    const nodenext = { module: 'nodenext', lib: ['es2022'] };
    const dom = ['es2023', 'esnext.disposable', 'dom'];
    const program = ['program'];
    const both = ['program', 'browser'];

    const node = { types: ['node'], typeRoots: [join(repository, 'node_modules', '@types')] };

    // Where Node's types are not named, the declarations must need none.
    test.each([
      ['without a library setting of the user', { ...nodenext, skipLibCheck: true }, program],
      ['beside the types of Node', { ...nodenext, ...node }, program],
      ['beside the types of a browser, nodenext', { module: 'nodenext', lib: dom }, both],
      ['beside the types of a browser, node16', { module: 'node16', lib: dom }, both],
      ['under a bundler', { module: 'esnext', moduleResolution: 'bundler', lib: dom }, both],
    ])('%s', (_, options, sources) => {
      const folder = join(project, 'types');
      rmSync(folder, { recursive: true, force: true });
      for (const name of sources) {
        const source = readFileSync(join(__dirname, 'consumer', `${name}.ts`), 'utf8');
        for (const extension of ['mts', 'cts']) write(join(folder, `${name}.${extension}`), source);
      }
      const compilerOptions = {
        target: 'es2022',
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        types: [],
        ...options,
      };
      write(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
      const tsc = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
      const { status, stdout } = run(process.execPath, [tsc, '-p', folder], project);
      expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    });
  });

  test('without libtorch the error names the command, and the command mends it', () => {
    const code = "console.log(require('earsight').torch.ones([1]).item());";
    // No Python, and a cache of its own: nothing but LIBTORCH can give a libtorch.
    const bare = { EARSIGHT_PYTHON: '/no/such/python', EARSIGHT_CACHE: join(project, 'cache') };
    mkdirSync(bare.EARSIGHT_CACHE, { recursive: true });

    const before = node('c.cjs', code, bare);
    expect(before.status).toBe(1);
    expect(before.stderr).toMatch(/NativeLoadError: earsight found no libtorch/);
    expect(before.stderr).toMatch(/LIBTORCH: not set[\s\S]*torch of \/no\/such\/python: not installed/);
    expect(before.stderr).toContain('npx earsight build');

    const environment = () => {
      const { stdout } = succeeded(run('npx', ['--no-install', 'earsight', 'env', '--json'], project, bare));
      return JSON.parse(stdout);
    };
    expect(environment()).toMatchObject({
      node: process.version,
      libtorch: null,
      problem: expect.stringMatching(/found no libtorch[\s\S]*npx earsight build/),
    });

    succeeded(run('npx', ['--no-install', 'earsight', 'build'], project, { ...bare, LIBTORCH: libtorch }));
    expect(node('c.cjs', code, bare)).toMatchObject({ status: 0, stdout: '1\n' });
    expect(environment()).toMatchObject({ libtorch: { folder: libtorch }, problem: null });
  });
});
