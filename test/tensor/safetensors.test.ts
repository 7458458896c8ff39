import { mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafetensorsError, scope, type Tensor, torch } from '../../lib/tensor/index.js';
import { parseHeader, readHeader } from '../../lib/tensor/safetensors.js';

const fixture = (name: string): string => join(__dirname, '..', 'fixtures', 'nn', `${name}.safetensors`);
const written = fixture('dtypes');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'safetensors-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A file of this header and that many zero bytes of data. */
function fileOf(header: string | Uint8Array, dataBytes: number): Buffer {
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(dataBytes)]);
}

function load(bytes: Uint8Array): Record<string, Tensor> {
  const file = join(folder, 'case.safetensors');
  writeFileSync(file, bytes);
  try {
    return torch.load(file);
  } finally {
    // Never truncated in place: the mapping keeps the file that it was made of.
    unlinkSync(file);
  }
}

describe('a file written by the reference implementation', () => {
  test('gives every dtype, shape and value', () => {
    const tensors = torch.load(written);
    const values = [
      [0, 1, 2],
      [3, 4, 5],
    ];
    for (const dtype of 'float64 float32 float16 bfloat16 int64 int32 int16 int8 uint8'.split(' ')) {
      const tensor = tensors[`all.${dtype}`];
      expect([tensor.dtype, tensor.toArray()]).toEqual([dtype, values]);
    }
    for (const dtype of ['uint16', 'uint32', 'uint64', 'float8_e4m3fn', 'float8_e5m2'] as const) {
      const tensor = tensors[`all.${dtype}`];
      expect([tensor.dtype, tensor.to('float32').toArray()]).toEqual([dtype, values]);
    }
    expect(tensors['all.float8_e8m0fnu'].to('float32').toArray()).toEqual([
      [1, 2, 4],
      [8, 16, 32],
    ]);
    expect(tensors['all.bool'].toArray()).toEqual([
      [false, true, true],
      [true, true, true],
    ]);
    expect(tensors['all.complex64'].dtype).toBe('complex64');
    expect([tensors.scalar.shape, tensors.scalar.item()]).toEqual([[], 2.5]);
    expect([tensors.empty.shape, tensors.empty.numel()]).toEqual([[0, 4], 0]);
    expect(tensors['näme "quoted"\\'].toArray()).toEqual([0, 1, 2]);
    expect(readHeader(written).metadata).toEqual({ format: 'pt', note: 'ünïcode' });
  });

  test.each(['dtypes', 'order'])(
    'is what we write from the same tensors and metadata, byte for byte: %s',
    (name) => {
      const file = join(folder, 'copy.safetensors');
      const { tensors, metadata } = torch.load(fixture(name), { metadata: true });
      torch.save(tensors, file, metadata);
      expect(readFileSync(file).equals(readFileSync(fixture(name)))).toBe(true);
      expect(readdirSync(folder)).toEqual(['copy.safetensors']);
    },
  );
});

describe('metadata', () => {
  const x = '"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}';

  // As the reference's `metadata()` gives it.
  test.each([
    ['none', `{${x}}`, null],
    ['null', `{"__metadata__":null,${x}}`, null],
    ['empty', `{"__metadata__":{},${x}}`, {}],
    ['two strings', `{"__metadata__":{"format":"pt","":"a"},${x}}`, { format: 'pt', '': 'a' }],
  ])('%s', (_, header, metadata) => {
    const file = join(folder, 'metadata.safetensors');
    writeFileSync(file, fileOf(header, 1));
    const loaded = torch.load(file, { metadata: true });
    expect(loaded.metadata).toEqual(metadata);
    expect(loaded.tensors.x.toArray()).toEqual([0]);
    expect(Object.keys(torch.load(file))).toEqual(['x']);
    torch.save(loaded.tensors, file, loaded.metadata);
    expect(torch.load(file, { metadata: true }).metadata).toEqual(metadata);
    unlinkSync(file);
  });

  test('is all that can be asked for', () => {
    // @ts-expect-error a misspelt option
    expect(() => torch.load(written, { metdata: true })).toThrow(/load: no argument named 'metdata'/);
  });
});

