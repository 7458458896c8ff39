// Scopes: what they free, what passes out of them, and how they follow async code.

import {
  keep,
  memoryStats,
  noGrad,
  scope,
  type Tensor,
  TensorDisposedError,
  torch,
} from '../../lib/tensor/index.js';

/** Not fewer when the garbage collector finds what earlier tests left behind. */
const live = (): number => memoryStats().liveTensors + memoryStats().freedByGc;
const tick = (milliseconds = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const isFreed = (tensor: Tensor): boolean => {
  try {
    tensor.numel();
    return false;
  } catch (error) {
    if (!(error instanceof TensorDisposedError)) throw error;
    return true;
  }
};

let before: number;
beforeEach(() => {
  before = live();
});

describe('a synchronous scope', () => {
  test('frees what it created and returns its result', () => {
    const inner: Tensor[] = [];
    const result = scope(() => {
      const a = torch.ones([2]);
      const b = a.add(a);
      inner.push(a);
      return b.mul(3);
    });
    expect(isFreed(inner[0])).toBe(true);
    expect(result.toArray()).toEqual([6, 6]);
    expect(live()).toBe(before + 1);
    result.dispose();
    expect(live()).toBe(before);
  });

  test('frees temporaries of a chain', () => {
    const x = torch.ones([4]);
    const total = scope(() => x.add(1).mul(2).exp().log().sum().item());
    expect(total).toBeCloseTo(16, 4);
    expect(live()).toBe(before + 1);
    x.dispose();
  });

  test('leaves tensors from outside alone', () => {
    const outside = torch.ones([2]);
    scope(() => {
      outside.add_(1);
      return outside;
    });
    expect(outside.toArray()).toEqual([2, 2]);
    outside.dispose();
  });

  test('a result passes to the enclosing scope, which frees it', () => {
    let inner: Tensor | undefined;
    scope(() => {
      inner = scope(() => torch.ones([1]));
      expect(inner.item()).toBe(1);
    });
    expect(isFreed(inner as Tensor)).toBe(true);
    expect(live()).toBe(before);
  });

  test('a result goes up through three scopes', () => {
    const result = scope(() => scope(() => scope(() => torch.ones([3]).mul(2))));
    expect(result.toArray()).toEqual([2, 2, 2]);
    expect(live()).toBe(before + 1);
    result.dispose();
  });

  test('an exception frees everything and passes on', () => {
    const failure = new Error('stop');
    expect(() =>
      scope(() => {
        torch.ones([2]).add(1);
        throw failure;
      }),
    ).toThrow(failure);
    expect(live()).toBe(before);
  });

  test('100,000 tensors in one scope are freed at its end', () => {
    scope(() => {
      const x = torch.ones([1]);
      for (let i = 0; i < 100_000; i += 1) x.neg();
      expect(live()).toBe(before + 100_001);
    });
    expect(live()).toBe(before);
  });

  test('tensors disposed by hand do not pile up in a scope that lives long', () => {
    scope(() => {
      const x = torch.ones([1]);
      const early = x.add(5);
      for (let i = 0; i < 5000; i += 1) x.neg().dispose();
      expect(early.item()).toBe(6);
      expect(live()).toBe(before + 2);
    });
    expect(live()).toBe(before);
  });
});

describe('results at any depth', () => {
  class Holder {
    readonly weight = torch.ones([1]);
    readonly nested = { list: [torch.ones([2])] };
  }
  const shapes: [string, () => unknown, number][] = [
    ['an array', () => [torch.ones([1]), torch.ones([1])], 2],
    ['nested arrays', () => [[torch.ones([1])], [[torch.ones([1])]]], 2],
    ['an object', () => ({ a: torch.ones([1]), b: { c: torch.ones([1]) }, n: 3, s: 'x', u: undefined }), 2],
    ['a Map, keys too', () => new Map<unknown, unknown>([['k', torch.ones([1])], [torch.ones([1]), 1]]), 2],
    ['a Set', () => new Set([torch.ones([1])]), 1],
    ['a class instance', () => new Holder(), 2],
    ['the same tensor twice', () => { const t = torch.ones([1]); return [t, t]; }, 1],
    ['no tensor', () => [1, 'text', null, new Float32Array(8), new Date()], 0],
  ]; // biome-ignore format: one shape a line
  test.each(shapes)('%s', (_, make, count) => {
    scope(() => {
      const outer = live();
      scope(() => {
        torch.ones([7]);
        return make();
      });
      expect(live()).toBe(outer + count);
    });
    expect(live()).toBe(before);
  });

  test('circular structures', () => {
    const result = scope(() => {
      const node: Record<string, unknown> = { value: torch.ones([1]) };
      node.self = node;
      return node;
    });
    expect((result.value as Tensor).item()).toBe(1);
    (result.value as Tensor).dispose();
  });
});

describe('keep', () => {
  test('takes a tensor out of all scopes', () => {
    let kept: Tensor | undefined;
    scope(() =>
      scope(() => {
        kept = keep(torch.ones([2]));
      }),
    );
    expect(kept?.toArray()).toEqual([1, 1]);
    kept?.dispose();
    expect(live()).toBe(before);
  });

  test('keeping twice and keeping outside scopes change nothing', () => {
    const t = keep(keep(torch.ones([1])));
    scope(() => keep(t));
    expect(t.item()).toBe(1);
    t.dispose();
  });

  test('wants a live tensor', () => {
    const t = torch.ones([1]);
    t.dispose();
    expect(() => keep(t)).toThrow(TensorDisposedError);
    expect(() => keep(3 as never)).toThrow(new TypeError('keep: expected a Tensor, got 3'));
  });
});

describe('dispose', () => {
  test('twice does nothing; any other use names the operator', () => {
    const t = torch.ones([2]);
    t.dispose();
    t.dispose();
    expect(live()).toBe(before);
    const uses: [string, () => unknown][] = [
      ['aten::add', () => t.add(1)],
      ['aten::add.Tensor', () => torch.ones([2]).add(t)],
      ['aten::neg', () => t.neg()],
      ['aten::cat', () => torch.cat([t])],
      ['aten::view', () => t.view([2, 1])],
      ['item', () => t.item()],
      ['toArray', () => t.toArray()],
      ['shape', () => t.shape],
      ['dtype', () => t.dtype],
      ['requiresGrad', () => t.requiresGrad],
      ['grad', () => t.grad],
      ['backward', () => t.backward()],
      ['registerHook', () => t.registerHook(() => {})],
      ['to', () => t.to('float64')],
      ['numel', () => t.numel()],
      ['size', () => t.size(0)],
      ['index', () => t.index([0])],
    ];
    for (const [op, use] of uses) {
      expect(use).toThrow(TensorDisposedError);
      expect(use).toThrow(expect.objectContaining({ op: expect.stringMatching(new RegExp(`^${op}`)) }));
      expect(use).toThrow(new RegExp(`^${op}`));
    }
  });

  test('also rejects data() of a disposed tensor, and prints it without failing', async () => {
    const t = torch.ones([2]);
    t.dispose();
    await expect(t.data()).rejects.toThrow(TensorDisposedError);
    expect(require('node:util').inspect(t)).toBe('Tensor(disposed)');
  });

  test('use after the end of a scope says how to keep the tensor', () => {
    let t: Tensor | undefined;
    scope(() => {
      t = torch.ones([1]);
    });
    expect(() => t?.item()).toThrow(/keep\(\)/);
  });

  test('Symbol.dispose frees, as at the end of a `using` block', () => {
    let seen: Tensor | undefined;
    {
      using t = torch.ones([1]);
      seen = t;
      expect(t.item()).toBe(1);
    }
    expect(isFreed(seen)).toBe(true);
    expect(live()).toBe(before);
  });

  test('disposal inside a scope, and of views, frees once', () => {
    scope(() => {
      const base = torch.ones([4]);
      const view = base.view([2, 2]);
      base.dispose();
      expect(view.toArray()).toEqual([
        [1, 1],
        [1, 1],
      ]);
      view.dispose();
      view.dispose();
      expect(live()).toBe(before);
    });
    expect(live()).toBe(before);
  });
});

describe('an async scope', () => {
  test('ends when its promise settles and returns the value', async () => {
    let inner: Tensor | undefined;
    const result = await scope(async () => {
      inner = torch.ones([2]);
      await tick();
      const more = torch.ones([2]);
      await tick();
      expect(isFreed(inner)).toBe(false);
      return { sum: inner.add(more) };
    });
    expect(isFreed(inner as Tensor)).toBe(true);
    expect(result.sum.toArray()).toEqual([2, 2]);
    result.sum.dispose();
    expect(live()).toBe(before);
  });

  test('a rejection frees everything', async () => {
    await expect(
      scope(async () => {
        torch.ones([2]);
        await tick();
        torch.ones([3]);
        throw new RangeError('no');
      }),
    ).rejects.toThrow('no');
    expect(live()).toBe(before);
  });

  test('interleaved tasks own their tensors apart', async () => {
    const task = (value: number, wait: number): Promise<Tensor> =>
      scope(async () => {
        let x = torch.full([1], value);
        for (let i = 0; i < 5; i += 1) {
          await tick(wait);
          x = x.add(1);
        }
        return x;
      });
    const results = await Promise.all([task(10, 1), task(20, 3), task(30, 0)]);
    expect(results.map((it) => it.item())).toEqual([15, 25, 35]);
    expect(live()).toBe(before + 3);
    for (const it of results) it.dispose();
  });

  test('does not leak into code that runs while it waits', async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const pending = scope(async () => {
      torch.ones([1]);
      await gate;
    });
    const outside = torch.ones([2]);
    release();
    await pending;
    expect(outside.toArray()).toEqual([1, 1]);
    outside.dispose();
  });

  test('what a detached task creates after the scope ended belongs to no scope', async () => {
    let late: Promise<Tensor> | undefined;
    scope(() => {
      late = tick(1).then(() => torch.ones([1]));
    });
    const tensor = await (late as Promise<Tensor>);
    expect(tensor.item()).toBe(1);
    tensor.dispose();
  });

  test('a sync scope inside an async one', async () => {
    const result = await scope(async () => {
      await tick();
      const kept = scope(() => torch.ones([2]).mul(4).sum());
      await tick();
      return kept.item();
    });
    expect(result).toBe(8);
    expect(live()).toBe(before);
  });
});

