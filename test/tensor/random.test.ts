// Seeds, generators and their states: the same numbers again, and PyTorch's numbers for its seeds.

import { Generator, torch } from '../../lib/tensor/index.js';

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

test('seeds may be bigints and negative, as in PyTorch', () => {
  for (const seed of [2n ** 63n, -1, 2 ** 52]) {
    torch.manualSeed(seed);
    const first = draw();
    torch.manualSeed(seed);
    expect(draw()).toEqual(first);
  }
  expect(() => torch.manualSeed(0.5)).toThrow(RangeError);
  expect(() => torch.manualSeed('1' as never)).toThrow(RangeError);
  expect(() => torch.manualSeed(undefined as never)).toThrow(RangeError);
});

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
});
