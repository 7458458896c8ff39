// What goes wrong and the error for it: operator, shapes and dtypes in a TorchError, no C++ internals.

import {
  memoryStats,
  scope,
  Tensor,
  TensorDisposedError,
  TorchError,
  torch,
} from '../../lib/tensor/index.js';

function failure(run: () => unknown): TorchError {
  try {
    run();
  } catch (error) {
    if (error instanceof TorchError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('TorchError', () => {
  test('is an Error of this realm and carries operator, shapes and dtypes', () => {
    const error = failure(() => torch.ones([2, 3]).matmul(torch.ones([4, 5], { dtype: 'float32' })));
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('TorchError');
    expect(error.code).toBe('RUNTIME');
    expect(error.op).toBe('aten::matmul');
    expect(error.shapes).toEqual([
      [2, 3],
      [4, 5],
    ]);
    expect(error.dtypes).toEqual(['float32', 'float32']);
    expect(error.message).toBe('aten::matmul: mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)');
  });

  test('tensors in lists count too', () => {
    const error = failure(() => torch.cat([torch.ones([2, 2]), torch.ones([3, 3], { dtype: 'float64' })], 0));
    expect(error.shapes).toEqual([
      [2, 2],
      [3, 3],
    ]);
    expect(error.dtypes).toEqual(['float32', 'float64']);
  });

  const cases: [string, string, () => unknown][] = [
    ['shapes that do not broadcast', 'RUNTIME', () => torch.ones([2]).add(torch.ones([3]))],
    ['a dimension out of range', 'INDEX', () => torch.ones([2]).sum(3)],
    ['an index out of range', 'INDEX', () => torch.ones([2]).index([torch.tensor([5n])])],
    ['dtypes that do not fit', 'RUNTIME', () => torch.ones([2, 2]).matmul(torch.ones([2, 2], { dtype: 'float64' }))],
    ['a float where an index is wanted', 'RUNTIME', () => torch.ones([2]).gather(0, torch.ones([1]))],
    ['a singular matrix', 'LINALG', () => torch.linalg.inv(torch.zeros([2, 2]))],
    ['a bad reshape', 'RUNTIME', () => torch.ones([6]).view([4])],
    ['a kernel that does not exist', 'NOT_IMPLEMENTED', () => torch.ones([2, 2]).to('bool').matmul(torch.ones([2, 2]).to('bool'))],
    ['item of many elements', 'VALUE', () => torch.ones([3]).item()],
    ['integers to the power of negative ones', 'RUNTIME', () => torch.arange(3).pow(-1)],
  ]; // biome-ignore format: one case a line
  test.each(cases)('%s', (_, code, run) => {
    const error = failure(run);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(new RegExp(`^${error.op}: `));
  });

  test('messages hold no C++ backtrace, no list of kernels', () => {
    for (const [, , run] of cases) {
      const { message } = failure(run);
      expect(message).not.toMatch(/frame #|\.cpp:\d+\)|0x[0-9a-f]{6}|This could be because/);
      expect(message.length).toBeLessThan(600);
    }
  });

  test('the runtime works on after errors, and nothing is leaked', () => {
    const [a, b] = [torch.ones([2]), torch.ones([3])];
    const before = memoryStats();
    for (let i = 0; i < 100; i += 1) expect(() => a.add(b)).toThrow(TorchError);
    expect(memoryStats().liveTensors).toBe(before.liveTensors);
    expect(a.add(a).toArray()).toEqual([2, 2]);
  });
});

describe('wrong kinds of arguments', () => {
  const x = torch.ones([2, 3]);
  const cases: [string, () => unknown, RegExp][] = [
    ['a string for a tensor', () => x.matmul('y' as never), /matmul: no form of it takes \('y'\)/],
    ['null for a tensor', () => x.matmul(null as never), /null/],
    ['nothing for a tensor', () => (x as unknown as { matmul(): void }).matmul(), /Expected.*\n *matmul\(other: Tensor\)/],
    ['a plain object for a tensor', () => x.matmul({} as never), TypeError as never],
    ['a function', () => x.add((() => 1) as never), TypeError as never],
    ['NaN as a dimension', () => x.sum(Number.NaN), /NaN/],
    ['a fraction as a size', () => torch.zeros([1.5]), /1\.5/],
    ['an unsafe integer as a size', () => torch.zeros([2 ** 60]), TypeError as never],
    ['a tensor that looks like one', () => x.add({ handle: 5, owner: null } as never), TypeError as never],
    ['too many', () => (x as unknown as { relu(a: number): void }).relu(1), /relu: no form/],
  ]; // biome-ignore format: one case a line
  test.each(cases)('%s', (_, run, message) => {
    expect(run).toThrow(TypeError);
    if (message instanceof RegExp) expect(run).toThrow(message);
  });

  test('lists that hold themselves, or grow with every level, are shown to a depth', () => {
    const endless: unknown[] = [1];
    endless.push(endless);
    expect(() => torch.cat(endless as never)).toThrow(
      /cat: no form of it takes \(\[1, \[1, \[1, \[\.\.\.\]\]\]\]\)/,
    );
    let wide: unknown[] = ['x'];
    for (let i = 0; i < 60; i += 1) wide = [wide, wide, wide, wide, wide, wide];
    expect(() => torch.cat(wide as never)).toThrow(TypeError);
  });

  test('a negative size is refused by libtorch', () => {
    expect(() => torch.zeros([-1])).toThrow(/must be non-negative/);
  });

  test('methods on something that is no tensor', () => {
    expect(() => Tensor.prototype.add.call({} as never, x)).toThrow();
    expect(() => Tensor.prototype.neg.call(undefined as never)).toThrow();
  });
});

describe('handles that name nothing', () => {
  // As a corrupted or foreign Tensor object would hold them; the table must refuse every one.
  const foreign = [Number.NaN, -1, 0.5, 1, 2 ** 32 + 4e9, 2 ** 52 + 17, 2 ** 53, Infinity, -Infinity, 1e300];
  test.each(foreign)('%p', (handle) => {
    const live = torch.ones([1]);
    const fake = new Tensor(handle, null);
    expect(failure(() => fake.neg()).code).toBe('BAD_HANDLE');
    expect(failure(() => fake.add(live)).code).toBe('BAD_HANDLE');
    expect(failure(() => fake.mul(2)).code).toBe('BAD_HANDLE');
    expect(failure(() => fake.shape).code).toBe('BAD_HANDLE');
    expect(failure(() => fake.item()).code).toBe('BAD_HANDLE');
    expect(failure(() => fake.toArray()).code).toBe('BAD_HANDLE');
    expect(failure(() => fake.backward()).code).toBe('BAD_HANDLE');
    const count = memoryStats().liveTensors;
    fake.dispose();
    expect(memoryStats().liveTensors).toBe(count);
    live.dispose();
  });

  test('a freed handle is not mistaken for the tensor that reuses its slot', () => {
    const first = torch.ones([1]);
    const stale = first.handle;
    first.dispose();
    memoryStats();
    const second = torch.zeros([1]);
    first.handle = stale;
    expect(failure(() => first.item()).code).toBe('BAD_HANDLE');
    expect(second.item()).toBe(0);
    first.handle = 0;
    expect(() => first.item()).toThrow(TensorDisposedError);
  });
});

describe('out of memory', () => {
  const bytes = 2 ** 50;

  test('is a TorchError with the bytes asked for', () => {
    const error = failure(() => torch.empty([bytes / 4]));
    expect(error.code).toBe('OOM');
    expect(error.bytesRequested).toBe(bytes);
    expect(error.op).toMatch(/^aten::empty/);
    expect(torch.ones([1]).item()).toBe(1);
  });

  test('in the middle of a computation, with the shapes', () => {
    const wide = torch.ones([1]).expand([2 ** 24, 2 ** 24]);
    const error = failure(() => wide.add(wide));
    expect(error.code).toBe('OOM');
    expect(error.bytesRequested).toBe(2 ** 50);
    expect(error.shapes).toEqual([
      [2 ** 24, 2 ** 24],
      [2 ** 24, 2 ** 24],
    ]);
    const inScope = failure(() => scope(() => wide.mul(2)));
    expect(inScope.code).toBe('OOM');
  });

  test('sizes whose product overflows are an error, not a small allocation', () => {
    expect(() => torch.empty([2 ** 40, 2 ** 40])).toThrow(TorchError);
  });
});
