// Removing hooks: the one that is meant, wherever it stands and whatever happened to its tensor since.

import { memoryStats, scope, type Tensor, torch } from '../../lib/tensor/index.js';
import { leaf } from './leaves.js';

/** A hook that counts its calls. */
function counter(): { hook: () => void; calls: number } {
  const made = {
    calls: 0,
    hook: (): void => {
      made.calls += 1;
    },
  };
  return made;
}

test('after an in-place operation, the removed hook is the one that was meant', () => {
  const a = leaf([1, 2]);
  const x = a.mul(2);
  const [early, late] = [counter(), counter()];
  const first = x.registerHook(early.hook);
  x.mul_(3);
  x.registerHook(late.hook);
  first.remove();
  x.sum().backward();
  expect([early.calls, late.calls]).toEqual([0, 1]);
  expect(a.grad?.toArray()).toEqual([6, 6]);
});

test('and the later one can be removed without touching the earlier', () => {
  const x = leaf([1, 2]).mul(2);
  const [early, late] = [counter(), counter()];
  x.registerHook(early.hook);
  x.mul_(3);
  x.registerHook(late.hook).remove();
  x.sum().backward();
  expect([early.calls, late.calls]).toEqual([1, 0]);
});

test('a hook on a view is called after its base was changed in place', () => {
  const base = leaf([1, 2]).mul(2);
  const view = base.narrow(0, 0, 1);
  const [early, late] = [counter(), counter()];
  view.registerHook(early.hook);
  base.mul_(3);
  view.registerHook(late.hook);
  view.sum().backward();
  expect(late.calls).toBe(1);
});

test('removing works after the tensor was disposed, and twice', () => {
  const a = leaf([1, 2]);
  const x = a.mul(2);
  const counted = counter();
  const hook = x.registerHook(counted.hook);
  const loss = x.sum();
  x.dispose();
  hook.remove();
  hook.remove();
  loss.backward();
  expect(counted.calls).toBe(0);
  expect(a.grad?.toArray()).toEqual([2, 2]);
});

test('a hook may remove itself while it runs', () => {
  const a = leaf([1]);
  let calls = 0;
  const hook = a.registerHook((grad: Tensor) => {
    calls += 1;
    hook.remove();
    return grad.mul(5);
  });
  a.mul(2).sum().backward();
  a.mul(2).sum().backward();
  expect(calls).toBe(1);
  expect(a.grad?.toArray()).toEqual([12]);
});

test('hooks that were removed leave no tensor behind', () => {
  const a = leaf([1]);
  const before = memoryStats().liveTensors;
  for (let i = 0; i < 100; i += 1) {
    scope(() => {
      const hook = a.mul(2).registerHook(() => {});
      hook.remove();
    });
  }
  expect(memoryStats().liveTensors).toBe(before);
  expect(torch.ones([1]).item()).toBe(1);
});
