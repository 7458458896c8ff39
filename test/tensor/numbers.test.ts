// JavaScript values in and out: which dtype a value becomes, which value a dtype becomes, and what is refused.

import { type DType, type NestedArray, type TypedArray, torch } from '../../lib/tensor/index.js';

const big = 2n ** 53n + 1n;

describe('dtypes of JavaScript values', () => {
  const cases: [string, NestedArray, DType, number[]][] = [
    ['an integral number', 3, 'float32', []],
    ['a fraction', 0.5, 'float32', []],
    ['a list of integral numbers', [1, 2], 'float32', [2]],
    ['a boolean', true, 'bool', []],
    ['booleans', [[true], [false]], 'bool', [2, 1]],
    ['a bigint', 5n, 'int64', []],
    ['bigints', [1n, -2n, 3n], 'int64', [3]],
    ['an empty list', [], 'float32', [0]],
    ['lists of nothing', [[], []], 'float32', [2, 0]],
    ['Float64Array', new Float64Array([1, 2]), 'float64', [2]],
    ['Float32Array', new Float32Array([1]), 'float32', [1]],
    ['Int32Array', new Int32Array([1]), 'int32', [1]],
    ['Int16Array', new Int16Array([1]), 'int16', [1]],
    ['Int8Array', new Int8Array([1]), 'int8', [1]],
    ['Uint8Array', new Uint8Array([1]), 'uint8', [1]],
    ['Uint8ClampedArray', new Uint8ClampedArray([1]), 'uint8', [1]],
    ['Uint16Array', new Uint16Array([1]), 'uint16', [1]],
    ['Uint32Array', new Uint32Array([1]), 'uint32', [1]],
    ['BigInt64Array', new BigInt64Array([1n]), 'int64', [1]],
    ['BigUint64Array', new BigUint64Array([1n]), 'uint64', [1]],
    ['a list of typed arrays', [new Float32Array([1, 2]), new Float32Array([3, 4])], 'float32', [2, 2]],
  ];
  test.each(cases)('%s', (_, data, dtype, shape) => {
    const t = torch.tensor(data);
    expect(t.dtype).toBe(dtype);
    expect(t.shape).toEqual(shape);
  });

  test('options say otherwise', () => {
    expect(torch.tensor([1, 2], { dtype: 'int64' }).toArray()).toEqual([1, 2]);
    expect(torch.tensor([0, 2], { dtype: 'bool' }).toArray()).toEqual([false, true]);
    expect(torch.tensor([1, 2], { dtype: 'bfloat16', device: 'cpu', requiresGrad: true }).requiresGrad).toBe(
      true,
    );
  });

  test('full and arange', () => {
    expect(torch.full([2], 7).dtype).toBe('float32');
    expect(torch.full([2], true).dtype).toBe('bool');
    expect(torch.full([2], 7n).dtype).toBe('int64');
    expect(torch.full([2], 7, { dtype: 'int32' }).dtype).toBe('int32');
    expect(torch.full([], 2.5).item()).toBe(2.5);
    expect(torch.arange(0, 10, 2).dtype).toBe('int64');
    expect(torch.arange(3).toArray()).toEqual([0, 1, 2]);
    expect(torch.arange(0, 1, 0.25).dtype).toBe('float32');
    expect(torch.arange(0, 3, 1, { dtype: 'float64' }).dtype).toBe('float64');
  });

  test('an integral number is an int Scalar, any other a double', () => {
    const ints = torch.arange(3);
    expect(ints.add(2).dtype).toBe('int64');
    expect(ints.add(2.5).dtype).toBe('float32');
    expect(ints.mul(-0).dtype).toBe('int64');
    expect(ints.add(2n).dtype).toBe('int64');
    expect(ints.mul(true).dtype).toBe('int64');
    expect(torch.tensor([true]).add(1).dtype).toBe('int64');
    expect(ints.add(big).toArray.bind(ints.add(big))).toThrow(RangeError);
    expect(() => ints.add(2 ** 60)).toThrow(RangeError); // not a safe integer
    expect(ints.pow(2).toArray()).toEqual([0, 1, 4]);
  });

  test('what is no tensor data is refused', () => {
    expect(() => torch.tensor([1, true] as never)).toThrow(/one kind, got number and boolean/);
    expect(() => torch.tensor([1, 2n] as never)).toThrow(TypeError);
    expect(() => torch.tensor(['a'] as never)).toThrow(TypeError);
    expect(() => torch.tensor([null] as never)).toThrow(TypeError);
    expect(() => torch.tensor([[1, 2], [3]])).toThrow(/lists of 2 at depth 1, got a list of 1/);
    expect(() => torch.tensor([[1], 2] as never)).toThrow(RangeError);
    expect(() => torch.tensor([1, [2]] as never)).toThrow(TypeError);
    expect(() => torch.tensor(2n ** 63n)).toThrow(RangeError);
    expect(() => torch.tensor(torch.ones([1]) as never)).toThrow(/clone\(\) or detach\(\)/);
    expect(() => torch.tensor([1], { dtype: 'float31' as never })).toThrow(TypeError);
  });
});

