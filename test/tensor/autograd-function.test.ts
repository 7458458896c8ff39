// Custom functions written in JavaScript, and checkpointing, which is built on them.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import {
  functionalOperators as F,
  type FunctionContext,
  memoryStats,
  noGrad,
  scope,
  type Tensor,
  TorchError,
  torch,
} from '../../lib/tensor/index.js';
import { dropGrad, leaf } from './leaves.js';

const { autograd } = torch;

class Cube extends autograd.Function {
  static override forward(ctx: FunctionContext, x: Tensor) {
    ctx.saveForBackward(x);
    return x.mul(x).mul(x);
  }
  static override backward(ctx: FunctionContext, grad: Tensor) {
    const [x] = ctx.savedTensors as Tensor[];
    return grad.mul(x).mul(x).mul(3);
  }
}

class ScaledProduct extends autograd.Function {
  static override forward(
    ctx: FunctionContext,
    a: Tensor,
    scale: number,
    b: Tensor,
    options: { shift: number },
  ) {
    ctx.saveForBackward(a, b);
    ctx.scale = scale;
    return a.mul(b).mul(scale).add(options.shift);
  }
  static override backward(ctx: FunctionContext, grad: Tensor) {
    const [a, b] = ctx.savedTensors as Tensor[];
    const scale = ctx.scale as number;
    return [
      ctx.needsInputGrad[0] ? grad.mul(b).mul(scale) : null,
      null,
      ctx.needsInputGrad[2] ? grad.mul(a).mul(scale) : null,
      null,
    ];
  }
}

