// Values arrive exactly: rounded once, in the dtype asked for, or refused with their position. Expected values are worked
// out from the formats (a tie, and what lies just beside it) or are PyTorch's.

import { type DType, type NestedArray, type Scalar, type Tensor, torch } from '../../lib/tensor/index.js';

const floats = (value: NestedArray, dtype: DType) => torch.tensor(value, { dtype }).toArray();
const integers: DType[] = ['uint8', 'int8', 'int16', 'int32', 'int64', 'uint16', 'uint32', 'uint64'];

describe('numbers are rounded once, to nearest even', () => {
  const above = 2 ** -40; // lost when a value passes through float32
  const cases: [DType, [number, number][]][] = [
    [
      'float64',
      [
        [0.1, 0.1],
        [16777217, 16777217],
        [5e-324, 5e-324],
      ],
    ],
    [
      'float32',
      [
        [16777217, 16777216],
        [16777219, 16777220],
        [1 + 2 ** -24, 1],
        [1e39, Infinity],
        [1e-50, 0],
      ],
    ],
    [
      'bfloat16',
      [
        [1 + 2 ** -8, 1],
        [1 + 2 ** -8 + above, 1.0078125],
        [1 + 3 * 2 ** -8 - above, 1.0078125],
        [-1 - 2 ** -8 - above, -1.0078125],
        [2 ** -134, 0],
        [2 ** -134 + 2 ** -180, 2 ** -133],
        [1e300, Infinity],
      ],
    ],
    [
      'float16',
      [
        [1 + 2 ** -11, 1],
        [1 + 2 ** -11 + above, 1.0009765625],
        [2049, 2048],
        [2 ** -25, 0],
        [2 ** -25 + 2 ** -60, 2 ** -24],
        [65520, Infinity],
        [65520 - 2 ** -30, 65504],
      ],
    ],
    [
      'float8_e4m3fn',
      [
        [1 + 2 ** -4, 1],
        [1 + 2 ** -4 + above, 1.125],
      ],
    ],
    [
      'float8_e5m2',
      [
        [1 + 2 ** -3, 1],
        [1 + 2 ** -3 + above, 1.25],
      ],
    ],
  ];
  const rows = cases.flatMap(([dtype, pairs]) => pairs.map(([from, to]) => [dtype, from, to] as const));

  test.each(rows)('%s of %p is %p', (dtype, from, to) => {
    expect(floats([from], dtype)).toEqual([to]);
    expect(floats(from, dtype)).toBe(to);
    expect(floats(new Float64Array([from]), dtype)).toEqual([to]);
    expect(torch.full([1], from, { dtype }).item()).toBe(to);
    const t = torch.zeros([2]).to(dtype);
    expect(t.clone().fill_(from).to('float64').toArray()).toEqual([to, to]);
    expect(t.clone().setIndex([0], from).to('float64').toArray()).toEqual([to, 0]);
  });

  test('bigints too, from lists, typed arrays and as Scalars', () => {
    // One above the tie of float32 (2^60 + 2^36) and of bfloat16 (2^60 + 2^52): doubles cannot hold the one.
    const cases: [DType, bigint, number][] = [
      ['float32', 2n ** 60n + 2n ** 36n + 1n, 2 ** 60 + 2 ** 37],
      ['float32', 2n ** 60n + 2n ** 36n, 2 ** 60],
      ['bfloat16', 2n ** 60n + 2n ** 52n + 1n, 2 ** 60 + 2 ** 53],
      ['bfloat16', -(2n ** 60n) - 2n ** 52n - 1n, -(2 ** 60) - 2 ** 53],
      ['float64', 2n ** 60n + 2n ** 7n + 1n, 2 ** 60 + 2 ** 8],
      ['float64', 2n ** 60n + 2n ** 7n, 2 ** 60],
    ];
    for (const [dtype, value, expected] of cases) {
      expect(torch.tensor([value], { dtype }).item()).toBe(expected);
      expect(torch.tensor([value, 0.5], { dtype }).toArray()).toEqual([expected, 0.5]);
      expect(torch.tensor(new BigInt64Array([value]), { dtype }).item()).toBe(expected);
      expect(torch.full([1], value, { dtype }).item()).toBe(expected);
      expect(torch.zeros([1], { dtype }).fill_(value).item()).toBe(expected);
    }
    expect(torch.tensor([2n ** 100n], { dtype: 'float64' }).item()).toBe(2 ** 100);
    expect(torch.full([1], 2n ** 64n, { dtype: 'float32' }).item()).toBe(2 ** 64);
  });

  test('complex, bool and the sign of zero', () => {
    expect(floats([16777217, -0.5], 'complex128')).toEqual([
      [16777217, 0],
      [-0.5, 0],
    ]);
    expect(floats([0.5, NaN, -0, 0, 3], 'bool')).toEqual([true, true, false, false, true]);
    expect(floats(new Int32Array([0, 256]), 'bool')).toEqual([false, true]);
    for (const dtype of ['float64', 'float32', 'bfloat16', 'float16'] as const) {
      for (const zero of [torch.tensor(-0, { dtype }), torch.full([], -0, { dtype })])
        expect(Object.is(zero.item(), -0)).toBe(true);
    }
    expect(Object.is(torch.tensor(-0, { dtype: 'int64' }).item(), 0)).toBe(true);
  });
});

