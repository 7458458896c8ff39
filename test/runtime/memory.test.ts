// memoryStats, to the byte.

import { memoryStats, scope, type Tensor, torch } from '../../lib/tensor/index.js';

interface Change {
  tensors: number;
  bytes: number;
}
function change(run: () => unknown): Change {
  const before = memoryStats();
  run();
  const after = memoryStats();
  return { tensors: after.liveTensors - before.liveTensors, bytes: after.cpuBytes - before.cpuBytes };
}

describe('memoryStats', () => {
  test('counts tensors and the bytes of their storages', () => {
    const made: Tensor[] = [];
    const add = (t: Tensor): void => void made.push(t);
    expect(change(() => add(torch.zeros([1000])))).toEqual({ tensors: 1, bytes: 4000 });
    expect(change(() => add(torch.zeros([1000], { dtype: 'int64' })))).toEqual({ tensors: 1, bytes: 8000 });
    expect(change(() => add(torch.zeros([1000], { dtype: 'bool' })))).toEqual({ tensors: 1, bytes: 1000 });
    expect(change(() => add(torch.zeros([1000], { dtype: 'bfloat16' })))).toEqual({ tensors: 1, bytes: 2000 });
    expect(change(() => add(torch.zeros([0])))).toEqual({ tensors: 1, bytes: 0 });
    expect(change(() => made.splice(0).forEach((t) => void t.dispose()))).toEqual({ tensors: -5, bytes: -15_000 });
  });

  test('views count once, and as long as one of them lives', () => {
    let base: Tensor | undefined;
    let views: Tensor[] = [];
    expect(change(() => { base = torch.zeros([10, 100]); })).toEqual({ tensors: 1, bytes: 4000 });
    expect(
      change(() => {
        const t = base as Tensor;
        views = [t.view([1000]), t.transpose(0, 1), t.index([0]), t.detach(), t.expand([2, 10, 100])];
      }),
    ).toEqual({ tensors: 5, bytes: 0 });
    expect(change(() => base?.dispose())).toEqual({ tensors: -1, bytes: 0 });
    expect(change(() => views.splice(1).forEach((t) => void t.dispose()))).toEqual({ tensors: -4, bytes: 0 });
    expect(change(() => views[0].dispose())).toEqual({ tensors: -1, bytes: -4000 });
  });

  test('is exact right after dispose and at the end of a scope', () => {
    const t = torch.zeros([1 << 20]);
    expect(change(() => t.dispose())).toEqual({ tensors: -1, bytes: -(1 << 22) });
    expect(change(() => scope(() => torch.zeros([100]).add(1).mul(2)))).toEqual({ tensors: 1, bytes: 400 });
  });

  test('counts the gradient once somebody asks for it', () => {
    const w = torch.ones([100], { requiresGrad: true });
    expect(change(() => scope(() => { w.mul(2).sum().backward(); }))).toEqual({ tensors: 0, bytes: 0 });
    expect(change(() => w.grad)).toEqual({ tensors: 1, bytes: 400 });
    expect(change(() => w.grad)).toEqual({ tensors: 0, bytes: 0 });
    w.grad?.dispose();
    w.dispose();
  });

  test('tensors on meta take no bytes', () => {
    const before = memoryStats();
    const terabytes = torch.zeros([2 ** 40], { device: 'meta' });
    expect(memoryStats().cpuBytes).toBe(before.cpuBytes);
    expect(memoryStats().liveTensors).toBe(before.liveTensors + 1);
    terabytes.dispose();
    expect(memoryStats().cpuBytes).toBe(before.cpuBytes);
  });

  test('has the documented fields', () => {
    expect(Object.keys(memoryStats()).sort()).toEqual([
      'cachedBytes',
      'cpuBytes',
      'cudaBytes',
      'freedByGc',
      'kvBytes',
      'liveTensors',
      'packedBytes',
    ]);
    expect(memoryStats().cudaBytes).toBe(0);
  });
}); // biome-ignore format: compact closures
