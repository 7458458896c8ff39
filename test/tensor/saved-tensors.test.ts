// ctx.savedTensors belongs to its own function, whichever backward reads it.

import { type FunctionContext, memoryStats, scope, type Tensor, torch } from '../../lib/tensor/index.js';
import { leaf } from './leaves.js';

/** x -> factor * x whose context stays in `contexts`, and whose backward runs `during`. */
function scaling(factor: number, contexts: FunctionContext[], during: () => void = () => {}) {
  return class Scaling extends torch.autograd.Function {
    static override forward(ctx: FunctionContext, x: Tensor) {
      const y = x.mul(factor);
      ctx.saveForBackward(x, y);
      contexts.push(ctx);
      return y;
    }
    static override backward(ctx: FunctionContext, grad: Tensor) {
      during();
      const [x, y] = ctx.savedTensors as Tensor[];
      return grad.mul(y).div(x);
    }
  };
}

const valuesOf = (ctx: FunctionContext) => ctx.savedTensors.map((tensor) => tensor?.toArray());

test("inside another function's backward they are the function's own, before and after its own backward", () => {
  const contexts: FunctionContext[] = [];
  const seen: unknown[] = [];
  const Inner = scaling(2, contexts);
  const Outer = scaling(5, contexts, () => seen.push(contexts.map(valuesOf)));
  const x = leaf([1, 2]);
  const loss = Outer.apply(Inner.apply(x)).sum();
  loss.backward({ retainGraph: true });
  const expected = [
    [
      [1, 2],
      [2, 4],
    ],
    [
      [2, 4],
      [10, 20],
    ],
  ];
  expect(seen).toEqual([expected]);
  expect(x.grad?.toArray()).toEqual([10, 10]);
});

test('a backward pass inside a backward gives each its own', () => {
  const contexts: FunctionContext[] = [];
  const seen: unknown[] = [];
  const Nested = scaling(3, contexts, () => seen.push(contexts.map(valuesOf)));
  const Outer = scaling(5, contexts, () => {
    const z = leaf([7]);
    torch.enableGrad(() => Nested.apply(z).sum()).backward();
    expect(z.grad?.toArray()).toEqual([3]);
  });
  const x = leaf([1]);
  Outer.apply(x).sum().backward();
  expect(seen).toEqual([
    [
      [[1], [5]],
      [[7], [21]],
    ],
  ]);
  expect(x.grad?.toArray()).toEqual([5]);
});

test('those of a function whose graph is gone are an error, not the running ones', () => {
  const contexts: FunctionContext[] = [];
  const messages: string[] = [];
  const Gone = scaling(2, contexts);
  const Freed = scaling(2, contexts);
  scope(() => void Gone.apply(leaf([1])));
  Freed.apply(leaf([1]))
    .sum()
    .backward();
  const Reader = scaling(1, [], () => {
    for (const ctx of contexts) {
      try {
        ctx.savedTensors;
      } catch (error) {
        messages.push((error as Error).message);
      }
    }
  });
  Reader.apply(leaf([1]))
    .sum()
    .backward();
  expect(messages).toEqual([expect.stringMatching(/were freed/), expect.stringMatching(/were freed/)]);
});

test('reading them leaves no tensor behind', () => {
  const Twice = scaling(2, []);
  const x = leaf([1]);
  const step = (): void => scope(() => Twice.apply(x).sum().backward());
  step();
  const before = memoryStats().liveTensors;
  for (let i = 0; i < 50; i += 1) step();
  expect(memoryStats().liveTensors).toBe(before);
});
