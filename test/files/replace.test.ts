// Files that appear under their name only when they are whole, under temporary names that nobody can plant a link at.

import crypto from 'node:crypto';
import fs, {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { partialName, removeLeftovers, replaceFile, replaceFolder } from '../../lib/files/index.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earsight-files-'));
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});
const at = (name: string): string => join(folder, name);

describe('replaceFile', () => {
  test('leaves the old file in place until the new one is whole', () => {
    writeFileSync(at('a.json'), 'old');
    replaceFile(at('a.json'), (descriptor) => {
      writeSync(descriptor, 'ne');
      expect(readFileSync(at('a.json'), 'utf8')).toBe('old');
      writeSync(descriptor, 'w');
    });
    expect(readFileSync(at('a.json'), 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['a.json']);
  });

  test('leaves the old file and nothing else when writing fails', () => {
    writeFileSync(at('a.json'), 'old');
    const failure = new Error('disk full');
    const fail = (): never => {
      throw failure;
    };
    expect(() => replaceFile(at('a.json'), fail)).toThrow(failure);
    expect(readFileSync(at('a.json'), 'utf8')).toBe('old');
    mkdirSync(at('b'));
    writeFileSync(at('b/inside'), '');
    expect(() => replaceFile(at('b'), 'text')).toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(folder).sort()).toEqual(['a.json', 'b']);
  });

  test('uses another name each time', () => {
    const names = Array.from({ length: 100 }, () => partialName(at('a')));
    expect(new Set(names).size).toBe(100);
    for (const name of names) expect(name.slice(folder.length)).toMatch(/^.a\.[0-9a-f]{16}\.partial$/);
  });

  test('never writes through what lies at the temporary name', () => {
    writeFileSync(at('victim'), 'precious');
    jest.spyOn(crypto, 'randomBytes').mockImplementation((() => Buffer.alloc(8)) as never);
    symlinkSync(at('victim'), partialName(at('a.json')));
    expect(() => replaceFile(at('a.json'), 'text')).toThrow(/EEXIST/);
    expect(readFileSync(at('victim'), 'utf8')).toBe('precious');
    expect(existsSync(at('a.json'))).toBe(false);
  });

  test('replaces a link by a file, and leaves what it pointed to', () => {
    writeFileSync(at('victim'), 'precious');
    symlinkSync(at('victim'), at('a.json'));
    replaceFile(at('a.json'), 'text');
    expect(lstatSync(at('a.json')).isSymbolicLink()).toBe(false);
    expect(readFileSync(at('victim'), 'utf8')).toBe('precious');
  });
});

describe('replaceFolder', () => {
  const fill = async (partial: string) => writeFileSync(join(partial, 'new'), '');

  test('replaces a folder with all that is in it', async () => {
    mkdirSync(at('c/deep'), { recursive: true });
    await replaceFolder(at('c'), fill);
    expect(readdirSync(at('c'))).toEqual(['new']);
    await replaceFolder(at('made/on/the/way'), fill);
    expect(readdirSync(at('made/on/the/way'))).toEqual(['new']);
    expect(readdirSync(folder).sort()).toEqual(['c', 'made']);
  });

  test('leaves the old folder whole when the new one cannot take its place', async () => {
    mkdirSync(at('c'));
    writeFileSync(at('c/old'), '');
    const vanish = async (partial: string) => rmSync(partial, { recursive: true });
    await expect(replaceFolder(at('c'), vanish)).rejects.toThrow('ENOENT');
    expect(readdirSync(at('c'))).toEqual(['old']);
    expect(readdirSync(folder)).toEqual(['c']);
  });

  test('leaves the old folder and nothing else when filling fails', async () => {
    mkdirSync(at('c'));
    writeFileSync(at('c/old'), '');
    await expect(replaceFolder(at('c'), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(readdirSync(at('c'))).toEqual(['old']);
    expect(readdirSync(folder)).toEqual(['c']);
  });

  test('never fills a folder or link that lies at the temporary name', async () => {
    mkdirSync(at('victim'));
    jest.spyOn(crypto, 'randomBytes').mockImplementation((() => Buffer.alloc(8)) as never);
    symlinkSync(at('victim'), partialName(at('c')));
    await expect(replaceFolder(at('c'), fill)).rejects.toThrow(/EEXIST/);
    expect(readdirSync(at('victim'))).toEqual([]);
  });
});

test('leftovers of killed programs go, whole files and links of others stay', () => {
  const [mine, others] = [partialName(at('checkpoint-5')), partialName(at('notes'))];
  mkdirSync(mine);
  writeFileSync(join(mine, 'half'), '');
  writeFileSync(others, '');
  mkdirSync(at('checkpoint-7'));
  mkdirSync(at('victim'));
  writeFileSync(at('victim/inside'), '');
  symlinkSync(at('victim'), partialName(at('checkpoint-9')));
  removeLeftovers(folder, /^checkpoint-\d+$/);
  removeLeftovers(at('missing'), /./);
  expect(
    readdirSync(folder)
      .map((name) => join(folder, name))
      .sort(),
  ).toEqual([at('checkpoint-7'), others, at('victim')].sort());
  expect(readdirSync(at('victim'))).toEqual(['inside']);
});

test('what appears under its name is on the disk before, and its name after', async () => {
  const events: string[] = [];
  const { fsyncSync, renameSync } = fs;
  const own = (path: string) => path.replace(folder, '').replace(/[0-9a-f]{16}/, 'random');
  jest.spyOn(fs, 'fsyncSync').mockImplementation((descriptor) => {
    events.push(`flush ${own(readlinkSync(`/proc/self/fd/${descriptor}`))}`);
    fsyncSync(descriptor);
  });
  jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
    events.push(`rename to ${own(String(to))}`);
    renameSync(from, to);
  });
  await replaceFolder(at('a'), async (partial) => {
    mkdirSync(join(partial, 'inner'));
    writeFileSync(join(partial, 'inner', 'b'), 'text');
    writeFileSync(join(partial, 'c'), 'text');
  });
  replaceFile(at('d'), 'text');
  expect(events).toEqual([
    'flush /a.random.partial/c',
    'flush /a.random.partial/inner/b',
    'flush /a.random.partial/inner',
    'flush /a.random.partial',
    'rename to /a',
    'flush ',
    'flush /d.random.partial',
    'rename to /d',
  ]);
});
