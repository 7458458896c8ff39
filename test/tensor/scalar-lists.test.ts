// Scalars in lists, each beside its own tensor, and bigints beyond int64: settled as a single Scalar is.

import { type DType, type Scalar, type Tensor, torch } from '../../lib/tensor/index.js';

const { aten } = torch.ops;
const of = (value: number, dtype: DType) => torch.tensor([value], { dtype });
/** dtype and values, or the kind of error. */
function outcome(run: () => Tensor | readonly Tensor[]): string {
  try {
    const [result] = [run()].flat();
    return `${result.dtype} ${result.toArray()}`;
  } catch (error) {
    return (error as Error).constructor.name;
  }
}

describe('a list of Scalars gives what each of them gives alone', () => {
  const operators = ['add', 'sub', 'mul', 'div', 'clamp_min', 'clamp_max', 'pow'];
  const scalars: Scalar[] = [-0, 3, 2.5, 300, 2 ** 53, -(2 ** 53), 2n ** 53n + 1n, 2n ** 63n, true];
  const dtypes: DType[] = ['int64', 'uint8', 'float32', 'float64', 'bool'];
  test.each(operators)('%s', (name) => {
    const single = name === 'pow' ? 'pow.Tensor_Scalar' : name.startsWith('clamp') ? name : `${name}.Scalar`;
    for (const dtype of dtypes) {
      for (const scalar of scalars) {
        const alone = outcome(() => aten[single](of(1, dtype), scalar));
        // The first pair must not decide for the second.
        const listed = outcome(
          () => aten[`_foreach_${name}.ScalarList`]([of(1, 'float32'), of(1, dtype)], [1.5, scalar])[1],
        );
        expect([dtype, scalar, listed]).toEqual([dtype, scalar, alone]);
      }
    }
  });

  test('-0 is an int beside integers and keeps its sign beside floating point', () => {
    const [ints, floats] = aten['_foreach_mul.ScalarList']([of(7, 'int64'), of(7, 'float32')], [-0, -0]);
    expect([ints.dtype, ints.item(), floats.dtype]).toEqual(['int64', 0, 'float32']);
    expect(Object.is(floats.item(), -0)).toBe(true);
  });

  test('bigints arrive exactly', async () => {
    const list = [torch.tensor([1n]), torch.tensor([-1n])];
    const [first, second] = aten['_foreach_add.ScalarList'](list, [2n ** 62n, -(2n ** 62n)]);
    expect([...(await first.data()), ...(await second.data())]).toEqual([2n ** 62n + 1n, -(2n ** 62n) - 1n]);
  });

  test('the error names the place, and nothing is changed', () => {
    const list = [of(1, 'float32'), of(1, 'int64')];
    const add = () => aten['_foreach_add_.ScalarList'](list, [2 ** 53, 2 ** 53]);
    expect(add).toThrow(RangeError);
    expect(add).toThrow(/argument 'scalars\[1\]': 9007199254740992 is beyond 2\^53 - 1.* 9007199254740992n/);
    expect(list.map((tensor) => tensor.item())).toEqual([1, 1]);
  });

  test('one Scalar for all tensors follows the same rules', () => {
    expect(aten['_foreach_add.Scalar']([of(1, 'int64')], -0)[0].dtype).toBe('int64');
    expect(() => aten['_foreach_add.Scalar']([of(1, 'uint8')], 300)).toThrow(RangeError);
  });

  test('lists of other lengths than those of the tensors are left to the operator', () => {
    const add = () => aten['_foreach_add.ScalarList']([of(1, 'int64')], [1, -0, 2n ** 63n]);
    expect(add).toThrow(/same number of elements/);
  });
});

describe('bigints beyond int64', () => {
  const large = 2n ** 63n + 1n;
  const int64 = torch.tensor([1n]);
  const refused: [string, () => unknown][] = [
    ['fill_', () => torch.zeros([1], { dtype: 'int64' }).fill_(large)],
    ['newFull', () => int64.newFull([1], large)],
    ['fullLike', () => torch.fullLike(int64, large)],
    ['maskedFill', () => int64.maskedFill(torch.tensor([true]), large)],
    ['add', () => int64.add(large)],
    ['pow', () => int64.pow(large)],
    ['arange', () => torch.arange(large)],
    ['full', () => torch.full([1], large)],
    ['setIndex', () => torch.zeros([1], { dtype: 'int64' }).setIndex([0], large)],
    ['a size', () => aten.zeros([large])],
    ['a place', () => aten.narrow(int64, 0, large, 1)],
  ];
  test.each(refused)('%s: a RangeError that names the value', (_, run) => {
    expect(run).toThrow(RangeError);
    expect(run).toThrow(/9223372036854775809n? is out of the range of int64/);
  });

  test('are what they are in uint64', async () => {
    const make: ((value: bigint) => Tensor)[] = [
      (value) => torch.zeros([1], { dtype: 'uint64' }).fill_(value),
      (value) => torch.fullLike(int64, value, { dtype: 'uint64' }),
      (value) => torch.full([1], value, { dtype: 'uint64' }),
    ];
    for (const [value, from] of [large, 2n ** 64n - 1n].flatMap((it) => make.map((by) => [it, by] as const)))
      expect(await from(value).data()).toEqual(BigUint64Array.of(value));
  });

  test('are rounded once in floating point', () => {
    // Half way between two neighbours of float32 is 2^63 + 2^39; a double in between rounds there first.
    const above = 2n ** 63n + 2n ** 39n + 1n;
    expect(torch.zeros([1]).fill_(above).item()).toBe(2 ** 63 + 2 ** 40);
    expect(
      torch
        .zeros([1])
        .fill_(above - 1n)
        .item(),
    ).toBe(2 ** 63);
    expect(torch.zeros([1], { dtype: 'bool' }).fill_(large).item()).toBe(true);
  });

  test.each([2n ** 64n, -(2n ** 63n) - 1n, 10n ** 400n])('%s fits no Scalar', (value) => {
    for (const dtype of ['int64', 'uint64', 'float64'] as const) {
      const fill = () => torch.zeros([1], { dtype }).fill_(value);
      expect(fill).toThrow(RangeError);
      expect(fill).toThrow(/is out of the range of 64-bit integers \(-2\^63 to 2\^64 - 1\)/);
    }
  });
});