describe('torch.autograd.Function', () => {
  test('its backward gives the gradient', () => {
    const x = leaf([1, 2, 3]);
    const y = Cube.apply(x);
    expect(y.toArray()).toEqual([1, 8, 27]);
    expect(y.requiresGrad).toBe(true);
    expect(y.isLeaf).toBe(false);
    y.sum().backward();
    expect(x.grad?.toArray()).toEqual([3, 12, 27]);
  });

  test('composes with operators and with itself', () => {
    const x = leaf([2], 'float64');
    Cube.apply(Cube.apply(x).mul(2)).sum().backward(); // (2x^3)^3 = 8x^9
    expect(x.grad?.item()).toBe(72 * 2 ** 8);
  });

  test("every property of the context but the documented ones is its author's", () => {
    const fields = { saved: 'a', nonDifferentiable: 'b', callbackId: 'c' };
    let left: Record<string, unknown> = {};
    class Named extends Cube {
      static override forward(ctx: FunctionContext, x: Tensor) {
        expect(Object.keys(ctx)).toEqual(['needsInputGrad']);
        Object.assign(ctx, fields);
        return Cube.forward(ctx, x);
      }
      static override backward(ctx: FunctionContext, grad: Tensor) {
        left = { ...ctx };
        return Cube.backward(ctx, grad);
      }
    }
    const x = leaf([2]);
    Named.apply(x).sum().backward();
    expect(x.grad?.item()).toBe(12);
    expect(left).toEqual({ ...fields, needsInputGrad: [true] });
  });

  test('arguments that are no tensors, and needsInputGrad by argument', () => {
    const a = leaf([1, 2]);
    const b = torch.tensor([3, 4]);
    let needed: boolean[] = [];
    class Spy extends ScaledProduct {
      static override backward(ctx: FunctionContext, grad: Tensor) {
        needed = ctx.needsInputGrad;
        return ScaledProduct.backward(ctx, grad);
      }
    }
    const y = Spy.apply(a, 2, b, { shift: 1 });
    expect(y.toArray()).toEqual([7, 17]);
    y.sum().backward();
    expect(needed).toEqual([true, false, false, false]);
    expect(a.grad?.toArray()).toEqual([6, 8]);
    expect(b.grad).toBeNull();
  });

  test('is differentiated twice when its backward is written with operators', () => {
    const x = leaf([2], 'float64');
    const [first] = autograd.grad([Cube.apply(x).sum()], [x], { createGraph: true });
    expect(first.item()).toBe(12);
    const [second] = autograd.grad([first.sum()], [x], { createGraph: true });
    expect(second.item()).toBe(12);
    const [third] = autograd.grad([second.sum()], [x]);
    expect(third.item()).toBe(6);
  });

  test('saved outputs', () => {
    class Exp extends autograd.Function {
      static override forward(ctx: FunctionContext, x: Tensor) {
        const y = x.exp();
        ctx.saveForBackward(y);
        return y;
      }
      static override backward(ctx: FunctionContext, grad: Tensor) {
        return grad.mul(ctx.savedTensors[0] as Tensor);
      }
    }
    const x = leaf([0, 1], 'float64');
    const y = Exp.apply(x);
    const [g] = autograd.grad([y.sum()], [x], { createGraph: true });
    expect(g.toArray()).toEqual(y.detach().toArray());
    expect(autograd.grad([g.sum()], [x])[0].toArray()).toEqual(y.detach().toArray());
  });

  test('several outputs, some unused, some not differentiable', () => {
    const received: unknown[] = [];
    class Split extends autograd.Function {
      static override forward(ctx: FunctionContext, x: Tensor) {
        const order = x.argsort();
        ctx.markNonDifferentiable(order);
        return [x.mul(2), x.mul(3), order];
      }
      static override backward(_: FunctionContext, ...grads: (Tensor | null)[]) {
        received.push(...grads.map((it) => it?.toArray() ?? null));
        return grads[0]?.mul(2) ?? null;
      }
    }
    const x = leaf([5, 4]);
    const [a, b, order] = Split.apply(x) as Tensor[];
    expect([a.requiresGrad, b.requiresGrad, order.requiresGrad]).toEqual([true, true, false]);
    a.sum().backward();
    expect(received).toEqual([[1, 1], null, null]);
    expect(x.grad?.toArray()).toEqual([2, 2]);
  });

  test('returning the input still passes through backward', () => {
    class Reverse extends autograd.Function {
      static override forward(_: FunctionContext, x: Tensor) {
        return x;
      }
      static override backward(_: FunctionContext, grad: Tensor) {
        return grad.neg();
      }
    }
    const x = leaf([1, 2]);
    const y = Reverse.apply(x);
    expect(y).not.toBe(x);
    y.sum().backward();
    expect(x.grad?.toArray()).toEqual([-1, -1]);
    const z = x.mul(2);
    dropGrad(x);
    Reverse.apply(z).sum().backward();
    expect(x.grad?.toArray()).toEqual([-2, -2]);
  });

  test('without gradients it is just its forward', () => {
    const x = leaf([2]);
    expect(noGrad(() => Cube.apply(x)).requiresGrad).toBe(false);
    expect(Cube.apply(torch.tensor([2])).requiresGrad).toBe(false);
  });

  test('null gradients stop there', () => {
    class Stop extends autograd.Function {
      static override forward(_: FunctionContext, x: Tensor) {
        return x.mul(1);
      }
      static override backward(): null {
        return null;
      }
    }
    const x = leaf([1]);
    Stop.apply(x).sum().backward();
    expect(x.grad).toBeNull();
  });

  test('errors: the wrong number of gradients, the wrong kind, the wrong shape', () => {
    const make = (returned: unknown) =>
      class Wrong extends autograd.Function {
        static override forward(_: FunctionContext, a: Tensor, b: Tensor) {
          return a.mul(b);
        }
        static override backward(): never {
          return returned as never;
        }
      };
    const run = (returned: unknown): void =>
      make(returned)
        .apply(leaf([1, 2]), leaf([1, 2]))
        .sum()
        .backward();
    expect(() => run([torch.ones([2])])).toThrow(
      /Wrong\.backward: expected 2 gradients, one for each argument of forward, got 1/,
    );
    expect(() => run([null, null, torch.ones([2])])).toThrow(/expected 2 gradients.*got 3/);
    expect(() => run([3, null])).toThrow(TypeError);
    expect(() => run([torch.ones([3]), null])).toThrow(TorchError);
    expect(() => run([torch.ones([3]), null])).toThrow(/invalid gradient/);
    run([null, null, null]); // PyTorch lets trailing ones be None
  });

  test.each([[3], [Promise.resolve()], [undefined]])(
    'a forward that gives %p is refused by name',
    (value) => {
      class Wrong extends torch.autograd.Function {
        static override forward() {
          return value as never;
        }
      }
      const message = 'Wrong.forward: expected a Tensor or a list of Tensors, got ';
      expect(() => Wrong.apply(torch.ones([1], { requiresGrad: true }))).toThrow(message);
      expect(() => Wrong.apply(torch.ones([1]))).toThrow(message);
    },
  );

  test('what forward and backward throw comes out unchanged', () => {
    const failure = new Error('mine');
    class Bad extends autograd.Function {
      static override forward(_: FunctionContext, x: Tensor, where: string) {
        if (where === 'forward') throw failure;
        return x.mul(1);
      }
      static override backward(): never {
        throw failure;
      }
    }
    expect(() => Bad.apply(leaf([1]), 'forward')).toThrow(failure);
    expect(() =>
      Bad.apply(leaf([1]), 'backward')
        .sum()
        .backward(),
    ).toThrow(failure);
    expect(() => class extends autograd.Function {}.apply(leaf([1]))).toThrow(/no static forward/);
  });

  test('saved tensors are freed by backward and guarded against in-place changes', () => {
    const x = leaf([1, 2]);
    const y = Cube.apply(x).sum();
    y.backward();
    expect(() => y.backward()).toThrow(/second time/);
    const z = x.mul(1);
    const loss = Cube.apply(z).sum();
    z.add_(1);
    expect(() => loss.backward()).toThrow(/modified by an inplace operation/);
  });

  test('savedTensors outside backward is an error', () => {
    let leaked: FunctionContext | undefined;
    class Leak extends autograd.Function {
      static override forward(ctx: FunctionContext, x: Tensor) {
        leaked = ctx;
        ctx.saveForBackward(x);
        return x.mul(1);
      }
      static override backward(_: FunctionContext, grad: Tensor) {
        return grad;
      }
    }
    Leak.apply(leaf([1]));
    expect(() => leaked?.savedTensors).toThrow(/only available inside backward/);
  });

  test('nothing of it is left when its tensors are gone', () => {
    const x = leaf([1, 2]);
    const step = (): void => scope(() => Cube.apply(x).add(1).sum().backward());
    step();
    const before = memoryStats();
    for (let i = 0; i < 50; i += 1) step();
    const after = memoryStats();
    expect(after.liveTensors).toBe(before.liveTensors);
    expect(after.cpuBytes).toBe(before.cpuBytes);
  });
});

