// A few numbers can describe a node table of any size: one that is too large to plan is refused before memory is allocated.

import { kernels, type Tensor, TorchError, torch } from '../../lib/index.js';

const { av_plan: plan, av_attention: attention } = torch.ops.earsight;
type Row = (number | bigint)[];
const tableOf = (...rows: Row[]) =>
  torch.tensor(BigInt64Array.from(rows.flat(), (value) => BigInt(value))).reshape([rows.length, 8]);
const row = (q: Row, k: Row, { parent = -1, causal = 0, window = -1 } = {}): Row => [
  ...[...q, ...k],
  ...[parent, causal, window, -1],
];
const most = 2n ** 63n - 1n;

describe('av_plan refuses what no attention computes', () => {
  test.each([31, 40, 47])('sequences of 2^%i rows', (exponent) => {
    const n = 2 ** exponent;
    const all = () => plan(tableOf(row([0, n], [0, n])), null, null, n, n);
    expect(all).toThrow(TorchError);
    expect(all).toThrow(/nodes: about .* to plan; expected at most/);
    expect(() => plan(tableOf(row([0, n], [0, n], { causal: 1, window: 0 })), null, null, n, n)).toThrow(
      /query rows to plan/,
    );
    expect(() => plan(tableOf(row([0, 1], [0, n])), null, null, 1, n)).toThrow(/to plan/);
    const siblings = Array.from({ length: 10 }, (_, i) => row([i, i + 1], [0, n]));
    expect(() => plan(tableOf(...siblings), null, null, 10, n)).toThrow(/to plan/);
  });

  test('numbers of rows that would overflow', () => {
    for (const rows of [2n ** 48n + 1n, most]) {
      expect(() => plan(tableOf(row([0, 1], [0, 1])), null, null, rows, 1)).toThrow(
        /av_plan: tq: expected .* 2\^48/,
      );
      expect(() => plan(tableOf(row([0, 1], [0, 1])), null, null, 1, rows)).toThrow(
        /av_plan: tk: expected .* 2\^48/,
      );
    }
    const wide = 2 ** 48;
    const deep = [0, 1, 2, 3].map((i) => row([i, i + 1], [i * wide, (i + 1) * wide], { parent: i - 1 }));
    expect(() => plan(tableOf(...deep), null, null, 4, wide)).toThrow(/node 1, column k1: expected/);
  });

  test('long sequences are planned', () => {
    const n = 2 ** 16;
    expect(plan(tableOf(row([0, n], [0, n], { causal: 1 })), null, null, n, n).dim()).toBe(1);
    const far = 2 ** 22;
    expect(plan(tableOf(row([0, 1], [far - 64, far])), null, null, 1, far).dim()).toBe(1);
  });
});

test.each<[string, Row]>([
  ['q1', row([0, most], [0, 4])],
  ['q0', row([-most, 1], [0, 1])],
  ['q1', row([3, 1], [0, 1])],
  ['k0', row([0, 1], [-most, most])],
  ['k1', row([0, 1], [0, 2 ** 32])],
  ['parent', row([0, 1], [0, 1], { parent: 2 ** 32 })],
  ['causal', row([0, 1], [0, 1], { causal: 7 })],
  ['window', row([0, 1], [0, 1], { window: -(2 ** 40) })],
])('an invalid %s is refused by its column', (column, wild) => {
  const x = torch.ones([4, 1, 8]);
  expect(() => attention(x, x, x, tableOf(wild))).toThrow(new RegExp(`node 0, column ${column}: expected`));
});

test('nodeTable refuses a field that is not an integer of its range, by name', () => {
  for (const bad of [Number.NaN, Infinity, 0.5, 2 ** 53, -1, '1', null]) {
    for (const field of ['q', 'k'] as const) {
      const make = () => kernels.nodeTable([{ q: [0, 1], k: [0, 1], [field]: [0, bad as number] }]);
      expect(make).toThrow(RangeError);
      expect(make).toThrow(`nodeTable: nodes[0].${field}: expected`);
    }
  }
  const x = torch.ones([4, 1, 8]);
  const far = kernels.nodeTable([{ q: [0, 1], k: [2 ** 40, 2 ** 40 + 1] }]);
  expect(() => kernels.avAttention(x, x, x, far)).toThrow(/nodes reach row 1099511627777 of k, which has 4/);
});

describe('small nodes of a tree are planned together', () => {
  /** Tiles, blocks and pairs of a plan, whose header has the place and the number of each from its ninth word on. */
  const countsOf = (rows: Row[], tq: number, tk: number) => {
    const words = plan(tableOf(...rows), null, null, tq, tk) as Tensor;
    return [9, 11, 13].map((place) => words.narrow(0, place, 1).item());
  };
  const own = (start: number, end: number, parent: number) =>
    row([start, end], [start, end], { parent, causal: 1 });

  test('two questions about a short clip, each with an answer of a token', () => {
    const tree = [own(0, 8, -1), own(8, 21, 0), own(21, 22, 1), own(22, 35, 0), own(35, 36, 3)];
    expect(countsOf(tree, 36, 36)).toEqual([1, 1, 1]);
  });

  test('trees stay apart', () => {
    const trees = [own(0, 9, -1), own(9, 14, 0), own(14, 23, -1), own(23, 28, 2)];
    expect(countsOf(trees, 28, 28)).toEqual([2, 2, 2]);
  });

  test('answers of a token share a tile apart from the long question', () => {
    const tree = [own(0, 40, -1), own(40, 41, 0), own(41, 42, 0)];
    expect(countsOf(tree, 42, 42)).toEqual([2, 1, 2]);
  });

  test('tokens whose keys lie apart in a cache share the tile of their prompt', () => {
    const prompt = row([0, 0], [0, 12], { causal: 1 });
    const tokens = [0, 1, 2].map((i) =>
      row([i, i + 1], [100 * (i + 1), 100 * (i + 1) + 5], { parent: 0, causal: 1 }),
    );
    expect(countsOf([prompt, ...tokens], 3, 400)).toEqual([1, 4, 4]);
  });
});
