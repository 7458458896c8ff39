// Which libtorch is chosen, and what is said about the ones that are not.

import { readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type FakeLibtorch, fakeLibtorch, removeTemporaries, temporaryFolder, write } from './helpers.js';

const { librariesOf, readLibtorch, versionProblem } = require('../../scripts/libtorch/layout.cjs');
const { findLibtorch, readStamp, writeStamp } = require('../../scripts/libtorch/locate.cjs');

afterAll(removeTemporaries);

/** A package root and an environment in which nothing is found unless a test puts it there. */
function bareMachine(): { root: string; env: NodeJS.ProcessEnv } {
  return { root: temporaryFolder(), env: { EARSIGHT_PYTHON: '/no/such/python', PATH: process.env.PATH } };
}

/** Something that Python would import as torch if anyone asked it to; importing it fails. */
function pythonWithTorch(options: FakeLibtorch = {}): { env: NodeJS.ProcessEnv; torch: string } {
  const site = temporaryFolder();
  const torch = fakeLibtorch(join(site, 'torch'), options);
  write(join(torch, '__init__.py'), 'raise RuntimeError("torch was imported")\n');
  return { env: { PYTHONPATH: site, PATH: process.env.PATH }, torch };
}

describe('reading a folder', () => {
  test.each(['wheel', 'archive', 'header'] as const)('finds the version in a %s', (versionIn) => {
    const folder = fakeLibtorch(temporaryFolder(), { version: '2.12.1', versionIn });
    expect(readLibtorch(folder)).toMatchObject({ root: folder, version: '2.12.1', cuda: false });
  });

  test('says which library or version is missing', () => {
    const incomplete = fakeLibtorch(temporaryFolder());
    rmSync(join(incomplete, 'lib', 'libtorch_cpu.so'));
    expect(() => readLibtorch(incomplete)).toThrow('it has no lib/libtorch_cpu.so');
    const nameless = fakeLibtorch(temporaryFolder(), { versionIn: 'nowhere' });
    expect(() => readLibtorch(nameless)).toThrow('its version is unknown');
  });

  test('opens libraries in dependency order, CUDA only where it is', () => {
    const names = (cuda: boolean) =>
      librariesOf(readLibtorch(fakeLibtorch(temporaryFolder(), { cuda }))).map((file: string) =>
        file.split('/').at(-1),
      );
    expect(names(false)).toEqual(['libgomp.so.1', 'libc10.so', 'libtorch_cpu.so', 'libtorch.so']);
    expect(names(true)).toEqual([
      'libgomp.so.1',
      'libc10.so',
      'libtorch_cpu.so',
      'libc10_cuda.so',
      'libtorch_cuda.so',
      'libtorch.so',
    ]);
  });
});

describe('versions', () => {
  test.each(['2.11.0', '2.12.1+cu130', '2.13.0+cpu', '2.14.9'])('%s is supported', (version) => {
    expect(versionProblem(version)).toBeUndefined();
  });

  test.each(['1.13.1', '2.10.2+cpu', '2.15.0', '3.0.0', 'nonsense'])(
    '%s is refused with the range',
    (version) => {
      expect(versionProblem(version)).toBe(`it is libtorch ${version}; earsight supports 2.11 to 2.14`);
    },
  );

  test('the loaded one must be the one that was built against; its local part may differ', () => {
    expect(versionProblem('2.13.0+cu130', '2.13.0+cpu')).toBeUndefined();
    expect(versionProblem('2.12.0+cpu', '2.13.0+cpu')).toMatch(/2\.12\.0\+cpu.*built against 2\.13\.0\+cpu/);
    expect(versionProblem('2.13.1', '2.13.0')).toMatch(/built against 2\.13\.0/);
  });
});