describe('what an integer dtype cannot hold is a RangeError with its position', () => {
  const limits: [DType, bigint, bigint][] = [
    ['uint8', 0n, 255n],
    ['int8', -128n, 127n],
    ['int16', -32768n, 32767n],
    ['int32', -(2n ** 31n), 2n ** 31n - 1n],
    ['int64', -(2n ** 63n), 2n ** 63n - 1n],
    ['uint16', 0n, 65535n],
    ['uint32', 0n, 2n ** 32n - 1n],
    ['uint64', 0n, 2n ** 64n - 1n],
  ];
  test.each(limits)('%s holds %p to %p', async (dtype, low, high) => {
    for (const inside of [low, high]) {
      const [value] = await torch.tensor([inside], { dtype }).data();
      expect(BigInt(value)).toBe(inside);
    }
    for (const outside of [low - 1n, high + 1n]) {
      expect(() => torch.tensor([[0n], [outside]], { dtype })).toThrow(RangeError);
      expect(() => torch.tensor([[0n], [outside]], { dtype })).toThrow(`at [1][0]: ${outside}`);
      expect(() => torch.tensor([0, Number(outside)], { dtype })).toThrow(/^tensor: at \[1\]: /);
    }
  });

  test.each(integers)('%s refuses fractions, NaN and infinities', (dtype) => {
    for (const value of [0.5, NaN, Infinity, -Infinity, 1e300]) {
      const shown = value === 1e300 ? '1e+300' : String(value);
      for (const make of [
        () =>
          torch.tensor(
            [
              [1, 2],
              [3, value],
            ],
            { dtype },
          ),
        () => torch.tensor(value, { dtype }),
        () => torch.tensor(new Float64Array([value]), { dtype }),
        () => torch.full([2], value, { dtype }),
        () => torch.zeros([2], { dtype }).fill_(value),
        () => torch.zeros([2], { dtype }).setIndex([1], value),
        () => torch.zeros([2], { dtype }).setIndex([[1]], value),
      ]) {
        expect(make).toThrow(RangeError);
        expect(make).toThrow(shown);
      }
    }
    expect(() =>
      torch.tensor(
        [
          [1, 2],
          [3, NaN],
        ],
        { dtype },
      ),
    ).toThrow('tensor: at [1][1]: expected an integer');
  });

  test('an unsafe integer given as a number, with the bigint named', async () => {
    expect(torch.tensor([2 ** 53 - 1, 1 - 2 ** 53], { dtype: 'int64' }).toArray()).toEqual([
      2 ** 53 - 1,
      1 - 2 ** 53,
    ]);
    for (const make of [
      () => torch.tensor([2 ** 53 + 2], { dtype: 'int64' }),
      () => torch.full([1], 2 ** 53 + 2, { dtype: 'int64' }),
      () => torch.zeros([1], { dtype: 'int64' }).fill_(2 ** 53 + 2),
      () => torch.tensor([1n]).add(2 ** 53 + 2),
      () => torch.arange(2 ** 53 + 2, 2 ** 53 + 4),
    ]) {
      expect(make).toThrow(RangeError);
      expect(make).toThrow('9007199254740994n');
    }
    expect(() => torch.zeros([2 ** 53 + 2])).toThrow(/9007199254740994n/);
    expect(() => torch.ops.aten['select.int']!(torch.ones([1]), 2 ** 53 + 2, 0)).toThrow(/9007199254740994n/);
    const values = await torch.arange(2n ** 53n, 2n ** 53n + 3n).data();
    expect(values).toEqual(new BigInt64Array([2n ** 53n, 2n ** 53n + 1n, 2n ** 53n + 2n]));
    expect(() => torch.tensor([2 ** 53, 1n], { dtype: 'int64' })).toThrow(/\[0\].*safe integer or a bigint/);
  });

  test('nothing is changed by a refused value', () => {
    const t = torch.tensor([1, 2], { dtype: 'int32' });
    expect(() => t.fill_(2 ** 40)).toThrow(/fill_.*'value': 1099511627776 is out of the range of int32/);
    expect(() => t.add_(2 ** 40)).toThrow(RangeError);
    expect(t.toArray()).toEqual([1, 2]);
  });
});