describe('values out', () => {
  test('item by dtype', () => {
    expect(torch.tensor(1.5).item()).toBe(1.5);
    expect(torch.tensor([[2]]).item()).toBe(2);
    expect(torch.tensor(true).item()).toBe(true);
    expect(torch.tensor(-5n).item()).toBe(-5);
    expect(torch.tensor(1.5, { dtype: 'bfloat16' }).item()).toBe(1.5);
    expect(torch.tensor(0.1, { dtype: 'float16' }).item()).toBeCloseTo(0.1, 3);
    expect(torch.tensor(200, { dtype: 'uint8' }).item()).toBe(200);
    expect(torch.tensor(Number.NaN).item()).toBeNaN();
    expect(torch.tensor(Number.NEGATIVE_INFINITY).item()).toBe(Number.NEGATIVE_INFINITY);
    expect(Object.is(torch.tensor(-0).item(), -0)).toBe(true);
  });

  test('item wants one element', () => {
    expect(() => torch.ones([2]).item()).toThrow(/2 elements/);
    expect(() => torch.ones([0]).item()).toThrow(/0 elements/);
  });

  test('int64 up to 2^53 is exact, beyond it a RangeError', () => {
    expect(torch.tensor(2n ** 53n).item()).toBe(2 ** 53);
    expect(torch.tensor(-(2n ** 53n) + 1n).item()).toBe(-(2 ** 53) + 1);
    expect(torch.tensor([2n ** 53n - 1n, 2n ** 53n, -(2n ** 53n)]).toArray()).toEqual([
      2 ** 53 - 1,
      2 ** 53,
      -(2 ** 53),
    ]);
    for (const value of [big, -big, 2n ** 63n - 1n, -(2n ** 63n)]) {
      expect(() => torch.tensor(value).item()).toThrow(RangeError);
      expect(() => torch.tensor(value).item()).toThrow(String(value));
      expect(() => torch.tensor([value]).toArray()).toThrow(RangeError);
    }
  });

  test('data gives the exact integers', async () => {
    const values = [big, -big, 2n ** 63n - 1n, -(2n ** 63n), 0n, -1n];
    expect(await torch.tensor(values).data()).toEqual(BigInt64Array.from(values));
  });

  test('bigints pass through arguments exactly', async () => {
    const shifted = torch.tensor([0n]).add(2n ** 62n + 3n);
    expect((await shifted.data())[0]).toBe(2n ** 62n + 3n);
    expect((await torch.full([1], -(2n ** 63n)).data())[0]).toBe(-(2n ** 63n));
    expect(
      (
        await torch
          .tensor([5n])
          .add(-(2n ** 40n) - 7n)
          .data()
      )[0],
    ).toBe(-(2n ** 40n) - 2n);
    expect(() => torch.tensor([0n]).add(2n ** 63n)).toThrow(RangeError);
  });

  const arrays: [DType, string][] = [
    ['float32', 'Float32Array'],
    ['float64', 'Float64Array'],
    ['bfloat16', 'Float32Array'],
    ['float16', 'Float32Array'],
    ['int64', 'BigInt64Array'],
    ['int32', 'Int32Array'],
    ['int16', 'Int16Array'],
    ['int8', 'Int8Array'],
    ['uint8', 'Uint8Array'],
    ['bool', 'Uint8Array'],
    ['uint16', 'Uint16Array'],
    ['uint32', 'Uint32Array'],
    ['uint64', 'BigUint64Array'],
    ['float8_e4m3fn', 'Float32Array'],
    ['float8_e5m2', 'Float32Array'],
    ['complex64', 'Float32Array'],
    ['complex128', 'Float64Array'],
  ];
  test.each(arrays)('data of %s is a %s', async (dtype, kind) => {
    const values = await torch.tensor([0, 1]).to(dtype).data();
    expect(Object.prototype.toString.call(values)).toBe(`[object ${kind}]`);
    expect(Array.from(values as Float32Array, Number)).toEqual(
      dtype.startsWith('complex') ? [0, 0, 1, 0] : [0, 1],
    );
  });

  test('row-major whatever the strides, and a copy', async () => {
    const t = torch.arange(6, { dtype: 'float32' }).reshape([2, 3]);
    const values = await t.transpose(0, 1).data();
    expect([...(values as Float32Array)]).toEqual([0, 3, 1, 4, 2, 5]);
    (values as Float32Array)[0] = 99;
    expect(t.index([0, 0]).item()).toBe(0);
    expect(t.transpose(0, 1).toArray()).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
  });

  test('data is taken when it is called, not when it is awaited', async () => {
    const t = torch.ones([2]);
    const pending = t.data();
    t.mul_(5);
    t.dispose();
    expect([...((await pending) as Float32Array)]).toEqual([1, 1]);
  });

  test('empty tensors', async () => {
    expect(torch.zeros([0]).toArray()).toEqual([]);
    expect(torch.zeros([2, 0, 3]).toArray()).toEqual([[], []]);
    expect(torch.zeros([0, 2]).toArray()).toEqual([]);
    expect((await torch.zeros([0, 4]).data()).length).toBe(0);
    expect(torch.zeros([0]).sum().item()).toBe(0);
    expect(torch.zeros([0]).mean().item()).toBeNaN();
    expect(torch.cat([torch.zeros([0]), torch.ones([2])]).toArray()).toEqual([1, 1]);
    expect(torch.ones([0, 3]).matmul(torch.ones([3, 2])).shape).toEqual([0, 2]);
    expect(() => torch.zeros([0]).max()).toThrow(/aten::max/);
  });
});