describe('checkpoint', () => {
  const w = torch.linspace(-1, 1, 16, { dtype: 'float64' }).reshape([4, 4]);
  const body = (x: Tensor, weight: Tensor): Tensor => x.matmul(weight).tanh().matmul(weight).sigmoid();

  function gradients(run: (x: Tensor, weight: Tensor) => Tensor): unknown[] {
    const x = torch.linspace(0, 1, 8, { dtype: 'float64' }).reshape([2, 4]).detach();
    const weight = w.clone();
    x.requiresGrad = true;
    weight.requiresGrad = true;
    const y = run(x, weight);
    y.mul(y).sum().backward();
    return [y.detach().toArray(), x.grad?.toArray(), weight.grad?.toArray()];
  }

  test('gives the values and gradients of the plain call', () => {
    expect(gradients((x, weight) => torch.checkpoint(body, x, weight))).toEqual(gradients(body));
  });

  test('parameters that the function closes over get their gradients too', () => {
    expect(gradients((x, weight) => torch.checkpoint((input) => body(input, weight), x))).toEqual(
      gradients(body),
    );
  });

  test('they get them too where no tensor that is given requires grad', () => {
    const run = (wrap: (fn: (x: Tensor) => Tensor, x: Tensor) => Tensor): unknown => {
      torch.manualSeed(7);
      const weight = w.clone();
      weight.requiresGrad = true;
      const y = wrap(
        (input) => body(F.dropout(input, 0.5, true), weight),
        torch.ones([2, 4], { dtype: 'float64' }),
      );
      expect(y.requiresGrad).toBe(true);
      y.sum().backward();
      return weight.grad?.toArray();
    };
    const plain = run((fn, x) => fn(x));
    expect(run((fn, x) => torch.checkpoint(fn, x))).toEqual(plain);
    expect(run((fn, x) => torch.checkpoint((it) => torch.checkpoint(fn, it), x))).toEqual(plain);
  });

  test('a function that trains nothing goes back to nothing, and records nothing without grad', () => {
    const y = torch.checkpoint((x) => x.mul(2), torch.ones([2]));
    const scale = leaf([3], 'float32');
    y.mul(scale).sum().backward();
    expect(scale.grad?.toArray()).toEqual([4]);
    expect(noGrad(() => torch.checkpoint((x) => x.mul(2), torch.ones([2]))).requiresGrad).toBe(false);
  });

  test('the tensors that the function makes end with it', () => {
    const kept = (operators: number): number =>
      scope(() => {
        const before = memoryStats().liveTensors;
        torch.checkpoint(
          (input) => Array.from({ length: operators }).reduce((y: Tensor) => y.sin(), input),
          leaf([1, 2], 'float32'),
        );
        return memoryStats().liveTensors - before;
      });
    expect(kept(8)).toBe(kept(1));
  });

  test('dropout draws the same numbers again, and the generator goes on as without', () => {
    const run = (wrap: (fn: (x: Tensor) => Tensor, x: Tensor) => Tensor): unknown[] => {
      torch.manualSeed(7);
      const x = torch.ones([100], { requiresGrad: true });
      const y = wrap((input) => F.dropout(input, 0.5, true).mul(3), x);
      const drawnBetween = torch.rand([2]).toArray();
      y.sum().backward();
      return [y.detach().toArray(), x.grad?.toArray(), drawnBetween, torch.rand([2]).toArray()];
    };
    const plain = run((fn, x) => fn(x));
    expect(run((fn, x) => torch.checkpoint(fn, x))).toEqual(plain);
    expect(new Set(plain[1] as number[])).toEqual(new Set([0, 6]));
  });

  test('nested checkpoints, several outputs, and tensors that need no gradient', () => {
    const x = leaf([1, 2], 'float64');
    const k = torch.tensor([3, 4], { dtype: 'float64' });
    const [a, b] = torch.checkpoint(
      (input: Tensor, factor: Tensor) => [
        torch.checkpoint((it) => it.mul(it), input).mul(factor),
        input.exp(),
      ],
      x,
      k,
    );
    a.sum().backward();
    expect(x.grad?.toArray()).toEqual([6, 16]);
    expect(k.grad).toBeNull();
    expect(b.requiresGrad).toBe(true);
  });

  test('keeps no intermediates until backward', () => {
    // A process of its own: in this one the allocator holds pages of earlier tests.
    const child = join(__dirname, 'children', 'checkpoint-memory.cjs');
    const env = { ...process.env, OMP_NUM_THREADS: '1', MALLOC_MMAP_THRESHOLD_: String(1 << 20) };
    const kept = JSON.parse(execFileSync(process.execPath, [child], { encoding: 'utf8', env }));
    // In activations: 39 that backward needs and the result, against the result alone.
    expect(kept.plain).toBeCloseTo(40, 0);
    expect(kept.checkpointed).toBeCloseTo(1, 0);
  });

  test('errors of the function come out, in forward and in backward', () => {
    const failure = new Error('inside');
    let calls = 0;
    const fn = (x: Tensor): Tensor => {
      calls += 1;
      const y = F.dropout(x, 0.5, true);
      if (calls === 2) throw failure;
      return y;
    };
    const y = torch.checkpoint(fn, leaf([1]));
    torch.rand([3]);
    const state = torch.getRngState().toArray();
    expect(() => y.sum().backward()).toThrow(failure);
    expect(torch.getRngState().toArray()).toEqual(state);
    expect(() => torch.checkpoint(3 as never)).toThrow(TypeError);
  });
});
