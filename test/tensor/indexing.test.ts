// Python indexing, replayed from PyTorch's own results (scripts/fixtures/indexing.py).

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Index,
  type IndexEntry,
  memoryStats,
  type Scalar,
  scope,
  type Tensor,
  torch,
} from '../../lib/tensor/index.js';

type StoredEntry =
  | number
  | boolean
  | null
  | '...'
  | { slice: [number | null, number | null, number | null] }
  | { list: number[] | boolean[] }
  | { tensor: never; dtype: 'int64' | 'int32' | 'bool' };
interface Case {
  shape: number[];
  index: StoredEntry[];
  shape_out?: number[];
  data?: number[];
  view?: boolean;
  value?: number | number[];
  set?: number[];
  error?: true;
}
const { cases } = JSON.parse(readFileSync(join(__dirname, '../fixtures/indexing.json'), 'utf8')) as {
  cases: Case[];
};

const source = (shape: number[]): Tensor =>
  torch
    .arange(
      shape.reduce((a, b) => a * b, 1),
      { dtype: 'float32' },
    )
    .reshape(shape);

function build(entry: StoredEntry): IndexEntry {
  if (typeof entry !== 'object' || entry === null) return entry;
  if ('slice' in entry) return torch.slice(entry.slice[0], entry.slice[1], entry.slice[2] ?? 1);
  if ('list' in entry) return entry.list;
  return torch.tensor(entry.tensor).to(entry.dtype);
}

const flat = (tensor: Tensor): unknown => tensor.reshape([-1]).toArray();
const named = (kept: Case[]): [string, Case][] =>
  kept.map((it) => [`[${it.shape}] at ${JSON.stringify(it.index)}`, it]);

describe('reading', () => {
  test.each(named(cases.filter((it) => it.data !== undefined)))('%s', (_, it) => {
    scope(() => {
      const a = source(it.shape);
      const result = a.index(it.index.map(build));
      expect(result.shape).toEqual(it.shape_out);
      expect(flat(result)).toEqual(it.data);
      if (!it.view) return;
      result.fill_(-7);
      expect((flat(a) as number[]).filter((value) => value === -7)).toHaveLength(new Set(it.data).size);
    });
  });
});

describe('writing', () => {
  test.each(named(cases.filter((it) => it.set !== undefined)))('%s', (_, it) => {
    scope(() => {
      const a = source(it.shape);
      const value = Array.isArray(it.value) ? torch.tensor(it.value) : (it.value as Scalar);
      expect(a.setIndex(it.index.map(build), value)).toBe(a);
      expect(flat(a)).toEqual(it.set);
    });
  });
});

describe('out of range', () => {
  test.each(named(cases.filter((it) => it.error)))('%s', (_, it) => {
    const a = source(it.shape);
    const index = it.index.map(build);
    expect(() => a.index(index)).toThrow(/index|indices|shape mismatch/);
    expect(() => a.setIndex(index, 1)).toThrow();
  });
});

test('one entry needs no list', () => {
  const a = source([3, 4]);
  expect(a.index(1).toArray()).toEqual([4, 5, 6, 7]);
  expect(a.index(torch.slice(2)).shape).toEqual([1, 4]);
  expect(a.index('...').shape).toEqual([3, 4]);
  expect(a.index(torch.tensor([2n])).toArray()).toEqual([[8, 9, 10, 11]]);
});

test('indexing with nothing gives a new tensor object over the same values', () => {
  const a = source([2]);
  const b = a.index('...');
  expect(b).not.toBe(a);
  b.mul_(3);
  expect(a.toArray()).toEqual([0, 3]);
});

test("values are converted to the tensor's dtype", () => {
  const a = torch.arange(3);
  a.setIndex([0], 7).setIndex([[1]], torch.tensor([9.5]));
  expect(a.toArray()).toEqual([7, 9, 2]);
  expect(a.dtype).toBe('int64');
  const flags = torch.tensor([true, true]);
  expect(flags.setIndex([1], false).toArray()).toEqual([true, false]);
});

test('gradients flow through reading and writing', () => {
  const a = torch.tensor([1, 2, 3, 4], { requiresGrad: true });
  a.index([[0, 0, 3]])
    .mul(torch.tensor([1, 2, 5]))
    .sum()
    .backward();
  expect(a.grad?.toArray()).toEqual([3, 0, 0, 5]);
  const b = torch.ones([2], { requiresGrad: true });
  const c = torch.zeros([4]).setIndex([torch.slice(1, 3)], b.mul(2));
  c.mul(c).sum().backward();
  expect(b.grad?.toArray()).toEqual([8, 8]);
});

test('entries of the wrong kind are refused', () => {
  const a = source([4]);
  const wrong: [unknown, RegExp | typeof TypeError][] = [
    [[0.5], /integer index, got 0\.5/],
    [['x'], /expected an integer, slice, null/],
    [[{}], TypeError],
    [[[0, 'a']], TypeError],
    [[undefined], TypeError],
    [['...', '...'], /at most one/],
  ];
  for (const [index, message] of wrong) expect(() => a.index(index as Index)).toThrow(message as RegExp);
  expect(() => torch.slice(0, 4, 0)).toThrow(RangeError);
  expect(() => torch.slice(0, 4, -1)).toThrow(RangeError);
  expect(() => torch.slice(0.5)).toThrow(TypeError);
});

test('helper tensors do not outlive the call', () => {
  const a = source([3, 4]);
  const before = memoryStats().liveTensors;
  a.index([0, torch.slice(1, 3), null]).dispose();
  a.index([[0, 1], true]).dispose();
  a.setIndex([[0, 2], 1], 5);
  a.setIndex([mask()], 5);
  function mask(): boolean[] {
    return [true, false, true];
  }
  expect(memoryStats().liveTensors).toBe(before);
  a.dispose();
});

test('a disposed index names the indexing', () => {
  const rows = torch.tensor([0n]);
  rows.dispose();
  expect(() => torch.ones([2]).index([rows])).toThrow(
    expect.objectContaining({ name: 'TensorDisposedError', op: 'index' }),
  );
});
