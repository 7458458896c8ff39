// Names that PyTorch writes in Python rather than as operators: hand-computed results.

import { scope, type Tensor, torch } from '../../lib/tensor/index.js';

const matrix = () => torch.arange(6, { dtype: 'float32' }).reshape([2, 3]);

test('dtype names convert', () => {
  const x = torch.tensor([0, 1.75, 3]);
  const dtypes = [
    x.double(),
    x.half(),
    x.bfloat16(),
    x.long(),
    x.int(),
    x.short(),
    x.char(),
    x.byte(),
    x.bool(),
  ];
  expect(dtypes.map((it) => it.dtype)).toEqual([
    'float64',
    'float16',
    'bfloat16',
    'int64',
    'int32',
    'int16',
    'int8',
    'uint8',
    'bool',
  ]);
  expect(x.long().toArray()).toEqual([0, 1, 3]);
  expect(x.bool().toArray()).toEqual([false, true, true]);
  expect(x.float()).toBe(x);
});

test('T, mT, H and mH are views with dimensions swapped', () => {
  expect(matrix().T.toArray()).toEqual([
    [0, 3],
    [1, 4],
    [2, 5],
  ]);
  expect(torch.zeros([4, 2, 3]).mT.shape).toEqual([4, 3, 2]);
  const complex = torch.complex(torch.tensor([[1, 2]]), torch.tensor([[3, -4]]));
  expect(complex.H.toArray()).toEqual([[[1, -3]], [[2, 4]]]);
  expect(complex.mH.shape).toEqual([2, 1]);
});

test('stride, storageOffset and isContiguous describe a view', () => {
  const view = matrix().transpose(0, 1).narrow(0, 1, 2);
  expect(view.stride()).toEqual([1, 3]);
  expect(view.stride(-1)).toBe(3);
  expect(view.storageOffset()).toBe(1);
  expect(view.isContiguous()).toBe(false);
  expect(view.contiguous().isContiguous()).toBe(true);
  const image = torch.zeros([1, 2, 3, 4]).contiguous({ memoryFormat: 'channels_last' });
  expect(image.isContiguous({ memoryFormat: 'channels_last' })).toBe(true);
});

test('requiresGrad_ marks a leaf and gives it back', () => {
  const x = matrix();
  expect(x.requiresGrad_()).toBe(x);
  expect(x.requiresGrad).toBe(true);
});

test('unique gives one tensor, or also the inverse and the counts', () => {
  const x = torch.tensor([3, 1, 3, 3, 2]);
  expect((x.unique() as Tensor).toArray()).toEqual([1, 2, 3]);
  const [values, inverse, counts] = torch.unique(x, { returnInverse: true, returnCounts: true }) as Tensor[];
  expect(values.toArray()).toEqual([1, 2, 3]);
  expect(inverse.toArray()).toEqual([2, 0, 2, 2, 1]);
  expect(counts.toArray()).toEqual([1, 1, 3]);
  const rows = torch.tensor([
    [2, 2],
    [1, 5],
    [2, 2],
  ]);
  expect((rows.unique({ dim: 0 }) as Tensor).toArray()).toEqual([
    [1, 5],
    [2, 2],
  ]);
});

test('uniqueConsecutive drops equal neighbours only', () => {
  const x = torch.tensor([3n, 3n, 1n, 3n]);
  const [values, counts] = torch.uniqueConsecutive(x, { returnCounts: true }) as Tensor[];
  expect(values.toArray()).toEqual([3, 1, 3]);
  expect(counts.toArray()).toEqual([2, 1, 1]);
});

test('tensordot contracts by count or by lists of dimensions', () => {
  scope(() => {
    const a = matrix();
    expect(torch.tensordot(a, matrix()).item()).toBe(55);
    expect(torch.tensordot(a, matrix().T, 1).toArray()).toEqual([
      [5, 14],
      [14, 50],
    ]);
    expect(torch.tensordot(a, matrix(), [[1], [1]]).toArray()).toEqual([
      [5, 14],
      [14, 50],
    ]);
    expect(() => torch.tensordot(a, a, -1)).toThrow(RangeError);
  });
});
