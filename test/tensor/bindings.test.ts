// The generated bindings: what its generator writes, known to the loaded libtorch, and called as documented.
// This file is type-checked too: every call below is one that the generated types must accept.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fft, functional, functions, linalg, methods, special } from '../../lib/tensor/bindings.generated.js';
import { functionalOperators as F, torch } from '../../lib/tensor/index.js';
import { resolveOperator } from '../../lib/tensor/operator.js';

const generator = join(__dirname, '../../scripts/generate-bindings/generate.mjs');
const tables = Object.entries({ methods, functions, linalg, special, fft, functional });
const matrix = () => torch.arange(6, { dtype: 'float32' }).reshape([2, 3]);

test('the checked-in files are what the generator writes', () => {
  execFileSync(process.execPath, [generator, '--check'], { stdio: 'pipe' });
});

test.each(tables)('every overload of %s is an operator of the loaded libtorch', (_, table) => {
  const unknown = Object.values(table)
    .flat()
    .filter((name) => !resolveOperator(name).schema.startsWith(name));
  expect(unknown).toEqual([]);
});

test('tensors are tried before numbers, in the order of the Python argument parser', () => {
  expect(methods.add).toEqual(['aten::add.Tensor', 'aten::add.Scalar']);
  expect(methods.pow).toEqual(['aten::pow.Tensor_Tensor', 'aten::pow.Tensor_Scalar']);
  expect(methods.split).toEqual(['aten::split.Tensor', 'aten::split.sizes']);
});

test('names that are written by hand are not generated', () => {
  for (const name of ['item', 'to', 'size', 'dim', 'numel', 'index', 'backward', 'data', 'unique']) {
    expect(methods).not.toHaveProperty(name);
  }
  for (const name of ['full', 'tensor', 'tensordot']) expect(functions).not.toHaveProperty(name);
});

describe('arguments', () => {
  test('optional ones go by position or by name', () => {
    const x = matrix();
    expect(x.sum(1, true).toArray()).toEqual([[3], [12]]);
    expect(x.sum(1, { keepdim: true }).toArray()).toEqual([[3], [12]]);
    expect(x.sum({ dim: 1, keepdim: true }).toArray()).toEqual([[3], [12]]);
    expect(torch.sum(x, { dim: [0, 1] }).item()).toBe(15);
    expect(x.sum(0, { dtype: 'float64' }).dtype).toBe('float64');
  });

  test('a list of sizes may be spread', () => {
    expect(matrix().view(3, 2).shape).toEqual([3, 2]);
    expect(matrix().permute(1, 0).shape).toEqual([3, 2]);
    expect(torch.zeros(2, 0).shape).toEqual([2, 0]);
    expect(torch.ones([2], { requiresGrad: true }).requiresGrad).toBe(true);
  });

  test('one number stands for a sized list', () => {
    const image = torch.ones([1, 1, 4, 4]);
    expect(F.avgPool2d(image, 2).shape).toEqual([1, 1, 2, 2]);
    expect(F.avgPool2d(image, [2, 4]).shape).toEqual([1, 1, 2, 1]);
  });

  test('words stand for the integers of reduction', () => {
    const [a, b] = [torch.tensor([1, 2]), torch.tensor([3, 5])];
    expect(F.mseLoss(a, b).item()).toBe(6.5);
    expect(F.mseLoss(a, b, { reduction: 'sum' }).item()).toBe(13);
    expect(F.mseLoss(a, b, 'none').toArray()).toEqual([4, 9]);
  });

  test('undefined means left out, null means None', () => {
    const x = matrix();
    expect(x.sum(undefined).item()).toBe(15);
    expect(x.clamp(null, 3).toArray()).toEqual([
      [0, 1, 2],
      [3, 3, 3],
    ]);
    expect(x.clamp({ min: 2, max: undefined }).toArray()).toEqual([
      [2, 2, 2],
      [3, 4, 5],
    ]);
  });

  test('in-place methods return the same object', () => {
    const x = matrix();
    expect(x.mul_(2).add_(1)).toBe(x);
    expect(x.toArray()).toEqual([
      [1, 3, 5],
      [7, 9, 11],
    ]);
  });

  test('calls that no form takes name the forms', () => {
    const x = matrix();
    // @ts-expect-error an unknown option
    expect(() => x.sum({ axis: 1 })).toThrow(/sum: no form of it takes .*axis: 1/);
    // @ts-expect-error a string is no dimension
    expect(() => x.sum('1')).toThrow(TypeError);
    // @ts-expect-error a fraction is no dimension, and a boolean neither
    expect(() => x.unsqueeze(true)).toThrow(TypeError);
    expect(() => x.unsqueeze(0.5)).toThrow(TypeError);
    // @ts-expect-error too many
    expect(() => x.relu(1)).toThrow(TypeError);
    // @ts-expect-error an unknown word
    expect(() => F.mseLoss(x, x, { reduction: 'avg' })).toThrow(TypeError);
  });
});
