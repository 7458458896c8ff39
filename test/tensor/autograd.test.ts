// Gradients through the engine: backward, grad, accumulation, higher derivatives, hooks. Values are worked out by hand.

import {
  enableGrad,
  memoryStats,
  noGrad,
  scope,
  type Tensor,
  TorchError,
  torch,
} from '../../lib/tensor/index.js';
import { dropGrad, leaf } from './leaves.js';

const { autograd } = torch;

beforeEach(() => {
  expect(torch.isGradEnabled()).toBe(true);
});

describe('backward', () => {
  test('fills .grad of the leaves', () => {
    const a = leaf([1, 2]);
    const b = leaf([3, 4]);
    a.mul(b).add(a).sum().backward();
    expect(a.grad?.toArray()).toEqual([4, 5]);
    expect(b.grad?.toArray()).toEqual([1, 2]);
    expect(a.grad?.requiresGrad).toBe(false);
  });

  test('accumulates until the gradient is dropped', () => {
    const a = leaf([2]);
    a.mul(a).sum().backward();
    const first = a.grad;
    a.mul(3).sum().backward();
    expect(a.grad?.toArray()).toEqual([7]);
    expect(a.grad).toBe(first);
    dropGrad(a);
    expect(a.grad).toBeNull();
    a.mul(3).sum().backward();
    expect(a.grad?.toArray()).toEqual([3]);
  });

  test('takes an upstream gradient, by position or by name', () => {
    const a = leaf([1, 2, 3]);
    a.mul(a).backward(torch.tensor([1, 10, 100]));
    expect(a.grad?.toArray()).toEqual([2, 40, 600]);
    a.mul(2).backward({ gradient: torch.ones([3]) });
    expect(a.grad?.toArray()).toEqual([4, 42, 602]);
  });

  test('needs one for an output of several elements, and of the right shape', () => {
    const a = leaf([1, 2]);
    expect(() => a.mul(2).backward()).toThrow(TorchError);
    expect(() => a.mul(2).backward()).toThrow(/grad can be implicitly created only for scalar outputs/);
    expect(() => a.mul(2).backward(torch.ones([3]))).toThrow(
      /got \[3\] but expected shape compatible with \[2\]/,
    );
  });

  test('of a tensor without a graph is an error', () => {
    expect(() => torch.ones([1]).backward()).toThrow(/does not require grad/);
    const a = leaf([1]);
    expect(() => a.detach().mul(2).backward()).toThrow(/does not require grad/);
  });

  test('a second time needs retainGraph', () => {
    const a = leaf([3]);
    const loss = a.mul(a).sum();
    loss.backward({ retainGraph: true });
    loss.backward();
    expect(a.grad?.toArray()).toEqual([12]);
    expect(() => loss.backward()).toThrow(/Trying to backward through the graph a second time/);
  });

  test('inputs restricts who accumulates', () => {
    const [a, b] = [leaf([2]), leaf([5])];
    a.mul(b)
      .sum()
      .backward({ inputs: [b] });
    expect(a.grad).toBeNull();
    expect(b.grad?.toArray()).toEqual([2]);
  });

  test('over several outputs at once', () => {
    const a = leaf([1, 2]);
    autograd.backward([a.mul(2).sum(), a.mul(3)], { gradient: [null, torch.tensor([1, 2])] });
    expect(a.grad?.toArray()).toEqual([5, 8]);
  });

  test('detects a saved tensor that was changed in place', () => {
    const a = leaf([1, 2]);
    const b = a.exp();
    b.mul_(2);
    expect(() => b.sum().backward()).toThrow(/modified by an inplace operation/);
  });

  test('through views and in-place operators on them', () => {
    const a = leaf([1, 2, 3, 4]);
    const b = a.mul(1);
    b.index([torch.slice(0, 2)]).mul_(10);
    b.sum().backward();
    expect(a.grad?.toArray()).toEqual([10, 10, 1, 1]);
  });

  test('an in-place operator on a leaf that requires grad is an error', () => {
    expect(() => leaf([1]).add_(1)).toThrow(/leaf Variable that requires grad/);
  });

  test('through 20,000 operators, without deep recursion', () => {
    const a = leaf([1]);
    scope(() => {
      let x: Tensor = a;
      for (let i = 0; i < 20_000; i += 1) x = x.add(1);
      x.sum().backward();
    });
    expect(a.grad?.item()).toBe(1);
  });

  test('the graph dies with its last tensor', () => {
    const a = leaf([1]);
    const before = memoryStats();
    scope(() =>
      a
        .mul(torch.ones([1000]))
        .exp()
        .sum()
        .backward(),
    );
    const after = memoryStats();
    expect(after.liveTensors - before.liveTensors).toBe(0);
    expect(after.cpuBytes).toBe(before.cpuBytes);
  });
});

