// torch.ops and torch.listOps: every registered operator by name, and why some cannot be called.

import { torch } from '../../lib/tensor/index.js';

const x = torch.tensor([1, 2]);

describe('torch.ops', () => {
  test('takes all arguments in the schema order, keyword-only ones included', () => {
    expect(torch.ops.aten['add.Tensor'](x, x, 10).toArray()).toEqual([11, 22]);
    expect(torch.ops.aten['sum.dim_IntList'](x, [0], true).shape).toEqual([1]);
    expect(torch.ops.aten['zeros.default']([2], 'float64', null, 'cpu').dtype).toBe('float64');
  });

  test('or by name in a trailing object, in either spelling', () => {
    expect(torch.ops.aten['add.Tensor'](x, x, { alpha: 3 }).toArray()).toEqual([4, 8]);
    expect(torch.ops.aten['zeros.default']([2], { pin_memory: false, dtype: 'int64' }).dtype).toBe('int64');
    expect(torch.ops.aten['zeros.default']([2], { pinMemory: false }).dtype).toBe('float32');
  });

  test('a bare name is the default overload', () => {
    expect(torch.ops.aten.relu(x.neg()).toArray()).toEqual([0, 0]);
    expect(torch.ops.aten['relu.default'](x).toArray()).toEqual([1, 2]);
    expect(() => torch.ops.aten.add(x, x)).toThrow(/no operator aten::add/);
  });

  test('out= overloads and in-place results return the argument itself', () => {
    const out = torch.zeros([2]);
    expect(torch.ops.aten['add.out'](x, x, 1, out)).toBe(out);
    expect(out.toArray()).toEqual([2, 4]);
    const values = torch.zeros([]);
    const indices = torch.zeros([], { dtype: 'int64' });
    const result = torch.ops.aten['max.dim_max'](x, 0, false, values, indices);
    expect(result).toEqual([values, indices]);
    expect(result[0]).toBe(values);
    expect([values.item(), indices.item()]).toEqual([2, 1]);
  });

  test('results of every kind', () => {
    expect(torch.ops.aten.is_complex(x)).toBe(false);
    expect(torch.ops.aten['size.int'](x, 0)).toBe(2);
    expect(torch.ops.aten['result_type.Tensor'](x, torch.arange(2))).toBe('float32');
    expect(torch.ops.aten['split.Tensor'](x, 1, 0)).toHaveLength(2);
    expect(torch.ops.aten['unbind.int'](x)).toHaveLength(2);
    expect(torch.ops.aten['topk.default'](x, 1)).toHaveLength(2);
    expect(torch.ops.aten._local_scalar_dense(torch.tensor(2.5))).toBe(2.5);
  });

  test('Tensor?[] takes null', () => {
    const grid = torch.arange(4).reshape([2, 2]);
    expect(torch.ops.aten['index.Tensor'](grid, [null, torch.tensor([1n])]).toArray()).toEqual([[1], [3]]);
  });

  test('wrong calls name the argument and show the schema', () => {
    const add = torch.ops.aten['add.Tensor'];
    expect(() => add(x)).toThrow(/missing argument 'other'.*aten::add\.Tensor\(Tensor self/);
    expect(() => add(x, 3)).toThrow(/argument 'other' \(position 2\): expected Tensor, got 3/);
    expect(() => add(x, x, 1, 2)).toThrow(/takes 3 arguments, got 4/);
    expect(() => add(x, x, { beta: 1 })).toThrow(/no argument named 'beta'/);
    expect(() => add(x, x, x, { alpha: 1 })).toThrow(TypeError);
    expect(() => torch.ops.aten['sum.dim_IntList'](x, ['0'])).toThrow(/expected int\[1\]\?/);
  });

  test('a missing operator names both libtorch versions', () => {
    const error = expect.objectContaining({
      name: 'TorchError',
      code: 'NO_SUCH_OPERATOR',
      op: 'aten::fromTheFuture',
    });
    expect(() => torch.ops.aten.fromTheFuture(x)).toThrow(error);
    expect(() => torch.ops.aten.fromTheFuture(x)).toThrow(
      /no operator aten::fromTheFuture in the loaded libtorch 2\.\d+\.\d+\S* \(the addon was built against 2\.\d+\.\d+\S*\)/,
    );
    expect(() => torch.ops.aten['add.Nothing'](x)).toThrow(/no operator aten::add\.Nothing/);
    expect(() => torch.ops.nowhere.op(x)).toThrow(/no operator nowhere::op/);
  });

  test('an operator of an uncallable kind gives the reason', () => {
    const uncallable = torch
      .listOps('aten')
      .find((it) => it.reason?.includes('Stream') || it.reason?.includes('Storage'));
    const [, name] = (uncallable?.name ?? '').split('::');
    const key = uncallable?.overload ? `${name}.${uncallable.overload}` : name;
    expect(() => torch.ops.aten[key](x)).toThrow(expect.objectContaining({ code: 'NOT_CALLABLE' }));
    expect(() => torch.ops.aten[key](x)).toThrow(/cannot be called: argument '.*' has type/);
  });

  test('is no promise and no iterable by accident', async () => {
    expect((torch.ops as unknown as Record<symbol, unknown>)[Symbol.iterator]).toBeUndefined();
    expect((torch.ops.aten as unknown as Record<symbol, unknown>)[Symbol.toPrimitive]).toBeUndefined();
  });
});

describe('torch.listOps', () => {
  const all = torch.listOps();

  test('lists thousands of operators, nearly all callable', () => {
    expect(all.length).toBeGreaterThan(2500);
    expect(all.filter((it) => it.callable).length).toBeGreaterThan(0.9 * all.length);
  });

  test('with schema, overload and reason', () => {
    const add = torch.listOps('aten').find((it) => it.name === 'aten::add' && it.overload === 'Tensor');
    expect(add).toEqual({
      name: 'aten::add',
      overload: 'Tensor',
      schema: 'aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor',
      callable: true,
    });
    for (const it of all) {
      if (it.callable) expect(it).not.toHaveProperty('reason');
      else expect(it.reason).toMatch(/type|number of/);
    }
  });

  test('by namespace, sorted by name', () => {
    const names = torch.listOps('earsight').map((it) => it.name);
    expect(names).toContain('earsight::av_attention');
    expect(names.every((it) => it.startsWith('earsight::'))).toBe(true);
    expect([...names].sort()).toEqual(names);
    expect(torch.listOps('nowhere')).toEqual([]);
  });
});
