// Seeds, generators and their states: the same numbers again, and PyTorch's numbers for its seeds.

import { Generator, TorchError, torch } from '../../lib/tensor/index.js';

const draw = (count = 3): unknown => torch.rand([count]).toArray();

test('a seed gives the numbers that PyTorch gives for it on the CPU', () => {
  // torch.manual_seed(0); torch.rand(3), torch.randn(3), torch.randint(0, 100, (4,)), torch.randperm(5)
  torch.manualSeed(0);
  const expected = [0.49625658988952637, 0.7682217955589294, 0.08847743272781372];
  expect(draw()).toEqual(expected.map((it) => Math.fround(it)));
  torch.manualSeed(0);
  const normal = torch.randn([3]).toArray() as number[];
  for (const [i, value] of [1.5409960746765137, -0.293428897857666, -2.1787893772125244].entries()) {
    expect(normal[i]).toBeCloseTo(value, 6);
  }
  torch.manualSeed(0);
  expect(torch.randint(0, 100, [4]).toArray()).toEqual([44, 39, 33, 60]);
  torch.manualSeed(0);
  expect(torch.randperm(5).toArray()).toEqual([4, 0, 1, 3, 2]);
});

test('manualSeed repeats; other seeds differ', () => {
  torch.manualSeed(11);
  const first = draw();
  torch.manualSeed(12);
  expect(draw()).not.toEqual(first);
  torch.manualSeed(11);
  expect(draw()).toEqual(first);
});

test('seeds are 64 bits: integers below 2^53, bigints below 2^64', () => {
  for (const seed of [0, 2 ** 53 - 1, 0n, 2n ** 63n, 2n ** 64n - 1n]) {
    torch.manualSeed(seed);
    const first = draw();
    torch.manualSeed(seed);
    expect(draw()).toEqual(first);
    expect(torch.rand([3], { generator: new Generator().manualSeed(seed) }).toArray()).toEqual(first);
  }
  torch.manualSeed(2n ** 53n - 1n);
  const exact = draw();
  torch.manualSeed(2 ** 53 - 1);
  expect(draw()).toEqual(exact);
});

test.each([-1, 0.5, Number.NaN, Infinity, 2 ** 53, -1n, 2n ** 64n, '1', undefined, null])(
  'the seed %p is refused where it is given, with what is allowed',
  (seed) => {
    torch.manualSeed(3);
    const state = torch.getRngState().toArray();
    const message = /seed: expected an integer 0\.\.2\^53-1, or a bigint 0\.\.2\^64-1, got /;
    expect(() => torch.manualSeed(seed as never)).toThrow(RangeError);
    expect(() => torch.manualSeed(seed as never)).toThrow(message);
    expect(() => new Generator().manualSeed(seed as never)).toThrow(RangeError);
    expect(() => new Generator().manualSeed(seed as never)).toThrow(message);
    expect(torch.getRngState().toArray()).toEqual(state);
  },
);

test('the state of the default generator can be saved and restored, also in the middle of normals', () => {
  torch.manualSeed(3);
  torch.randn([5]);
  const state = torch.getRngState();
  expect(state.dtype).toBe('uint8');
  const next = [draw(), torch.randn([7]).toArray(), torch.randperm(5).toArray()];
  draw(100);
  torch.setRngState(state);
  expect([draw(), torch.randn([7]).toArray(), torch.randperm(5).toArray()]).toEqual(next);
});

test('a state survives as bytes', async () => {
  torch.manualSeed(4);
  const bytes = Buffer.from(((await torch.getRngState().data()) as Uint8Array).slice());
  const next = draw();
  const restored = torch.fromBuffer(new Uint8Array(bytes), [bytes.length], 'uint8');
  torch.setRngState(restored);
  expect(draw()).toEqual(next);
});

test('a wrong state is refused', () => {
  expect(() => torch.setRngState(torch.zeros([3], { dtype: 'uint8' }))).toThrow(/RNG state|state/);
  expect(() => torch.setRngState(torch.zeros([5056]))).toThrow();
  expect(() => torch.setRngState(5 as never)).toThrow(TypeError);
});

describe('Generator', () => {
  test('is independent of the default one and of others', () => {
    torch.manualSeed(1);
    const expected = draw();
    torch.manualSeed(1);
    const [a, b] = [new torch.Generator().manualSeed(5), new Generator().manualSeed(5)];
    const first = torch.rand([4], { generator: a }).toArray();
    expect(torch.rand([4], { generator: b }).toArray()).toEqual(first);
    expect(torch.rand([4], { generator: a }).toArray()).not.toEqual(first);
    expect(draw()).toEqual(expected);
  });

  test("gives the default generator's numbers for the same seed", () => {
    torch.manualSeed(9);
    expect(torch.rand([6], { generator: new Generator().manualSeed(9) }).toArray()).toEqual(draw(6));
  });

  test('works in every random operator', () => {
    const run = (): unknown[] => {
      const generator = new Generator().manualSeed(2);
      return [
        torch.randn([2], { generator }).toArray(),
        torch.randint(0, 100, [3], { generator }).toArray(),
        torch.randperm(5, { generator }).toArray(),
        torch.zeros([3]).uniform_(0, 1, { generator }).toArray(),
        torch.zeros([3]).normal_(0, 1, { generator }).toArray(),
        torch.ones([4]).bernoulli(0.5, { generator }).toArray(),
        torch.multinomial(torch.ones([10]), 3, { generator }).toArray(),
      ];
    };
    expect(run()).toEqual(run());
  });

  test('its state can be saved and restored', () => {
    const generator = new Generator().manualSeed(2);
    torch.rand([3], { generator });
    const state = generator.getState();
    const next = torch.randn([3], { generator }).toArray();
    expect(torch.randn([3], { generator: new Generator().setState(state) }).toArray()).toEqual(next);
    expect(torch.randn([3], { generator: generator.setState(state) }).toArray()).toEqual(next);
  });

  test('disposed, it is an error to use, and its id serves no other', () => {
    const first = new Generator().manualSeed(2);
    const { id } = first;
    first.dispose();
    first.dispose();
    const second = new Generator().manualSeed(4);
    const state = second.getState().toArray();
    expect(() => first.manualSeed(5)).toThrow(/Generator\.manualSeed: this generator was disposed/);
    expect(() => first.getState()).toThrow(TorchError);
    expect(() => torch.rand([2], { generator: first })).toThrow(/this generator was disposed/);
    // As a stale copy of the number would name it.
    for (const stale of [id, -1, 0.5, Number.NaN, 2 ** 60]) {
      first.id = stale;
      expect(() => first.manualSeed(5)).toThrow(/this generator was disposed/);
      expect(() => torch.rand([2], { generator: first })).toThrow(/this generator was disposed/);
    }
    first.id = 0;
    expect(second.getState().toArray()).toEqual(state);
  });

  test('a block disposes it at its end', () => {
    let used: Generator;
    {
      using generator = new Generator();
      used = generator.manualSeed(1);
    }
    expect(() => used.getState()).toThrow(TorchError);
  });
});