describe('the search', () => {
  test('lists everything it tried when there is nothing', () => {
    const { root, env } = bareMachine();
    expect(findLibtorch({ root, env })).toEqual({
      tried: [
        { where: 'LIBTORCH', why: 'not set' },
        { where: `recorded choice ${join(root, '.cache', 'libtorch.json')}`, why: 'none' },
        { where: 'torch of /no/such/python', why: 'not installed' },
        { where: `download in ${join(root, '.cache', 'libtorch')}`, why: 'none' },
      ],
    });
  });

  test('takes LIBTORCH before all else', () => {
    const { root, env } = bareMachine();
    fakeLibtorch(join(root, '.cache', 'libtorch', '2.13.0'));
    const named = fakeLibtorch(temporaryFolder());
    const found = findLibtorch({ root, env: { ...env, LIBTORCH: named } });
    expect(found).toMatchObject({ source: 'LIBTORCH', libtorch: { root: named } });
  });

  test('refuses a LIBTORCH that cannot be used instead of passing over it', () => {
    const { root, env } = bareMachine();
    fakeLibtorch(join(root, '.cache', 'libtorch', '2.13.0'));
    const old = fakeLibtorch(temporaryFolder(), { version: '2.4.0' });
    expect(findLibtorch({ root, env: { ...env, LIBTORCH: old } })).toEqual({
      explicit: true,
      tried: [{ where: `LIBTORCH ${old}`, why: 'it is libtorch 2.4.0; earsight supports 2.11 to 2.14' }],
    });
  });

  test("finds Python's torch by its version file without importing it", () => {
    const { root } = bareMachine();
    const { env, torch } = pythonWithTorch();
    expect(findLibtorch({ root, env })).toMatchObject({
      source: "Python's torch",
      libtorch: { root: torch },
    });
  });

  test("passes over Python's torch of another version, with the reason, and takes a download", () => {
    const { root } = bareMachine();
    const { env, torch } = pythonWithTorch({ version: '2.9.0' });
    const download = fakeLibtorch(join(root, '.cache', 'libtorch', '2.13.0'));
    const found = findLibtorch({ root, env });
    expect(found).toMatchObject({ source: 'download', libtorch: { root: download } });
    expect(found.tried).toContainEqual({
      where: `Python's torch ${torch}`,
      why: 'it is libtorch 2.9.0; earsight supports 2.11 to 2.14',
    });
  });

  test('wants include/ only for building', () => {
    const { root, env } = bareMachine();
    const download = fakeLibtorch(join(root, '.cache', 'libtorch', '2.13.0'), { headers: false });
    expect(findLibtorch({ root, env }).libtorch.root).toBe(download);
    const search = findLibtorch({ root, env, headers: true });
    expect(search.libtorch).toBeUndefined();
    expect(search.tried.at(-1).why).toBe('it has no include/ folder to build against');
  });
});

describe('the recorded choice', () => {
  test('stays although another Python torch appears, and ends when its folder vanishes', () => {
    const { root } = bareMachine();
    const chosen = fakeLibtorch(temporaryFolder());
    const { env, torch } = pythonWithTorch();
    writeStamp(root, { root: chosen, version: '2.13.0+cpu', source: 'LIBTORCH' }, env);
    expect(findLibtorch({ root, env })).toMatchObject({
      source: 'recorded choice',
      libtorch: { root: chosen },
    });
    rmSync(chosen, { recursive: true });
    expect(findLibtorch({ root, env })).toMatchObject({
      source: "Python's torch",
      libtorch: { root: torch },
    });
  });

  test('moves with the checkout when it lies in its cache', () => {
    const parent = temporaryFolder();
    const root = join(parent, 'before');
    const libtorch = fakeLibtorch(join(root, '.cache', 'libtorch', '2.13.0'));
    writeStamp(root, { root: libtorch, version: '2.13.0', source: 'pip', sha256: 'abc' }, {});
    expect(JSON.parse(readFileSync(join(root, '.cache', 'libtorch.json'), 'utf8')).root).toBe(
      'libtorch/2.13.0',
    );
    const moved = join(parent, 'after');
    renameSync(root, moved);
    expect(readStamp(moved, {})).toMatchObject({
      root: join(moved, '.cache', 'libtorch', '2.13.0'),
      sha256: 'abc',
    });
  });

  test('that is damaged is named, not passed over', () => {
    const { root, env } = bareMachine();
    const file = write(join(root, '.cache', 'libtorch.json'), '{"root": ');
    expect(() => findLibtorch({ root, env })).toThrow(
      `${file}, the record of the chosen libtorch, is damaged`,
    );
  });

  test('lies where EARSIGHT_CACHE says', () => {
    const cache = temporaryFolder();
    const { root, env } = bareMachine();
    const libtorch = fakeLibtorch(join(cache, 'libtorch', '2.13.0'));
    const found = findLibtorch({ root, env: { ...env, EARSIGHT_CACHE: cache } });
    expect(found).toMatchObject({ source: 'download', libtorch: { root: libtorch } });
  });
});