describe('fromBuffer', () => {
  const matching: [TypedArray, DType][] = [
    [new Float32Array(6), 'float32'],
    [new Float64Array(6), 'float64'],
    [new BigInt64Array(6), 'int64'],
    [new Uint16Array(6), 'bfloat16'],
    [new Uint16Array(6), 'float16'],
    [new Uint8Array(6), 'bool'],
    [new Int32Array(6), 'int32'],
  ];
  test.each(matching)('%p as %s', (array, dtype) => {
    const t = torch.fromBuffer(array, [2, 3], dtype);
    expect(t.shape).toEqual([2, 3]);
    expect(t.dtype).toBe(dtype);
  });

  test('copies', () => {
    const array = new Float32Array([1, 2]);
    const t = torch.fromBuffer(array, [2], 'float32');
    array[0] = 9;
    expect(t.toArray()).toEqual([1, 2]);
  });

  test('respects offset and length of a view, and takes plain and shared buffers', () => {
    const buffer = new Float32Array([0, 1, 2, 3, 4]).buffer;
    expect(torch.fromBuffer(new Float32Array(buffer, 4, 2), [2], 'float32').toArray()).toEqual([1, 2]);
    expect(torch.fromBuffer(buffer, [5], 'float32').toArray()).toEqual([0, 1, 2, 3, 4]);
    const shared = new SharedArrayBuffer(8);
    new Float32Array(shared).set([7, 8]);
    expect(torch.fromBuffer(shared, [2], 'float32').toArray()).toEqual([7, 8]);
    expect(torch.fromBuffer(new Float32Array(shared, 4), [1], 'float32').toArray()).toEqual([8]);
    expect(torch.fromBuffer(Buffer.from([1, 0]), [2], 'bool').toArray()).toEqual([true, false]);
    expect(torch.fromBuffer(new ArrayBuffer(0), [0, 3], 'float64').shape).toEqual([0, 3]);
  });

  test('bits of bfloat16', () => {
    expect(torch.fromBuffer(new Uint16Array([0x3f80, 0xc000]), [2], 'bfloat16').toArray()).toEqual([1, -2]);
  });

  test('refuses what disagrees', () => {
    expect(() => torch.fromBuffer(new Float32Array(2), [2], 'int32')).toThrow(
      /holds int32, got Float32Array/,
    );
    expect(() => torch.fromBuffer(new Int32Array(2), [2], 'float32')).toThrow(TypeError);
    expect(() => torch.fromBuffer(new Uint8Array(8), [2], 'float32')).toThrow(TypeError);
    expect(() => torch.fromBuffer(new Float32Array(5), [2, 3], 'float32')).toThrow(
      /needs 24 bytes, the buffer holds 20/,
    );
    expect(() => torch.fromBuffer(new ArrayBuffer(25), [2, 3], 'float32')).toThrow(RangeError);
    expect(() => torch.fromBuffer(new Float32Array(2), [-2], 'float32')).toThrow(RangeError);
    expect(() => torch.fromBuffer(new Float32Array(2), [Number.NaN], 'float32')).toThrow(RangeError);
    expect(() => torch.fromBuffer(new Float32Array(2), [2 ** 40, 2 ** 40], 'float32')).toThrow(RangeError);
    expect(() => torch.fromBuffer(new Float32Array(2), [2], 'double' as never)).toThrow(
      /unknown dtype 'double'/,
    );
    expect(() => torch.fromBuffer([1, 2] as never, [2], 'float32')).toThrow(TypeError);
    expect(() => torch.fromBuffer(null as never, [2], 'float32')).toThrow(TypeError);
  });
});