describe('grad', () => {
  test('returns gradients and leaves .grad alone', () => {
    const [a, b] = [leaf([2, 3]), leaf([4, 5])];
    const [ga, gb] = autograd.grad([a.mul(b).sum()], [a, b]);
    expect(ga.toArray()).toEqual([4, 5]);
    expect(gb.toArray()).toEqual([2, 3]);
    expect(a.grad).toBeNull();
  });

  test('of intermediate tensors', () => {
    const a = leaf([2]);
    const b = a.mul(3);
    const [g] = autograd.grad([b.mul(b).sum()], [b]);
    expect(g.toArray()).toEqual([12]);
  });

  test('unused inputs: an error, or null when allowed', () => {
    const [a, b] = [leaf([1]), leaf([1])];
    expect(() => autograd.grad([a.mul(2)], [b])).toThrow(/appears to not have been used/);
    expect(autograd.grad([a.mul(2)], [a, b], { allowUnused: true })[1]).toBeNull();
  });

  test('gradOutputs are the weights of the outputs', () => {
    const a = leaf([1, 2]);
    const [g] = autograd.grad([a.mul(a)], [a], { gradOutputs: [torch.tensor([1, 0.5])] });
    expect(g.toArray()).toEqual([2, 2]);
  });

  test('createGraph: first to fourth derivative of x^4', () => {
    const x = leaf([2], 'float64');
    let y: Tensor = x.pow(4).sum();
    const derivatives: number[] = [];
    for (let order = 0; order < 4; order += 1) {
      const [g] = autograd.grad([y], [x], { createGraph: order < 3 });
      derivatives.push(g.item() as number);
      y = g.sum();
    }
    expect(derivatives).toEqual([32, 48, 48, 24]);
    expect(y.requiresGrad).toBe(false);
  });

  test('a gradient penalty: backward through grad', () => {
    const w = leaf([3], 'float64');
    const x = leaf([2], 'float64');
    const [g] = autograd.grad([w.mul(x).mul(x).sum()], [x], { createGraph: true });
    g.mul(g).sum().backward(); // g = 2wx, d(g^2)/dw = 8wx^2, d(g^2)/dx = 8w^2x
    expect(w.grad?.item()).toBe(96);
    expect(x.grad?.item()).toBe(144);
  });
});

describe('requiresGrad and .grad', () => {
  test('is set on leaves only, and on floating dtypes only', () => {
    const a = torch.ones([1]);
    expect(a.requiresGrad).toBe(false);
    a.requiresGrad = true;
    expect(a.mul(2).requiresGrad).toBe(true);
    expect(() => {
      a.mul(2).requiresGrad = false;
    }).toThrow(/leaf/);
    expect(() => {
      torch.arange(3).requiresGrad = true;
    }).toThrow(/floating point/);
    expect(() => torch.zeros([1], { dtype: 'int64', requiresGrad: true })).toThrow(TorchError);
    expect(() => {
      a.requiresGrad = 1 as never;
    }).toThrow(TypeError);
    expect(a.isLeaf).toBe(true);
    expect(a.mul(2).isLeaf).toBe(false);
  });

  test('detach shares values and cuts the graph', () => {
    const a = leaf([1, 2]);
    const d = a.detach();
    expect(d.requiresGrad).toBe(false);
    d.mul_(5);
    expect(a.detach().toArray()).toEqual([5, 10]);
  });

  test('.grad can be set, to a tensor of the same shape, dtype and device', () => {
    const a = leaf([1, 2]);
    a.grad = torch.tensor([5, 6]);
    a.mul(1).sum().backward();
    expect(a.grad?.toArray()).toEqual([6, 7]);
    expect(() => {
      a.grad = torch.ones([3]);
    }).toThrow(/shape/);
    expect(() => {
      a.grad = torch.ones([2], { dtype: 'float64' });
    }).toThrow(/dtype/);
  });
});

