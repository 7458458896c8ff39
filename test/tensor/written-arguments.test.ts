// Operators that write to their arguments: what is left of those when the call fails, and what the memory statistics
// make of storages that grow or are exchanged.

import { native } from '../../lib/runtime/index.js';
import { memoryStats, type Tensor, TorchError, torch } from '../../lib/tensor/index.js';

/** Elements for which no machine has the memory. */
const huge = 2 ** 48;
const aten = torch.ops.aten;

/** How often the operator that fails in `run` is called. */
function failsForMemory(run: () => unknown): number {
  const failed = jest.spyOn(native, 'lastError');
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(TorchError);
    expect((error as TorchError).code).toBe('OOM');
    return failed.mock.calls.length;
  } finally {
    failed.mockRestore();
  }
  throw new Error('it did not fail');
}

describe('a call that finds no memory', () => {
  const cases: [string, (target: Tensor) => unknown][] = [
    ['resize_', (target) => target.resize_([huge])],
    ['zeros.out', (target) => aten['zeros.out']([huge], target)],
    ['full.out', (target) => aten['full.out']([huge], 3, target)],
    ['add.out', (target) => aten['add.out'](wide(), wide(), 1, target)],
    ['resize_ of a part, which owns no other storage', (target) => target.narrow(0, 1, 1).resize_([huge])],
  ];
  const wide = () => torch.ones([1]).expand([2 ** 24, 2 ** 24]);

  test.each(cases)('%s is tried once and leaves its argument as it was', (_, run) => {
    const target = torch.arange(0, 6, 1, { dtype: 'float32' }).reshape([2, 3]).t();
    expect(failsForMemory(() => run(target))).toBe(1);
    expect(target.shape).toEqual([3, 2]);
    expect(target.toArray()).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
    expect(target.stride(0)).toBe(1);
    expect(target.mul_(2).sum().item()).toBe(30);
    expect(target.resize_([2, 2]).numel()).toBe(4);
  });

  test('an operator that writes nothing is tried twice', () => {
    expect(failsForMemory(() => torch.empty([huge]))).toBe(2);
  });

  test('tensors in lists get their shapes back too', () => {
    const [a, b] = [torch.zeros([2]), torch.zeros([3])];
    expect(failsForMemory(() => aten['_foreach_add.Scalar_out']([wide(), wide()], 1, [a, b]))).toBe(1);
    expect([a.toArray(), b.toArray()]).toEqual([
      [0, 0],
      [0, 0, 0],
    ]);
  });
});

test('a failure of another kind restores shapes as well', () => {
  const target = torch.ones([4]);
  expect(() => aten['mm.out'](torch.ones([2, 3]), torch.ones([4, 5]), target)).toThrow(TorchError);
  expect(target.toArray()).toEqual([1, 1, 1, 1]);
});

describe('memoryStats', () => {
  test('counts what resize_ adds, once for a tensor and its views', () => {
    const before = memoryStats().cpuBytes;
    const x = torch.zeros([4]);
    const view = x.narrow(0, 0, 2);
    expect(memoryStats().cpuBytes - before).toBe(16);
    x.resize_([1000]);
    expect(memoryStats().cpuBytes - before).toBe(4000);
    expect(x.shape).toEqual([1000]);
    x.dispose();
    expect(memoryStats().cpuBytes - before).toBe(4000);
    view.dispose();
    expect(memoryStats().cpuBytes - before).toBe(0);
  });

  test('counts a result that an out= form grew', () => {
    const before = memoryStats().cpuBytes;
    const out = torch.empty([0]);
    aten['ones.out']([250], out);
    expect(memoryStats().cpuBytes - before).toBe(1000);
    out.dispose();
    expect(memoryStats().cpuBytes).toBe(before);
  });

  test.each(['set_.source_Tensor', 'set_data'])('forgets a storage that %s exchanged', (name) => {
    const before = memoryStats().cpuBytes;
    const [x, y] = [torch.zeros([100]), torch.ones([7])];
    expect(x.shape).toEqual([100]);
    aten[name](x, y);
    expect(x.toArray()).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(memoryStats().cpuBytes - before).toBe(28);
    y.dispose();
    expect(memoryStats().cpuBytes - before).toBe(28);
    x.dispose();
    expect(memoryStats().cpuBytes).toBe(before);
  });
});