describe('typed arrays of another kind', () => {
  test('widen exactly, also views with an offset and over shared memory', () => {
    const tenth = Math.fround(0.1);
    expect(floats(new Float32Array([9, 0.1, 2]).subarray(1), 'float64')).toEqual([tenth, 2]);
    expect(floats(new Int16Array([7, -3]).subarray(1), 'int64')).toEqual([-3]);
    const shared = new Float64Array(new SharedArrayBuffer(24), 8);
    shared.set([3, 4]);
    expect(floats(shared, 'int8')).toEqual([3, 4]);
    expect(floats(Buffer.from([0, 1, 255]).subarray(1), 'int32')).toEqual([1, 255]);
    expect(floats(new BigUint64Array([2n ** 63n]), 'float32')).toEqual([2 ** 63]);
    expect(floats(new Uint32Array([2 ** 32 - 1]), 'float32')).toEqual([2 ** 32]);
  });

  test('are checked when they narrow', () => {
    expect(() => floats(new Float64Array([1, 2.5]), 'int64')).toThrow('at [1]: expected an integer');
    expect(() => floats(new BigInt64Array([1n, 2n ** 31n]), 'int32')).toThrow('at [1]: 2147483648');
    expect(() => floats(new BigUint64Array([2n ** 63n]), 'int64')).toThrow('at [0]: 9223372036854775808');
    expect(() => floats(new Int8Array([-1]), 'uint64')).toThrow(RangeError);
    const long = new Float32Array(5000);
    long[4321] = 300;
    expect(() => floats(long, 'uint8')).toThrow('at [4321]: 300');
  });

  test('as rows of a list keep their own dtype', () => {
    const rows = [new Float64Array([0.1, 0.2]), new Float64Array([0.3, 0.4])];
    const t = torch.tensor(rows);
    expect(t.dtype).toBe('float64');
    expect(t.toArray()).toEqual([
      [0.1, 0.2],
      [0.3, 0.4],
    ]);
    expect(torch.tensor([new Uint8Array([1]), new Uint8Array([2])]).dtype).toBe('uint8');
    expect(torch.tensor([new BigInt64Array(0)]).dtype).toBe('int64');
    expect(() => torch.tensor([rows[0]!, new Float32Array(2)])).toThrow(
      /one kind, got Float64Array and Float32Array/,
    );
    expect(floats([rows[0]!, new Int8Array([1, 2]), [3, 4n]], 'float64')).toEqual([
      [0.1, 0.2],
      [1, 2],
      [3, 4],
    ]);
    expect(() => torch.tensor([rows[0]!, new Float64Array(3)])).toThrow(
      /lists of 2 at depth 1, got a list of 3/,
    );
    expect(() => torch.tensor(new DataView(new ArrayBuffer(8)) as never)).toThrow(/got a DataView/);
    expect(() => torch.tensor([new DataView(new ArrayBuffer(8))] as never)).toThrow(/\[0\].*a DataView/);
  });
});

