// node wire-sizes.cjs [all]: lists of tensors and numbers whose lengths stand around the limits of the wire buffer, by every
// way in and out. Each must come through whole.
const assert = require('node:assert/strict');
const { memoryStats, scope, torch } = require('../../../dist/tensor/index.js');
const { slots } = require('../../../dist/runtime/index.js');

const around = (limit) => [-3, -2, -1, 0, 1, 2, 3].map((step) => limit + step);
/** The longest list that is not sent ahead. */
const portion = 200;

const values = (count) => Float32Array.from({ length: count }, (_, i) => i % 1000);

const ways = {
  'results of an operator': [
    2,
    (count) => {
      const parts = torch.tensor(values(count)).unbind(0);
      assert.equal(parts.length, count);
      for (const i of [0, count >> 1, count - 1]) assert.equal(parts[i].item(), i % 1000);
    },
  ],
  'arguments of an operator': [
    2,
    (count) => {
      const one = torch.ones([1]);
      const list = Array.from({ length: count }, (_, i) => (i === count - 1 ? torch.full([1], 7) : one));
      const joined = torch.cat(list);
      assert.deepEqual([...joined.shape], [count]);
      assert.equal(joined.index([-1]).item(), 7);
      assert.equal(joined.sum().item(), count + 6);
    },
  ],
  'two lists in one message': [
    2,
    (count) => {
      const list = Array(count).fill(torch.ones([1]));
      assert.equal(torch.ops.aten['_foreach_add.List'](list, list, 2).length, count);
    },
  ],
  'Scalars of an operator, each beside its tensor': [
    2,
    (count) => {
      const list = Array(count).fill(torch.ones([1], { dtype: 'int64' }));
      const scalars = Array.from({ length: count }, (_, i) => (i % 2 === 0 ? -0 : 5n));
      const sums = torch.ops.aten['_foreach_add.ScalarList'](list, scalars);
      assert.equal(sums.length, count);
      for (const i of [0, 1, count - 1])
        assert.deepEqual([sums[i].dtype, sums[i].item()], ['int64', i % 2 === 0 ? 1 : 6]);
    },
  ],
  'numbers of an operator': [
    2,
    (count) => {
      assert.deepEqual([...torch.empty(Array(count).fill(1)).shape], Array(count).fill(1));
    },
  ],
  'inputs of grad': [
    1,
    (count) => {
      const leaves = torch.zeros([count], { requiresGrad: true });
      const parts = leaves.unbind(0);
      const loss = torch
        .stack(parts)
        .mul(torch.tensor(values(count)))
        .sum();
      const grads = torch.autograd.grad([loss], parts);
      assert.equal(grads.length, count);
      assert.equal(
        torch
          .stack(grads)
          .sub(torch.tensor(values(count)))
          .abs()
          .max()
          .item(),
        0,
      );
    },
  ],
  'outputs, saved tensors and gradients of a custom function': [
    1,
    (count) => {
      let seen = 0;
      class Parts extends torch.autograd.Function {
        static forward(ctx, input) {
          const parts = input.unbind(0).map((part) => part.clone());
          ctx.saveForBackward(input, ...parts);
          return parts;
        }
        static backward(ctx, ...grads) {
          seen = ctx.savedTensors.length;
          return torch.stack(grads);
        }
      }
      const input = torch.tensor(values(count), { requiresGrad: true });
      const parts = Parts.apply(input);
      torch.stack(parts).mul(3).sum().backward();
      assert.equal(seen, count + 1);
      assert.equal(input.grad.sum().item(), 3 * count);
      input.grad.dispose();
    },
  ],
  'tensors of a scope, disposed at its end': [
    1,
    (count) => {
      const before = memoryStats().liveTensors;
      scope(() => {
        for (let i = 0; i < count; i += 1) torch.empty([0]);
      });
      assert.equal(memoryStats().liveTensors, before);
    },
  ],
  'tensors disposed one by one': [
    1,
    (count) => {
      const before = memoryStats().liveTensors;
      const list = Array.from({ length: count }, () => torch.empty([0]));
      for (const tensor of list) tensor.dispose();
      assert.equal(memoryStats().liveTensors, before);
    },
  ],
};

/** Lengths to try where an element takes `width` slots: its tag and its value, or one. */
function counts(width) {
  const limit = slots.length / width;
  if (process.argv[2] === 'all') return [...around(portion), ...around(limit)];
  return [portion, portion + 1, limit + 1];
}

const watched = torch.full([3], 5);
for (const [way, [width, run]] of Object.entries(ways)) {
  for (const count of counts(width)) {
    try {
      scope(() => run(count));
    } catch (error) {
      throw new Error(`${way}, ${count}: ${error.message}`, { cause: error });
    }
    assert.equal(memoryStats().liveTensors, 1, `${way}, ${count}: tensors that nobody freed`);
  }
}
assert.deepEqual(watched.toArray(), [5, 5, 5]);
process.stdout.write('whole');
