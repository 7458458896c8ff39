// Loading the addon: what is found, and the one error that says why nothing was.

import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { NativeInfo } from '../../lib/runtime/load.js';
import { fakeLibtorch, removeTemporaries, repository, temporaryFolder } from './helpers.js';

const environment = { ...process.env };
afterEach(() => {
  process.env = { ...environment };
});
afterAll(removeTemporaries);

/** Loads in a module registry of its own, with the environment of the moment. */
function load(): NativeInfo {
  let info: NativeInfo | undefined;
  jest.isolateModules(() => {
    info = require('../../lib/runtime/load.js').nativeInfo();
  });
  return info as NativeInfo;
}

function failure(): Error {
  try {
    load();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it loaded');
}

/** A machine on which no libtorch is to be found. */
function withoutLibtorch(): void {
  delete process.env.LIBTORCH;
  process.env.EARSIGHT_CACHE = temporaryFolder();
  process.env.EARSIGHT_PYTHON = '/no/such/python';
}

/** A copy of the built addon whose record is changed. */
function addonCopy(record?: object | string): string {
  const folder = temporaryFolder();
  cpSync(join(repository, 'build', 'Release'), folder, { recursive: true });
  if (typeof record === 'string') writeFileSync(join(folder, 'earsight.json'), record);
  if (typeof record === 'object') writeFileSync(join(folder, 'earsight.json'), JSON.stringify(record));
  process.env.EARSIGHT_NATIVE_PATH = folder;
  return folder;
}

test('loads from build/Release, again in a second registry, and says what it loaded', () => {
  const info = load();
  expect(info.addon).toBe(join(repository, 'build', 'Release'));
  expect(info.libtorch.version.split('+')[0]).toBe(info.builtAgainst.split('+')[0]);
  expect(load()).toEqual(info);
});

test('loads from EARSIGHT_NATIVE_PATH', () => {
  const folder = temporaryFolder();
  const release = join(repository, 'build', 'Release');
  for (const name of readdirSync(release)) symlinkSync(join(release, name), join(folder, name));
  process.env.EARSIGHT_NATIVE_PATH = folder;
  expect(load().addon).toBe(folder);
});

test('refuses a second copy of the addon in the process, which would abort it', () => {
  load();
  const folder = addonCopy();
  const { message } = failure();
  expect(message).toContain(join(folder, 'libearsight_ops.so'));
  expect(message).toContain(
    `already uses another copy, ${join(repository, 'build', 'Release', 'libearsight_ops.so')}`,
  );
});

test('without libtorch lists everything tried and the command that mends it', () => {
  withoutLibtorch();
  const error = failure();
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ name: 'NativeLoadError', code: 'NATIVE_LOAD' });
  const cache = process.env.EARSIGHT_CACHE;
  for (const line of [
    'LIBTORCH: not set',
    `recorded choice ${cache}/libtorch.json: none`,
    'torch of /no/such/python: not installed',
    `download in ${cache}/libtorch: none`,
    'npx earsight build',
  ]) {
    expect(error.message).toContain(line);
  }
});

test('refuses a LIBTORCH of another version with both versions', () => {
  process.env.LIBTORCH = fakeLibtorch(temporaryFolder(), { version: '2.12.0+cpu' });
  expect(failure().message).toMatch(/it is libtorch 2\.12\.0\+cpu; the addon was built against 2\.\d+\.\d+/);
});

test('refuses a libtorch without CUDA for an addon with CUDA kernels', () => {
  const { libtorch } = require(join(repository, 'build', 'Release', 'earsight.json'));
  addonCopy({ libtorch, cuda: true });
  process.env.LIBTORCH = fakeLibtorch(temporaryFolder(), { version: libtorch });
  expect(failure().message).toMatch(/built with CUDA kernels, but the libtorch in .* has no CUDA/);
});

test("passes on the linker's message for a libtorch that does not open", () => {
  const { libtorch } = require(join(repository, 'build', 'Release', 'earsight.json'));
  // A process of its own: this one has opened the real libtorch by now.
  const { stderr, status } = spawnSync(
    process.execPath,
    ['-e', "require('./dist/runtime/load.js').loadNative()"],
    {
      cwd: repository,
      encoding: 'utf8',
      env: { ...process.env, LIBTORCH: fakeLibtorch(temporaryFolder(), { version: libtorch }) },
    },
  );
  expect(status).toBe(1);
  expect(stderr).toMatch(/NativeLoadError: .* could not be opened: .*libgomp\.so\.1: file too short/);
  expect(stderr).toContain('npx earsight build');
});

test('says when the addon is missing, or its record is damaged', () => {
  const empty = temporaryFolder();
  process.env.EARSIGHT_NATIVE_PATH = empty;
  expect(failure().message).toBe(`EARSIGHT_NATIVE_PATH is ${empty}, but there is no earsight.node in it.`);

  const folder = addonCopy('{');
  expect(failure().message).toContain(`${join(folder, 'earsight.json')} is missing or damaged`);
  rmSync(join(folder, 'earsight.json'));
  expect(failure().message).toContain('is missing or damaged');

  addonCopy();
  writeFileSync(join(process.env.EARSIGHT_NATIVE_PATH as string, 'earsight.node'), 'not a library');
  expect(failure().message).toMatch(/earsight\.node could not be opened: .*\nRebuild it: npx earsight build/);
});

test.each([
  ['win32', 'x64'],
  ['darwin', 'x64'],
  ['linux', 'ia32'],
])('refuses %s-%s by name', (platform, arch) => {
  const real = { platform: process.platform, arch: process.arch };
  Object.defineProperties(process, { platform: { value: platform }, arch: { value: arch } });
  try {
    expect(failure().message).toBe(
      `earsight does not run on ${platform}-${arch}: ` +
        'Linux with glibc >= 2.28 (x64, arm64) and macOS (arm64) are supported',
    );
  } finally {
    Object.defineProperties(process, { platform: { value: real.platform }, arch: { value: real.arch } });
  }
});

test.each([
  [undefined, /does not run on musl Linux/],
  ['2.27', /glibc 2\.27 is too old/],
])('names a C library that libtorch cannot use as the reason (glibc %s)', (glibcVersionRuntime, message) => {
  withoutLibtorch();
  const getReport = jest
    .spyOn(process.report, 'getReport')
    .mockReturnValue({ header: { glibcVersionRuntime } });
  expect(failure().message).toMatch(message);
  getReport.mockRestore();
});

test('outlives the worker thread that loaded it first', async () => {
  const layout = JSON.stringify(join(repository, 'scripts', 'libtorch', 'layout.cjs'));
  const release = JSON.stringify(join(repository, 'build', 'Release'));
  const root = JSON.stringify(load().libtorch.root);
  const code = `
    const { librariesOf, readLibtorch, suffix } = require(${layout});
    const { join } = require('node:path');
    const loader = { exports: {} };
    process.dlopen(loader, join(${release}, 'earsight.node'));
    const own = ['libearsight_ops', 'libearsight_node'].map((name) => join(${release}, name + suffix));
    const failure = loader.exports.open([...librariesOf(readLibtorch(${root})), ...own]);
    if (failure) throw new Error(failure);
    process.dlopen({ exports: {} }, own[1]);
  `;
  for (let round = 0; round < 3; round++) {
    const exit = new Promise((resolve, reject) =>
      new Worker(code, { eval: true }).on('error', reject).on('exit', resolve),
    );
    expect(await exit).toBe(0);
  }
});
