// The wire buffer: what its two sides must agree on, messages of every length, and messages that lie.

import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { nativeInfo } from '../../lib/runtime/index.js';
import { torch } from '../../lib/tensor/index.js';
import { SafetensorsError } from '../../lib/tensor/safetensors.js';
import { outputOf } from '../kernels/program.js';

const full = Boolean(process.env.EARSIGHT_TEST_FULL);
const root = join(__dirname, '..', '..');

describe('the description of the boundary, native/node/wire.json', () => {
  test('gives the checked-in TypeScript and C++', () => {
    const generator = join(root, 'scripts', 'generate-wire.mjs');
    const { status, stderr } = spawnSync(process.execPath, [generator, '--check'], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });

  test('gives the codes that docs/errors.md lists', () => {
    const page = readFileSync(join(root, 'docs', 'errors.md'), 'utf8');
    const section = /\n## TorchError\n(.*?)\n## /s.exec(page)?.[1] as string;
    const listed = [...section.matchAll(/^\| `([A-Z_]+)` /gm)].map(([, code]) => code);
    const { errorCodes } = JSON.parse(readFileSync(join(root, 'native', 'node', 'wire.json'), 'utf8'));
    // RANGE is thrown as a RangeError.
    expect(listed).toEqual(Object.keys(errorCodes).filter((code) => code !== 'OK' && code !== 'RANGE'));
  });

  // Forms in which a slot, a tag or a code could stand as a bare number.
  const bare: [string, RegExp][] = [
    ['a slot', /\b(?:slots|disposals|handles|arguments|message|results\(\))\s*\[\s*\d+\s*\]/],
    ['an offset', /\b(?:slots|disposals)\s*\+\s*\d|\bslots\[[^\]]*(?:\d\s*[+-]|[+-]\s*\d)/],
    ['a start', /\b(?:beginMessage|readHandles|results\(\)\.subarray)\(\s*\d|WireReader\s*\w*\(\w+,\s*\d/],
    ['a code', /\bstatic_cast<(?:Tag|Kind|ErrorCode)>\(\d|\bslots\[\w+\]\s*[!=]==?\s*-?[1-9]/],
    ['an enumeration', /\benum class (?:Tag|Kind|ErrorCode)\b|\b(?:Tag|errorCodes|\w+Codes) = [[{]/],
  ];
  const sources = (folder: string): [string, string[]][] =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:ts|h|cpp|cu)$/.test(name) && !name.includes('.generated.'))
      .map((name) => [`${folder}/${name}`, readFileSync(join(root, folder, name), 'utf8').split('\n')]);

  test('is the only place of its numbers', () => {
    const found = ['lib/runtime', 'lib/tensor', 'native/node']
      .flatMap(sources)
      .flatMap(([name, lines]) =>
        lines.flatMap((line, i) =>
          bare.filter(([, form]) => form.test(line)).map(([what]) => `${name}:${i + 1}: ${what}`),
        ),
      );
    expect(found).toEqual([]);
  });

  test('concerns no other room: none but these imports the wire buffer', () => {
    const uses =
      /import[^;]*\bslots\b[^;]*from '[^']*runtime\/index\.js'|#include "[^"]*(?:wire|environment)[^"]*\.h"/;
    const users = ['lib', 'native']
      .flatMap(sources)
      .filter(([name, lines]) => !name.startsWith('lib/runtime') && uses.test(lines.join('\n')))
      .map(([name]) => name.split('/').slice(0, 2).join('/'));
    expect([...new Set(users)].sort()).toEqual(['lib/tensor', 'native/node']);
  });

  test.each([
    ['slots[1] = handle;', 'a slot'],
    ['environment.slots[ 2 ]', 'a slot'],
    ['const double* handles = environment.slots + 2;', 'an offset'],
    ['slots[at + 1] = value;', 'an offset'],
    ['slots[2 + count] = tensor.handle;', 'an offset'],
    ['let at = beginMessage(3);', 'a start'],
    ['WireReader reader(environment, 3);', 'a start'],
    ['return static_cast<Tag>(9);', 'a code'],
    ['if (slots[statusSlot] === -1) return;', 'a code'],
    ['enum class Tag : int {', 'an enumeration'],
    ['export const dtypeCodes = {', 'an enumeration'],
  ])('of %s the check names %s', (line, what) => {
    expect(bare.filter(([, form]) => form.test(line)).map(([name]) => name)).toContain(what);
  });
});

describe('ranks', () => {
  test.each([65, 65_533, 65_534, 65_535, 65_536, 1_000_000])(
    'a buffer of %i dimensions is refused',
    (rank) => {
      const make = () => torch.fromBuffer(new Uint8Array(1), Array(rank).fill(1), 'uint8');
      expect(make).toThrow(RangeError);
      expect(make).toThrow(`fromBuffer: expected at most 64 dimensions, got ${rank}`);
    },
  );

  test.each([65, 65_534, 1_000_000])(
    'a file with a tensor of %i dimensions is refused, and frees nobody else',
    (rank) => {
      const folder = mkdtempSync(join(tmpdir(), 'earsight-'));
      const file = join(folder, 'deep.safetensors');
      const shape = `[${Array(rank).fill(1).join(',')}]`;
      const header = Buffer.from(`{"deep":{"dtype":"U8","shape":${shape},"data_offsets":[0,1]}}`);
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(header.length));
      writeFileSync(file, Buffer.concat([length, header, Buffer.alloc(1)]));
      const living = Array.from({ length: 200 }, (_, i) => torch.full([1], i));
      try {
        expect(() => torch.load(file)).toThrow(SafetensorsError);
        expect(() => torch.load(file)).toThrow(`tensor "deep": shape of ${rank} dimensions; at most 64`);
        living[0].add(1).dispose();
        expect(living.map((tensor) => tensor.item())).toEqual(living.map((_, i) => i));
      } finally {
        for (const tensor of living) tensor.dispose();
        rmSync(folder, { recursive: true });
      }
    },
  );

  test('64 dimensions pass', () => {
    expect(torch.fromBuffer(Uint8Array.of(9), Array(64).fill(1), 'uint8').sum().item()).toBe(9);
  });
});

describe('lists', () => {
  test('a call that fails after a long list leaves nothing behind for the next one', () => {
    const one = torch.ones([1]);
    const list: unknown[] = Array(5000).fill(one);
    expect(() => torch.cat([...list, 'x'] as never)).toThrow(TypeError);
    expect(() => torch.ops.aten.stack([...list, torch.ones([2])])).toThrow(
      /stack expects each tensor to be equal size/,
    );
    const long = Array.from({ length: 300 }, (_, i) => torch.full([1], i));
    expect(torch.cat(long).toArray()).toEqual(long.map((_, i) => i));
  });
});

// ---- children: plain in every run, under the sanitizers in the full one -------------------------------------------

/** Runs a child over the compiled package; its output, or an error with the output of the child and of the sanitizer. */
function child(name: string, args: string[], env: Record<string, string> = {}): string {
  const file = join(__dirname, 'children', `${name}.cjs`);
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [file, ...args], {
    encoding: 'utf8',
    env: { ...process.env, OMP_NUM_THREADS: '1', ...env },
  });
  if (status !== 0)
    throw new Error(`${name} ${args.join(' ')}: exit code ${status}, signal ${signal}\n${stderr}`);
  return stdout;
}

const most = 1_200_000;

test(
  'lists, results, gradients, callbacks and disposals come through at every length around the limits',
  () => {
    expect(child('wire-sizes', full ? ['all'] : [])).toBe('whole');
  },
  most,
);

test(
  'messages that lie end in an error code and touch no tensor that they do not name',
  () => {
    const counts = JSON.parse(child('wire-fuzz', ['1500', '7']));
    expect(counts.INTERNAL).toBeGreaterThan(100);
    expect(counts.BAD_HANDLE).toBeGreaterThan(100);
    expect(counts.OK).toBeGreaterThan(100);
  },
  most,
);

test('before the first operator is resolved, no call finds one', () => {
  expect(new Set(child('wire-unresolved', []).split(','))).toEqual(new Set(['INTERNAL']));
});

(full && process.platform === 'linux' ? describe : describe.skip)('under the address sanitizer', () => {
  const folder = join(root, 'build', 'sanitized');
  let env: Record<string, string>;

  beforeAll(() => {
    outputOf('cmake', [
      '--build',
      join(root, 'build'),
      '--target',
      'earsight_node_sanitized',
      '--config',
      'Release',
      '--parallel',
      '2',
    ]);
    // The rest of the addon as it is: only what reads the wire is compiled anew.
    mkdirSync(folder, { recursive: true });
    const { addon } = nativeInfo();
    for (const name of ['earsight.node', 'earsight.json', 'libearsight_ops.so'])
      copyFileSync(join(addon, name), join(folder, name));
    const library = outputOf('c++', ['-print-file-name=libasan.so']).trim();
    expect(basename(library)).not.toBe(library); // the bare name: the compiler has none
    env = { LD_PRELOAD: library, ASAN_OPTIONS: 'detect_leaks=0:exitcode=99', EARSIGHT_NATIVE_PATH: folder };
  }, most);

  test(
    'messages of every length around the limits',
    () => {
      expect(child('wire-sizes', [], env)).toBe('whole');
    },
    most,
  );

  test('calls before the first operator is resolved', () => {
    expect(new Set(child('wire-unresolved', [], env).split(','))).toEqual(new Set(['INTERNAL']));
  });

  test.each([1, 2, 3, 4])(
    'messages that lie, seed %i',
    (seed) => {
      expect(JSON.parse(child('wire-fuzz', ['20000', String(seed)], env)).OK).toBeGreaterThan(1000);
    },
    most,
  );
});