describe('saving', () => {
  test('takes views, and tensors that record gradients', () => {
    const file = join(folder, 'views.safetensors');
    const base = torch.arange(0, 12).to('float32').reshape([3, 4]);
    const weight = torch.ones([2]);
    weight.requiresGrad = true;
    torch.save({ transposed: base.t(), part: base.narrow(1, 1, 2), weight }, file);
    const loaded = torch.load(file);
    expect(loaded.transposed.toArray()).toEqual([
      [0, 4, 8],
      [1, 5, 9],
      [2, 6, 10],
      [3, 7, 11],
    ]);
    expect(loaded.part.toArray()).toEqual([
      [1, 2],
      [5, 6],
      [9, 10],
    ]);
    expect(loaded.weight.requiresGrad).toBe(false);
  });

  test('replaces a file that is still mapped without disturbing the mapping', () => {
    const file = join(folder, 'replaced.safetensors');
    torch.save({ x: torch.ones([4096]) }, file);
    const mapped = torch.load(file).x;
    torch.save({ x: torch.zeros([8]) }, file);
    expect(mapped.sum().item()).toBe(4096);
    expect(torch.load(file).x.shape).toEqual([8]);
  });

  test('writing to a loaded tensor leaves the file alone', () => {
    const file = join(folder, 'private.safetensors');
    torch.save({ x: torch.ones([4]) }, file);
    torch.load(file).x.mul_(5);
    expect(torch.load(file).x.toArray()).toEqual([1, 1, 1, 1]);
  });

  test('names what it cannot store, and leaves nothing behind', () => {
    const file = join(folder, 'bad.safetensors');
    const complex = torch.zeros([1], { dtype: 'complex128' });
    expect(() => torch.save({ z: complex }, file)).toThrow(
      /tensor "z": safetensors cannot hold dtype complex128/,
    );
    expect(() => torch.save({ __metadata__: torch.ones([1]) }, file)).toThrow(/reserved/);
    expect(() =>
      torch.save({ x: torch.ones([1]) }, join(folder, 'no', 'such', 'folder.safetensors')),
    ).toThrow(/ENOENT/);
    expect(readdirSync(folder).filter((name) => name.includes('bad') || name.includes('partial'))).toEqual(
      [],
    );
  });

  test('gives the same bytes whatever the order of the entries', () => {
    const [a, b] = ['a', 'b'].map((name) => join(folder, `order-${name}.safetensors`));
    const [x, y] = [torch.ones([2]), torch.zeros([3], { dtype: 'int64' })];
    torch.save({ x, y }, a);
    torch.save({ y, x }, b);
    expect(readFileSync(a).equals(readFileSync(b))).toBe(true);
  });
});

