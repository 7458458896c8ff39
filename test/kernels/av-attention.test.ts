import { avAttention, type NodeRow, nodeTable } from '../../lib/kernels/index.js';
import { type Tensor, TorchError, torch } from '../../lib/tensor/index.js';
import { range, simple } from './cases.js';
import { forward } from './reference.js';
import { numbers, pullBack, relativeError, run } from './tensors.js';

describe('avAttention against loops over doubles', () => {
  test('bfloat16 and float16 inputs keep float32 sums: lse and mass are float32', () => {
    const input = simple([{ q: [0, 20], k: [0, 20], causal: true }], 20);
    for (const [dtype, limit] of [
      ['bfloat16', 4e-3],
      ['float16', 5e-4],
    ] as const) {
      const ran = run(input, dtype);
      for (const name of ['q', 'k', 'v'] as const) input[name].data.set(numbers(ran[name]));
      const expected = forward(input);
      expect([ran.out.dtype, ran.lse.dtype, ran.mass.dtype]).toEqual([dtype, 'float32', 'float32']);
      expect(relativeError(numbers(ran.out), expected.out)).toBeLessThan(limit);
      expect(relativeError(numbers(ran.lse), expected.lse)).toBeLessThan(1e-6);
    }
  });
});

describe('avAttention by hand', () => {
  const column = (...values: number[]) => torch.tensor(values).reshape([-1, 1, 1]);

  test('a causal node of two: the second row is a weighted mean of both keys', () => {
    // Scores of row 1: 0 and ln 3, so weights 1/4 and 3/4.
    const { out, lse, mass } = avAttention(
      column(1, 1),
      column(0, Math.log(3)),
      column(10, 20),
      nodeTable([{ q: [0, 2], k: [0, 2], causal: true }]),
      { modality: torch.tensor(Uint8Array.of(2, 1)), massMode: 'head', returnLse: true },
    );
    expect(numbers(out)[0]).toBe(10);
    expect(numbers(out)[1]).toBeCloseTo(17.5, 5);
    expect(numbers(lse as Tensor)[0]).toBeCloseTo(0, 6);
    expect(numbers(lse as Tensor)[1]).toBeCloseTo(Math.log(4), 6);
    const [first, second] = [numbers(mass as Tensor).slice(0, 8), numbers(mass as Tensor).slice(8)];
    expect(first).toEqual([0, 0, 1, 0, 0, 0, 0, 0]);
    expect(second[1]).toBeCloseTo(0.75, 6);
    expect(second[2]).toBeCloseTo(0.25, 6);
  });

  test('fewer queries than keys are aligned at the end; more queries than keys leave the first rows empty', () => {
    const zeros = (n: number) => column(...range(0, n).map(() => 0));
    const ends = avAttention(
      zeros(2),
      zeros(4),
      column(1, 2, 3, 4),
      nodeTable([{ q: [0, 2], k: [0, 4], causal: true }]),
    );
    expect(numbers(ends.out)).toEqual([2, 2.5]); // means of 1..3 and 1..4
    const starts = avAttention(
      zeros(3),
      zeros(2),
      column(1, 2),
      nodeTable([{ q: [0, 3], k: [0, 2], causal: true }]),
      { returnLse: true },
    );
    expect(numbers(starts.out)).toEqual([0, 1, 1.5]);
    expect(numbers(starts.lse as Tensor)[0]).toBe(-Infinity);
  });

  test('a window counts keys along the path, both ways when not causal', () => {
    const [q, k, v] = [column(0, 0), column(0, 0, 0, 0, 0), column(1, 2, 4, 8, 16)];
    const path = (causal: boolean, window: number): NodeRow[] => [
      { q: [0, 0], k: [0, 3] },
      { q: [0, 2], k: [3, 5], parent: 0, causal, window },
    ];
    expect(numbers(avAttention(q, k, v, nodeTable(path(true, 1))).out)).toEqual([6, 12]);
    expect(numbers(avAttention(q, k, v, nodeTable(path(true, 0))).out)).toEqual([8, 16]);
    const [first, second] = numbers(avAttention(q, k, v, nodeTable(path(false, 1))).out);
    expect(first).toBeCloseTo(28 / 3, 5);
    expect(second).toBe(12);
  });

  test('rotation by 90 degrees: rotary pairs the first half of a head with the second', () => {
    const quarter = { cos: torch.zeros([1, 1]), sin: torch.ones([1, 1]) };
    const still = { keyCos: torch.ones([2, 1]), keySin: torch.zeros([2, 1]) };
    // (1, 0) rotated by 90 degrees is (0, 1): it meets the second key with score ln 3.
    const { out } = avAttention(
      torch.tensor([[[1, 0]]]),
      torch.tensor([[[5, 0]], [[0, Math.log(3)]]]),
      column(0, 1),
      nodeTable([{ q: [0, 1], k: [0, 2] }]),
      { rotary: { ...quarter, ...still }, scale: 1 },
    );
    expect(numbers(out)[0]).toBeCloseTo(0.75, 6);
  });
});

