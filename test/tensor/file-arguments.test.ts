// torch.save and torch.load: what is no file, and what a run overwrites.

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TorchError, torch } from '../../lib/tensor/index.js';
import { writeFile } from '../../lib/tensor/safetensors.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earsight-arguments-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

function failure(run: () => unknown): TorchError {
  try {
    run();
  } catch (error) {
    if (error instanceof TorchError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

const uses: [string, (file: string) => unknown, Record<string, string>][] = [
  [
    'load',
    (file) => torch.load(file),
    {
      long: 'the path is too long',
      loop: 'the path is a loop of symbolic links',
      none: 'no such file',
      pipe: 'not a file but a pipe',
      folder: 'not a file but a folder',
    },
  ],
  [
    'save',
    (file) => torch.save({ x: torch.ones([1]) }, file),
    {
      long: 'ENAMETOOLONG: name too long',
      loop: 'ELOOP: too many symbolic links encountered',
      none: 'ENOENT: no such file or directory',
      pipe: 'expected a regular file or none',
      folder: 'expected a regular file or none',
    },
  ],
];

describe.each(uses)('torch.%s', (op, use, reasons) => {
  test.each<[string, unknown, RegExp]>([
    ['a path with NUL', '/tmp/a\0b', /file: expected a path without NUL characters, got "\/tmp\/a\\u0000b"/],
    ['an empty path', '', /file: expected a path, got an empty string/],
    ['a number', 3, /file: expected a path, got 3/],
    ['nothing', undefined, /file: expected a path, got undefined/],
  ])('refuses %s', (_, file, message) => {
    expect(() => use(file as string)).toThrow(TypeError);
    expect(() => use(file as string)).toThrow(message);
    expect(() => use(file as string)).toThrow(`${op}: `);
  });

  test('names the argument and the reason, at once', () => {
    symlinkSync(at('loop-b'), at('loop-a'));
    symlinkSync(at('loop-a'), at('loop-b'));
    execFileSync('mkfifo', [at('pipe')]);
    mkdirSync(at('folder'));
    const refused = [
      [at('x'.repeat(300)), reasons.long],
      [at('x/'.repeat(50_000)), reasons.long],
      [join(at('loop-a'), 'x'), reasons.loop],
      [at('no/such/file'), reasons.none],
      [at('pipe'), reasons.pipe],
      [at('folder'), reasons.folder],
    ];
    for (const [file, reason] of refused) {
      const error = failure(() => use(file));
      expect(error).toMatchObject({ code: 'IO', op });
      expect(error.message.startsWith(`${op}: file '${file.slice(0, 100)}`)).toBe(true);
      expect(error.message.endsWith(`: ${reason}`)).toBe(true);
      expect(error.message.length).toBeLessThan(500);
    }
    expect(lstatSync(at('pipe')).isFIFO()).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['folder', 'loop-a', 'loop-b', 'pipe']);
  });
});

test('torch.load follows a link to a file', () => {
  torch.save({ x: torch.ones([2]) }, at('x.safetensors'));
  symlinkSync(at('x.safetensors'), at('link.safetensors'));
  expect(torch.load(at('link.safetensors')).x.toArray()).toEqual([1, 1]);
});

test('what a killed save left is not taken for the file', () => {
  writeFileSync(`${at('x.safetensors')}.0123456789abcdef.partial`, 'half');
  expect(failure(() => torch.load(at('x.safetensors'))).message).toMatch(/no such file/);
  torch.save({ x: torch.ones([2]) }, at('x.safetensors'));
  expect(torch.load(at('x.safetensors')).x.toArray()).toEqual([1, 1]);
});

test('torch.save writes through no link that was planted at a name of its process', () => {
  writeFileSync(at('victim'), 'precious');
  symlinkSync(at('victim'), `${at('x.safetensors')}.${process.pid}.partial`);
  torch.save({ x: torch.ones([2]) }, at('x.safetensors'));
  expect(readFileSync(at('victim'), 'utf8')).toBe('precious');
  const names: string[][] = [];
  const pieces = () => {
    names.push(readdirSync(folder).filter((name) => /^y.*\.partial$/.test(name)));
    return [new Uint8Array(1)];
  };
  for (let i = 0; i < 2; i += 1) writeFile(at('y'), [{ name: 'a', dtype: 'uint8', shape: [1], pieces }]);
  expect(names.map((list) => list.length)).toEqual([1, 1]);
  expect(names[0]).not.toEqual(names[1]);
  expect(existsSync(at('y'))).toBe(true);
});

test('a loaded file that is saved again, shorter, is another file: its tensors keep their values', () => {
  const file = at('weights.safetensors');
  torch.save({ x: torch.ones([100_000]) }, file);
  const { x } = torch.load(file);
  const { ino } = statSync(file);
  torch.save({ x: torch.zeros([3]) }, file);
  expect(statSync(file).ino).not.toBe(ino);
  expect(x.sum().item()).toBe(100_000);
  torch.save({ x }, file);
  expect(torch.load(file).x.sum().item()).toBe(100_000);
});