describe('lists', () => {
  test('of mixed kinds need a dtype', () => {
    expect(floats([1, 2n, true], 'int64')).toEqual([1, 2, 1]);
    expect(floats([0.5, 2n, false], 'float64')).toEqual([0.5, 2, 0]);
    expect(floats([true, 0, 2n], 'bool')).toEqual([true, false, true]);
    expect(() => torch.tensor([1, 2n] as never)).toThrow(/number and bigint; give a dtype/);
  });

  test('with holes, tensors or themselves in them are refused', () => {
    const sparse = [0, 1, 2];
    delete sparse[1];
    expect(() => torch.tensor(sparse)).toThrow(
      'tensor: at [1]: expected a number, bigint or boolean, got undefined',
    );
    expect(() => torch.tensor([1, torch.ones([1])] as never)).toThrow(/\[1\].*Tensor.*torch\.stack/);
    const endless: unknown[] = [];
    endless.push(endless);
    expect(() => torch.tensor(endless as never)).toThrow(/at most 64 deep/);
  });

  test('that are empty take the dtype asked for', () => {
    expect(torch.tensor([], { dtype: 'int64' }).dtype).toBe('int64');
    expect(torch.tensor([[], []]).shape).toEqual([2, 0]);
    expect(torch.tensor([]).dtype).toBe('float32');
  });
});

describe('Scalars beside tensors', () => {
  const of = (dtype: DType) => torch.tensor([1, 2], { dtype });
  const mask = torch.tensor([true, false]);

  test('-0 is an int beside integers and keeps its sign beside floating point', () => {
    for (const dtype of integers.slice(0, 5)) {
      expect(of(dtype).add(-0).dtype).toBe(dtype);
      expect(of(dtype).mul(-0).toArray()).toEqual([0, 0]);
      expect(torch.where(mask, of(dtype), -0).dtype).toBe(dtype);
    }
    expect(mask.add(-0).dtype).toBe('int64');
    expect(torch.where(mask, -0, 1).dtype).toBe('int64');
    expect(torch.arange(-0, 3).toArray()).toEqual([0, 1, 2]);
    expect(torch.ops.aten['add.Scalar']!(of('int64'), -0).dtype).toBe('int64');
    expect(of('int64').add(of('int64'), { alpha: -0 }).toArray()).toEqual([1, 2]);
    expect(of('float32').mul(-0).reciprocal().toArray()).toEqual([-Infinity, -Infinity]);
    expect(
      torch
        .where(mask, -0, torch.ones([2]))
        .reciprocal()
        .toArray(),
    ).toEqual([-Infinity, 1]);
    expect(torch.zeros([1]).fill_(-0).reciprocal().item()).toBe(-Infinity);
  });

  // The dtypes of PyTorch 2.13; a number beyond the safe integers has no place beside integers.
  const promotion: [
    string,
    (t: Tensor, value: Scalar) => Tensor,
    DType,
    Scalar,
    DType | RangeErrorConstructor,
  ][] = [
    ['add', (t, v) => t.add(v), 'int64', 0.5, 'float32'],
    ['add', (t, v) => t.add(v), 'int64', 2 ** 53, RangeError],
    ['add', (t, v) => t.add(v), 'int64', 1e20, RangeError],
    ['add', (t, v) => t.add(v), 'int64', 2n ** 53n, 'int64'],
    ['add', (t, v) => t.add(v), 'int64', NaN, 'float32'],
    ['add', (t, v) => t.add(v), 'int32', 2 ** 40, RangeError],
    ['add', (t, v) => t.add(v), 'uint8', 300, RangeError],
    ['add', (t, v) => t.add(v), 'uint8', 255, 'uint8'],
    ['add', (t, v) => t.add(v), 'bool', 300, 'int64'],
    ['add', (t, v) => t.add(v), 'float32', 2 ** 60, 'float32'],
    ['add', (t, v) => t.add(v), 'bfloat16', 1e20, 'bfloat16'],
    ['add', (t, v) => t.add(v), 'complex64', 2 ** 60, 'complex64'],
    ['lt', (t, v) => t.lt(v), 'int32', 2 ** 40, RangeError],
    ['div', (t, v) => t.div(v), 'uint8', 1000, 'float32'],
    ['div', (t, v) => t.div(v), 'int64', 2 ** 60, 'float32'],
    ['clamp', (t, v) => t.clamp(v), 'int64', 0.5, 'float32'],
    ['clamp', (t, v) => t.clamp(v), 'int64', -1e30, RangeError],
    ['where', (t, v) => torch.where(mask, t, v), 'int32', 2 ** 40, RangeError],
    ['where', (t, v) => torch.where(mask, t, v), 'int64', 0.5, 'float32'],
    ['maskedFill', (t, v) => t.maskedFill(mask, v), 'int64', 0.5, RangeError],
    ['maskedFill', (t, v) => t.maskedFill(mask, v), 'float16', 0.1, 'float16'],
    ['newFull', (t, v) => t.newFull([1], v), 'uint8', -1, RangeError],
    ['fullLike', (t, v) => torch.fullLike(t, v), 'int64', NaN, RangeError],
    ['fullLike with a dtype', (t, v) => torch.fullLike(t, v, { dtype: 'float32' }), 'int64', 0.5, 'float32'],
    ['scatter', (t, v) => t.scatter(0, torch.tensor([0n]), v), 'int64', 0.5, RangeError],
  ];
  test.each(promotion)('%s %p of %s and %p', (_, run, dtype, value, expected) => {
    if (typeof expected === 'string') expect(run(of(dtype), value).dtype).toBe(expected);
    else expect(() => run(of(dtype), value)).toThrow(expected);
  });

  test('arange', () => {
    expect(torch.arange(0, 2 ** 60, 2 ** 58, { dtype: 'float64' }).toArray()).toEqual([
      0,
      2 ** 58,
      2 ** 59,
      3 * 2 ** 58,
    ]);
    expect(torch.arange(0, 1, 0.25, { dtype: 'float64' }).toArray()).toEqual([0, 0.25, 0.5, 0.75]);
    expect(torch.arange(0, 0.3, 0.1, { dtype: 'float64' }).toArray()).toEqual([0, 0.1, 0.2]);
    expect(() => torch.arange(0.5, 4, 1, { dtype: 'int64' })).toThrow(/'start'.*0\.5/);
  });
});