describe('dtypes and devices', () => {
  test('are strings', () => {
    const t = torch.zeros([1], { dtype: 'bfloat16', device: 'cpu' });
    expect([t.dtype, t.device]).toEqual(['bfloat16', 'cpu']);
    expect(t.to('float64').dtype).toBe('float64');
    expect(t.to({ dtype: 'int8' }).dtype).toBe('int8');
    expect(t.to('meta').device).toBe('meta');
    expect(torch.zeros([2], { device: 'cpu:0' }).device).toBe('cpu');
  });

  test('to returns the tensor itself when nothing changes', () => {
    const t = torch.zeros([1]);
    expect(t.to('float32')).toBe(t);
    expect(t.to('cpu')).toBe(t);
    expect(t.cpu()).toBe(t);
    expect(t.to({ copy: true })).not.toBe(t);
  });

  test("to takes arguments in PyTorch's order, a tensor to be like, and a trailing object", () => {
    const t = torch.zeros([2], { dtype: 'float32' });
    expect(t.to('cpu', 'float64').dtype).toBe('float64');
    expect(t.to('cpu', 'float64', false, true).dtype).toBe('float64');
    expect(t.to('float32', false, true)).not.toBe(t);
    expect(t.to(torch.zeros([1], { dtype: 'int64' })).dtype).toBe('int64');
    expect(t.to(torch.zeros([1], { device: 'meta' })).device).toBe('meta');
    expect(t.to('cpu', { dtype: 'float16' }).dtype).toBe('float16');
    expect(t.to('float32', { copy: true })).not.toBe(t);
  });

  test('misspelt and misplaced options are refused instead of passed over', () => {
    const t = torch.zeros([1]);
    expect(() => t.to({ dtyp: 'float64' } as never)).toThrow(/no argument named 'dtyp'/);
    expect(() => t.to(...(['float64', false, true, 1] as unknown as ['cpu']))).toThrow(/got 4 arguments/);
    expect(() => t.to(undefined as never)).toThrow(TypeError);
    expect(() => torch.tensor([1], { dtyp: 'float64' } as never)).toThrow(/no argument named 'dtyp'/);
    expect(() => torch.tensor([1], 'int64' as never)).toThrow(/object of named arguments.*'int64'/);
  });

  test('unknown ones are refused', () => {
    const t = torch.zeros([1]);
    expect(() => t.to('float33' as never)).toThrow(TypeError);
    expect(() => t.to('tpu')).toThrow(TypeError);
    expect(() => torch.zeros([1], { dtype: 'float' as never })).toThrow(TypeError);
    expect(() => torch.zeros([1], { dtype: 'toString' as never })).toThrow(TypeError);
    expect(() => torch.zeros([1], { device: 'gpu' })).toThrow(TypeError);
    expect(() => torch.zeros([1], { device: 'toString' })).toThrow(TypeError);
  });

  const withoutCuda = torch.cuda.isAvailable() ? test.skip : test;
  withoutCuda('a device that is not there is a TorchError', () => {
    expect(() => torch.zeros([1], { device: 'cuda:0' })).toThrow(/CUDA/);
    expect(() => torch.zeros([1]).to('cuda')).toThrow(expect.objectContaining({ name: 'TorchError' }));
    expect(torch.cuda.deviceCount()).toBe(0);
  });

  test('a meta tensor has a shape and no values', () => {
    const t = torch.zeros([1000, 1000, 1000], { device: 'meta' });
    expect(t.add(1).matmul(torch.zeros([1000, 2], { device: 'meta' })).shape).toEqual([1000, 1000, 2]);
    expect(() => torch.zeros([1], { device: 'meta' }).item()).toThrow(/Meta/);
    expect(() => torch.zeros([1], { device: 'meta' }).toArray()).toThrow(/[Mm]eta/);
  });
});