describe('avAttention at the edges', () => {
  test('rows that see nothing: out 0, lse -inf, mass 0, gradients 0', () => {
    for (const nodes of [
      [],
      [{ q: [0, 3], k: [0, 5], gate: 0 }],
      [{ q: [0, 3], k: [2, 2] }],
      [{ q: [0, 0], k: [0, 5] }],
    ] as NodeRow[][]) {
      const ran = run(simple(nodes, 3, 5));
      expect(numbers(ran.out).every((value) => value === 0)).toBe(true);
      expect(numbers(ran.lse).every((value) => value === -Infinity)).toBe(true);
      expect(numbers(ran.mass).every((value) => value === 0)).toBe(true);
      const ones = (tensor: Tensor) => new Float64Array(tensor.numel()).fill(1);
      const gradients = pullBack(ran, { out: ones(ran.out), lse: ones(ran.lse), mass: ones(ran.mass) });
      expect(
        Object.values(gradients)
          .flat()
          .every((value) => value === 0),
      ).toBe(true);
    }
  });

  test('no rows at all', () => {
    const ran = run(simple([], 0, 0));
    expect([ran.out.shape, ran.lse.shape, ran.mass.shape]).toEqual([
      [0, 4, 6],
      [4, 0],
      [4, 0, 8],
    ]);
  });

  test('lse and mass are returned only when asked for', () => {
    const x = torch.randn([3, 1, 4]);
    expect(Object.keys(avAttention(x, x, x, nodeTable([{ q: [0, 3], k: [0, 3] }])))).toEqual(['out']);
  });

  test('errors name the argument', () => {
    const x = torch.randn([3, 2, 4]);
    const table = nodeTable([{ q: [0, 3], k: [0, 3] }]);
    // @ts-expect-error rows are not a table
    expect(() => avAttention(x, x, x, [{ q: [0, 3], k: [0, 3] }])).toThrow(
      'nodes: expected the result of nodeTable',
    );
    expect(() => avAttention(x.narrow(0, 0, 2), x, x, table)).toThrow(RangeError);
    expect(() => avAttention(x.narrow(0, 0, 2), x, x, table)).toThrow('nodes reach row 3 of q, which has 2');
    expect(() => avAttention(x, x, x.narrow(1, 0, 1), table)).toThrow(/v: expected k's rows and heads/);
    expect(() => avAttention(x, x, x, table, { modality: torch.tensor(Uint8Array.of(0, 9, 0)) })).toThrow(
      /modality: row 1: .* got 9/,
    );
    expect(() => avAttention(x, x, x, table, { modality: torch.tensor(Uint8Array.of(0)) })).toThrow(
      TorchError,
    );
    // @ts-expect-error a misspelt option
    expect(() => avAttention(x, x, x, table, { massmode: 'mean' })).toThrow(/no argument named 'massmode'/);
    // @ts-expect-error no such mode
    expect(() => avAttention(x, x, x, table, { massMode: 'max' })).toThrow(
      /massMode: expected one of none, head, mean, node, got 'max'/,
    );
  });
});