describe('gradients and parameters', () => {
  test('.grad is owned by no scope', () => {
    const w = keep(torch.ones([2], { requiresGrad: true }));
    const grad = scope(() => {
      w.mul(3).sum().backward();
      expect(w.grad?.toArray()).toEqual([3, 3]);
      return null;
    });
    expect(grad).toBeNull();
    expect(w.grad?.toArray()).toEqual([3, 3]);
    expect(w.grad).toBe(w.grad);
    w.grad?.dispose();
    w.dispose();
  });

  test('a gradient that was replaced belongs to the scope that replaced it', () => {
    const w = torch.ones([2], { requiresGrad: true });
    scope(() => w.mul(3).sum().backward());
    const first = w.grad as Tensor;
    const count = live();
    scope(() => {
      w.grad = null;
      expect(first.toArray()).toEqual([3, 3]);
    });
    expect(isFreed(first)).toBe(true);
    expect(live()).toBe(count - 1);
    expect(w.grad).toBeNull();
    w.dispose();
  });

  test('unless it was kept', () => {
    const w = torch.ones([2], { requiresGrad: true });
    scope(() => w.mul(3).sum().backward());
    const first = keep(w.grad as Tensor);
    scope(() => {
      w.grad = null;
    });
    expect(first.toArray()).toEqual([3, 3]);
    first.dispose();
    w.dispose();
  });

  test('scope and noGrad nest either way', () => {
    const w = torch.ones([1], { requiresGrad: true });
    expect(noGrad(() => scope(() => w.mul(2).requiresGrad))).toBe(false);
    expect(scope(() => noGrad(() => w.mul(2).requiresGrad))).toBe(false);
    expect(scope(() => w.mul(2).requiresGrad)).toBe(true);
    w.dispose();
  });
});