describe('hooks', () => {
  test('see the gradient, in order, and may replace it', () => {
    const a = leaf([1, 2]);
    const seen: unknown[] = [];
    a.registerHook((grad) => {
      seen.push(grad.toArray());
    });
    a.registerHook((grad) => grad.mul(10));
    a.registerHook((grad) => {
      seen.push(grad.toArray());
      return null;
    });
    a.mul(3).sum().backward();
    expect(seen).toEqual([
      [3, 3],
      [30, 30],
    ]);
    expect(a.grad?.toArray()).toEqual([30, 30]);
  });

  test('on intermediate tensors', () => {
    const a = leaf([2]);
    const b = a.mul(3);
    b.registerHook((grad) => grad.neg());
    b.mul(b).sum().backward(); // d/db = 2b = 12
    expect(a.grad?.toArray()).toEqual([-36]);
  });

  test('can be removed, twice without harm', () => {
    const a = leaf([1]);
    let calls = 0;
    const hook = a.registerHook(() => {
      calls += 1;
    });
    a.mul(1).sum().backward();
    hook.remove();
    hook.remove();
    a.mul(1).sum().backward();
    expect(calls).toBe(1);
  });

  test('what a hook throws comes out of backward unchanged', () => {
    const a = leaf([1]);
    const failure = new RangeError('from the hook');
    const hook = a.registerHook(() => {
      throw failure;
    });
    let caught: unknown;
    try {
      a.mul(2).sum().backward();
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(failure);
    hook.remove();
    a.mul(2).sum().backward();
    expect(a.grad?.item()).toBe(2);
  });

  test('values that are no errors are rethrown too', () => {
    for (const thrown of ['text', 0, null, undefined]) {
      const a = leaf([1]);
      a.registerHook(() => {
        throw thrown;
      });
      const caught: unknown[] = [];
      try {
        a.mul(2).sum().backward();
      } catch (error) {
        caught.push(error);
      }
      expect(caught).toEqual([thrown]);
    }
  });

  test('an error of one backward is not left over for the next', () => {
    const [a, b] = [leaf([1]), leaf([1])];
    a.registerHook(() => {
      throw new Error('first');
    });
    expect(() => a.mul(2).sum().backward()).toThrow('first');
    expect(() => torch.ones([1]).backward()).toThrow(/does not require grad/);
    b.mul(2).sum().backward();
    expect(b.grad?.item()).toBe(2);
  });

  test('must return a tensor or nothing', () => {
    const a = leaf([1]);
    a.registerHook((() => 3) as never);
    expect(() => a.mul(2).sum().backward()).toThrow(/return a Tensor or nothing, got 3/);
    expect(() => leaf([1]).registerHook(null as never)).toThrow(TypeError);
    expect(() => torch.ones([1]).registerHook(() => {})).toThrow(/doesn't require gradient/);
  });

  test('may run backward themselves', () => {
    const [a, b] = [leaf([2]), leaf([3])];
    a.registerHook((grad) => {
      enableGrad(() => b.mul(b).sum()).backward();
      return grad.add(b.grad as Tensor);
    });
    a.mul(5).sum().backward();
    expect(a.grad?.item()).toBe(11);
    expect(b.grad?.item()).toBe(6);
  });

  test('tensors of a hook are freed with it; disposing its gradient does no harm', () => {
    const a = leaf([1]);
    scope(() => a.mul(1).sum().backward());
    const hook = a.registerHook((grad) => {
      grad.add(1).mul(2);
      grad.dispose();
    });
    const before = memoryStats().liveTensors;
    scope(() => a.mul(2).sum().backward());
    expect(memoryStats().liveTensors).toBe(before);
    expect(a.grad?.item()).toBe(3);
    hook.remove();
  });

  test('run without recording, and with it under createGraph', () => {
    const a = leaf([2], 'float64');
    const modes: boolean[] = [];
    a.registerHook(() => {
      modes.push(torch.isGradEnabled());
    });
    a.mul(a).sum().backward();
    dropGrad(a);
    a.mul(a).sum().backward({ createGraph: true });
    expect(modes).toEqual([false, true]);
    expect(a.grad?.requiresGrad).toBe(true);
    dropGrad(a);
  });
});

describe('grad mode', () => {
  test.each<[string, (fn: never) => unknown]>([
    ['noGrad', noGrad],
    ['enableGrad', enableGrad],
    ['scope', scope],
    ['profiler', torch.profiler],
    ['checkpoint', torch.checkpoint],
  ])('%s of something that is no function names itself and what came', (name, run) => {
    expect(() => run('f' as never)).toThrow(new TypeError(`${name}: expected a function, got "f"`));
  });

  test('noGrad and enableGrad, nested', () => {
    const a = leaf([1]);
    expect(noGrad(() => a.mul(2).requiresGrad)).toBe(false);
    expect(noGrad(() => enableGrad(() => a.mul(2).requiresGrad))).toBe(true);
    expect(a.mul(2).requiresGrad).toBe(true);
    expect(() =>
      noGrad(() => {
        throw new Error('out');
      }),
    ).toThrow('out');
    expect(a.mul(2).requiresGrad).toBe(true);
  });

  test('in-place updates of leaves are allowed inside', () => {
    const a = leaf([1]);
    noGrad(() => a.sub_(0.5));
    expect(a.item()).toBe(0.5);
    expect(a.requiresGrad).toBe(true);
  });

  test('an async function keeps it over every await', async () => {
    const a = leaf([1]);
    const seen = await noGrad(async () => {
      const modes = [a.mul(2).requiresGrad];
      await null;
      modes.push(a.mul(2).requiresGrad);
      await new Promise((resolve) => setTimeout(resolve, 1));
      modes.push(a.mul(2).requiresGrad, torch.isGradEnabled());
      return modes;
    });
    expect(seen).toEqual([false, false, false, false]);
  });

  test('does not leak to tasks that run meanwhile', async () => {
    const a = leaf([1]);
    const wait = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const without = noGrad(async () => {
      const modes: boolean[] = [];
      for (let i = 0; i < 5; i += 1) {
        modes.push(a.mul(2).requiresGrad);
        await wait();
      }
      return modes;
    });
    const plain = (async () => {
      const modes: boolean[] = [];
      for (let i = 0; i < 5; i += 1) {
        modes.push(a.mul(2).requiresGrad);
        await wait();
      }
      return modes;
    })();
    expect(a.mul(2).requiresGrad).toBe(true);
    expect(await without).toEqual(Array(5).fill(false));
    expect(await plain).toEqual(Array(5).fill(true));
  });
});