describe('headers that lie', () => {
  const entry = (dtype: unknown, shape: unknown, offsets: unknown) => ({
    dtype,
    shape,
    data_offsets: offsets,
  });
  const good = entry('F32', [2], [0, 8]);
  const cases: [string, string | Uint8Array, number, RegExp][] = [
    ['not JSON', '{"x":', 0, /not JSON/],
    ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 0, /not JSON in UTF-8/],
    ['an array', '[]', 0, /must be a JSON object/],
    ['leading space', ` ${JSON.stringify({ x: good })}`, 8, /from its first byte/],
    ['null entry', '{"x":null}', 0, /tensor "x": expected an object/],
    ['unknown dtype', JSON.stringify({ x: entry('F31', [2], [0, 8]) }), 8, /dtype "F31"; expected one of/],
    ['dtype of the prototype', JSON.stringify({ x: entry('toString', [2], [0, 8]) }), 8, /dtype "toString"/],
    ['negative size', JSON.stringify({ x: entry('F32', [-2], [0, 8]) }), 8, /shape \[-2\]/],
    ['fraction', JSON.stringify({ x: entry('F32', [1.5], [0, 6]) }), 6, /shape \[1.5\]/],
    ['size beyond 2^53', '{"x":{"dtype":"U8","shape":[9007199254740993],"data_offsets":[0,8]}}', 8, /shape/],
    [
      'shape nested 100,000 deep',
      `{"x":{"dtype":"U8","shape":${'['.repeat(1e5)}${']'.repeat(1e5)},"data_offsets":[0,8]}}`,
      8,
      /shape \[\[\[.*expected an array of sizes/,
    ],
    ['shape is a string', JSON.stringify({ x: entry('F32', '2', [0, 8]) }), 8, /shape "2"/],
    [
      'product that wraps to the right size',
      JSON.stringify({ x: entry('U8', [2 ** 32, 2 ** 32], [0, 0]) }),
      0,
      /takes 18446744073709551616 bytes/,
    ],
    ['one offset', JSON.stringify({ x: entry('F32', [2], [8]) }), 8, /data_offsets \[8\]/],
    ['offsets reversed', JSON.stringify({ x: entry('F32', [2], [8, 0]) }), 8, /begin <= end/],
    [
      'size and offsets disagree',
      JSON.stringify({ x: entry('F32', [3], [0, 8]) }),
      8,
      /takes 12 bytes; data_offsets give 8/,
    ],
    [
      'hole',
      JSON.stringify({ x: good, y: entry('F32', [1], [12, 16]) }),
      16,
      /"y": data_offsets begin at 12; expected 8/,
    ],
    ['overlap', JSON.stringify({ x: good, y: entry('F32', [2], [4, 12]) }), 12, /begin at 4; expected 8/],
    ['past the end', JSON.stringify({ x: good }), 4, /describes 8 bytes of tensors; the file has 4/],
    ['data that no tensor owns', JSON.stringify({ x: good }), 12, /the file has 12/],
    ['tensor twice', `{"x":${JSON.stringify(good)},"x":${JSON.stringify(good)}}`, 8, /the key "x" twice/],
    [
      'tensor twice, once escaped',
      `{"x":${JSON.stringify(good)},"\\u0078" : ${JSON.stringify(good)}}`,
      8,
      /the key "x" twice/,
    ],
    ['shape twice', '{"x":{"dtype":"F32","shape":[9],"shape":[2],"data_offsets":[0,8]}}', 8, /"shape" twice/],
    [
      'metadata of numbers',
      JSON.stringify({ __metadata__: { a: 1 } }),
      0,
      /__metadata__ must be an object of strings, or null/,
    ],
    ['deep nesting', `{"x":${'['.repeat(200000)}`, 0, /not JSON/],
  ];

  test.each(cases)('%s', (_, header, dataBytes, message) => {
    const attempt = () => load(fileOf(header, dataBytes));
    expect(attempt).toThrow(SafetensorsError);
    expect(attempt).toThrow(message);
  });

  test('the lengths before the header', () => {
    expect(() => load(Buffer.from('short'))).toThrow(/5 bytes long/);
    const long = fileOf('{}', 0);
    long.writeBigUInt64LE(100_000_001n);
    expect(() => load(long)).toThrow(/at most 100000000/);
    long.writeBigUInt64LE(2n ** 64n - 1n);
    expect(() => load(long)).toThrow(/header of 18446744073709551615 bytes/);
    long.writeBigUInt64LE(3n);
    expect(() => load(long)).toThrow(/truncated/);
  });

  test.each([
    ['a zip archive', '504b0304000008080000000000000000'],
    ['a pickle', '80028a0a6cfc9c46f9206aa850192e80'],
    ['a pickle', '8004950a00000000000000' + '7d948c0161'],
  ])('what torch.save of Python writes is named: %s %s', (format, start) => {
    const attempt = () => load(Buffer.concat([Buffer.from(start, 'hex'), Buffer.alloc(64)]));
    expect(attempt).toThrow(SafetensorsError);
    expect(attempt).toThrow(new RegExp(`${format}, as PyTorch's \\.pt.*save_file`));
  });

  test('a pointer of Git LFS is named', () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 16\n`;
    const attempt = () => load(Buffer.from(pointer));
    expect(attempt).toThrow(SafetensorsError);
    expect(attempt).toThrow(/a pointer of Git LFS .*git lfs pull/);
  });

  test('a length that reads as the start of a pickle is a length', () => {
    const header = JSON.stringify({ x: good }).padEnd(0x280);
    expect(load(fileOf(header, 8)).x.shape).toEqual([2]);
  });

  test('names that are special in JavaScript are only names', () => {
    const header = `{"__proto__":${JSON.stringify(good)},"constructor":${JSON.stringify(entry('F32', [1], [8, 12]))}}`;
    const tensors = load(fileOf(header, 12));
    expect(Object.keys(tensors).sort()).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(tensors)).toBe(Object.prototype);
  });

  test('the error carries file and tensor', () => {
    const json = Buffer.from(JSON.stringify({ x: entry('F32', [3], [0, 8]) }));
    try {
      parseHeader(json, 8, 'model.safetensors');
      throw new Error('accepted');
    } catch (error) {
      expect(error).toMatchObject({
        name: 'SafetensorsError',
        file: 'model.safetensors',
        key: 'x',
        code: 'VALUE',
      });
    }
  });
});

/** Small, fast, seeded: mulberry32. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

test('mutated files are refused or read exactly as their header says', () => {
  const rounds = process.env.EARSIGHT_TEST_FULL ? 100_000 : 10_000;
  const below = random(2026);
  const original = readFileSync(written);
  const small = fileOf(
    JSON.stringify({
      a: { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
      b: { dtype: 'I8', shape: [7], data_offsets: [24, 31] },
    }),
    31,
  );
  const numbers = [
    '0',
    '1',
    '7',
    '8',
    '24',
    '31',
    '-1',
    '1e3',
    '2.0',
    '4294967296',
    '9007199254740993',
    '1e400',
    'null',
    '"8"',
    '[]',
  ];
  const mutate = (source: Buffer): Buffer => {
    const bytes = Buffer.from(source);
    const headerEnd = 8 + Number(bytes.readBigUInt64LE());
    switch (below(5)) {
      case 0: // flipped bits, mostly in the header
        for (let i = below(4); i >= 0; i--)
          bytes[below(below(3) ? headerEnd : bytes.length)] ^= 1 << below(8);
        return bytes;
      case 1: // cut or lengthened
        return below(2)
          ? bytes.subarray(0, below(bytes.length))
          : Buffer.concat([bytes, Buffer.alloc(below(40))]);
      case 2: // another header length
        bytes.writeBigUInt64LE(BigInt(below(4) ? below(bytes.length + 9) : 2 ** (20 + below(43))));
        return bytes;
      case 3: {
        // another number somewhere in the header, which stays well-formed
        const spots = [...bytes.toString('latin1', 8, headerEnd).matchAll(/\d+/g)];
        const spot = spots[below(spots.length)];
        const text = bytes.toString('latin1', 8, headerEnd);
        const changed =
          text.slice(0, spot.index) +
          numbers[below(numbers.length)] +
          text.slice(spot.index + spot[0].length);
        const file = Buffer.concat([
          bytes.subarray(0, 8),
          Buffer.from(changed, 'latin1'),
          bytes.subarray(headerEnd),
        ]);
        file.writeBigUInt64LE(BigInt(Buffer.byteLength(changed, 'latin1')));
        return file;
      }
      default: {
        // a piece of the header copied over another
        const [from, to] = [8 + below(headerEnd - 8), 8 + below(headerEnd - 8)];
        bytes.copy(bytes, to, from, Math.min(from + below(30), headerEnd));
        return bytes;
      }
    }
  };
  let accepted = 0;
  for (let round = 0; round < rounds; round++) {
    const bytes = mutate(below(2) ? original : small);
    scope(() => {
      let tensors: Record<string, Tensor>;
      try {
        tensors = load(bytes);
      } catch (error) {
        if (!(error instanceof SafetensorsError)) throw error;
        return;
      }
      accepted++;
      const end = 8 + Number(bytes.readBigUInt64LE());
      const header = JSON.parse(bytes.toString('utf8', 8, end)) as Record<string, { data_offsets: number[] }>;
      for (const [name, tensor] of Object.entries(tensors)) {
        const [from, to] = header[name].data_offsets;
        const raw = tensor.flatten().view('uint8').toArray() as number[];
        expect(Buffer.from(raw).equals(bytes.subarray(end + from, end + to))).toBe(true);
      }
    });
  }
  // Both outcomes must be common, or the test looks at nothing.
  expect(accepted).toBeGreaterThan(rounds / 50);
  expect(rounds - accepted).toBeGreaterThan(rounds / 3);
});