describe('values out', () => {
  test('unsigned 64-bit integers: exact up to 2^53, beyond it a RangeError', async () => {
    const most = torch.tensor([2n ** 64n - 1n], { dtype: 'uint64' });
    expect(() => most.item()).toThrow(/18446744073709551615/);
    expect(() => most.item()).toThrow(RangeError);
    expect(() => most.toArray()).toThrow(RangeError);
    expect(await most.data()).toEqual(new BigUint64Array([2n ** 64n - 1n]));
    expect(await torch.full([1], 2n ** 63n, { dtype: 'uint64' }).data()).toEqual(
      new BigUint64Array([2n ** 63n]),
    );
    const set = torch.zeros([1], { dtype: 'uint64' }).setIndex([0], 2n ** 63n + 1n);
    expect(await set.data()).toEqual(new BigUint64Array([2n ** 63n + 1n]));
    expect(torch.tensor(2n ** 53n, { dtype: 'uint64' }).item()).toBe(2 ** 53);
  });

  test('complex32 keeps its imaginary part', async () => {
    const t = torch.fromBuffer(new Uint16Array([0x3c00, 0xc000]).buffer, [1], 'complex32'); // 1 - 2i
    expect(t.toArray()).toEqual([[1, -2]]);
    expect(await t.data()).toEqual(new Float32Array([1, -2]));
  });
});

// Expected values: PyTorch 2.13.
describe('Scalars that decide or compare, and are not stored', () => {
  test('threshold compares with the number as it is', () => {
    const near = torch.tensor([0.1], { dtype: 'bfloat16' }); // 0.10009765625
    expect(torch.threshold(near, 0.1, 20).toArray()).toEqual([0.10009765625]);
    expect(torch.threshold(torch.tensor([1n, 0n, 3n]), 0.5, 20).toArray()).toEqual([1, 20, 3]);
  });

  test('the condition of where has no part in the dtype', () => {
    const condition = torch.tensor([1, 0], { dtype: 'bool' });
    const chosen = torch.ops.aten['where.Scalar'](condition, 300, 1) as Tensor;
    expect([chosen.dtype, chosen.toArray()]).toEqual(['int64', [300, 1]]);
  });

  test('floatPower computes in float64 whatever it is given', () => {
    expect(
      torch
        .tensor([1n])
        .floatPower(2 ** 60)
        .toArray(),
    ).toEqual([1]);
  });
});
