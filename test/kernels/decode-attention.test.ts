/**
 * The sampling loop's attention against av_attention in float64 over random forests of causal nodes: gates by the query's
 * modality, windows by node, grouped queries, shared keys, levels without tokens; and a row's bits whatever stands beside it.
 */
import { avAttention, decodeAttention, type NodeRow, nodeTable } from '../../lib/kernels/index.js';
import { type DType, scope, type Tensor, torch } from '../../lib/tensor/index.js';
import { randomCase } from './cases.js';
import { randomSource } from './reference.js';
import { numbers, relativeError } from './tensors.js';

const cases = process.env.EARSIGHT_TEST_FULL ? 400 : 40;
const storages = ['float32', 'bfloat16'] as const;

interface Forest {
  nodes: NodeRow[];
  q: Tensor;
  k: Tensor;
  v: Tensor;
  modality: Tensor;
}

/** Tensors for nodes whose queries have a key each. Rows of no node are NaN. */
function forestOf(nodes: NodeRow[], seed: number, keyHeads: number, group: number, width: number): Forest {
  torch.manualSeed(seed);
  const random = randomSource(seed);
  const end = (name: 'q' | 'k') => Math.max(0, ...nodes.map((node) => node[name][1])) + 1;
  const fill = (name: 'q' | 'k', heads: number) => {
    const x = torch.randn([end(name), heads, width]);
    const inNode = Array.from({ length: end(name) }, (_, row) =>
      nodes.some((node) => node[name][0] <= row && row < node[name][1]) ? 0 : 1,
    );
    return x.maskedFill(torch.tensor(inNode).to('bool').reshape([-1, 1, 1]), Number.NaN);
  };
  const modality = torch.tensor(Uint8Array.from({ length: end('k') }, () => random.below(3)));
  return { nodes, q: fill('q', keyHeads * group), k: fill('k', keyHeads), v: fill('k', keyHeads), modality };
}

/** A random forest of the attention tests as decoding has it: causal, and no more queries than keys. */
function randomForest(seed: number): Forest {
  const random = randomSource(1000 + seed);
  const nodes = randomCase(seed).nodes.map(({ q: [first, end], k, ...node }): NodeRow => {
    const last = Math.min(end, first + k[1] - k[0]);
    return { ...node, q: [first, last], k, causal: true };
  });
  return forestOf(
    nodes,
    seed,
    random.pick([1, 2, 3]),
    random.pick([1, 2, 3, 7]),
    random.pick([1, 8, 33, 64, 80]),
  );
}

/** Prompts and steps beyond the chunks of 256 keys and the tasks of 32 rows, with windows that end inside of them. */
const longForests: NodeRow[][] = [
  [
    { q: [0, 0], k: [0, 700] },
    ...Array.from({ length: 40 }, (_, i): NodeRow => {
      const k: [number, number] = [700 + 3 * i, 703 + 3 * i];
      return {
        q: [i, i + 1],
        k,
        parent: 0,
        causal: true,
        window: i % 3 === 0 ? 300 : -1,
        gate: i % 5 === 0 ? 5 : 0xff,
      };
    }),
  ],
  [
    { q: [0, 600], k: [0, 600], causal: true, window: 270 },
    { q: [600, 610], k: [600, 1000], parent: 0, causal: true, gate: [7, 1, 2, 0xff, 0xff, 0xff, 0xff, 0xff] },
    { q: [610, 613], k: [1000, 1003], parent: 1, causal: true },
  ],
];

/** Modalities of the queries: those of their keys. */
function queryModality({ nodes, q, modality }: Forest): Tensor {
  const keys = modality.toArray() as number[];
  const own = new Uint8Array(q.shape[0]);
  for (const node of nodes)
    for (let i = node.q[0]; i < node.q[1]; i += 1) own[i] = keys[node.k[1] - node.q[1] + i];
  return torch.tensor(own);
}

/** av_attention on what the cache holds. */
function expected(forest: Forest, dtype: DType): Tensor {
  const stored = (x: Tensor) => x.to(dtype).to('float64');
  const options = { modality: forest.modality, queryModality: queryModality(forest) };
  return avAttention(
    forest.q.to('float64'),
    stored(forest.k),
    stored(forest.v),
    nodeTable(forest.nodes),
    options,
  ).out;
}

const attend = ({ q, k, v, nodes, modality }: Forest, dtype: (typeof storages)[number]) =>
  decodeAttention(q, k, v, nodeTable(nodes), { modality, dtype });

test(`${cases} random forests agree with av_attention in float64`, () => {
  for (let seed = 0; seed < cases; seed += 1)
    scope(() => {
      const forest = randomForest(seed);
      for (const dtype of storages) {
        const error = relativeError(numbers(attend(forest, dtype)), numbers(expected(forest, dtype)));
        expect({ seed, dtype, fits: error < 1e-5 }).toEqual({ seed, dtype, fits: true });
      }
    });
});

describe.each(storages)('a %s cache', (dtype) => {
  test.each([0, 1])('long forest %s agrees with av_attention in float64', (i) => {
    const forest = forestOf(longForests[i], i, 2, 3, 48);
    expect(relativeError(numbers(attend(forest, dtype)), numbers(expected(forest, dtype)))).toBeLessThan(
      1e-5,
    );
  });

  test('a row gives the same bits alone, among others and with two threads', () => {
    const threads = torch.getNumThreads();
    for (const [i, nodes] of [...longForests, randomForest(3).nodes, randomForest(5).nodes].entries()) {
      const forest = forestOf(nodes, i, 2, 2, 40);
      torch.setNumThreads(1);
      const all = attend(forest, dtype);
      torch.setNumThreads(2);
      expect(attend(forest, dtype).equal(all)).toBe(true);
      torch.setNumThreads(threads);
      const withQueries = nodes.flatMap(({ q }, index) => (q[0] < q[1] ? [index] : []));
      for (const index of withQueries.filter((_, n) => n % Math.ceil(withQueries.length / 6) === 0)) {
        const [{ q, k }, row] = [nodes[index], nodes[index].q[0]];
        // Its node as it was when the row's token was the newest, and no other queries.
        const alone = nodes.slice(0, index + 1).map((node): NodeRow => ({ ...node, q: [0, 0] }));
        alone[index] = { ...nodes[index], q: [row, row + 1], k: [k[0], k[1] - (q[1] - row) + 1] };
        expect(
          attend({ ...forest, nodes: alone }, dtype)
            .select(0, row)
            .equal(all.select(0, row)),
        ).toBe(true);
      }
    }
  });
});

test('two keys by hand', () => {
  // Scores 0 and ln 3: weights 1/4 and 3/4.
  const q = torch.tensor([[[1]]]);
  const k = torch.tensor([[[0]], [[Math.log(3)]]]);
  const v = torch.tensor([[[4]], [[8]]]);
  const nodes = nodeTable([
    { q: [0, 0], k: [0, 1] },
    { q: [0, 1], k: [1, 2], parent: 0, causal: true },
  ]);
  expect(decodeAttention(q, k, v, nodes, { scale: 1 }).item()).toBeCloseTo(7, 6);
  const deaf = nodeTable([
    { q: [0, 0], k: [0, 1] },
    { q: [0, 1], k: [1, 2], parent: 0, causal: true, gate: 0 },
  ]);
  expect(decodeAttention(q, k, v, deaf).item()).toBe(0);
});

test('dtypes: the cache is bfloat16 for bfloat16 keys, and the result is rounded once', () => {
  const forest = randomForest(7);
  const [q, k, v] = [forest.q, forest.k, forest.v].map((x) => x.to('bfloat16'));
  const out = decodeAttention(q, k, v, nodeTable(forest.nodes), { modality: forest.modality });
  expect(out.dtype).toBe('bfloat16');
  const wide = { ...forest, q: q.to('float32'), k: k.to('float32'), v: v.to('float32') };
  expect(out.equal(attend(wide, 'bfloat16').to('bfloat16'))).toBe(true);
});

test.each<[string, NodeRow]>([
  ['column causal: expected 1 where there are queries, got 0', { q: [0, 2], k: [0, 2] }],
  [
    'column q1: expected at most 1, a key of its own for each query, got 2',
    { q: [0, 2], k: [0, 1], causal: true },
  ],
])('nodes that no sampling has are refused: %s', (problem, node) => {
  const x = torch.ones([2, 1, 4]);
  expect(() => decodeAttention(x, x, x, nodeTable([node]))).toThrow(`decode_attention: node 0, ${problem}`);
});

test('arguments that do not fit are refused by name', () => {
  const x = torch.ones([2, 1, 4]);
  const nodes = nodeTable([{ q: [0, 2], k: [0, 2], causal: true }]);
  const wide = x.to('float64');
  expect(() => decodeAttention(wide, wide, wide, nodes)).toThrow('q: expected float32, bfloat16 or float16');
  expect(() => decodeAttention(x, x, torch.ones([2, 1, 5]), nodes)).toThrow("v: expected k's width 4, got 5");
  expect(() => decodeAttention(x, x, x, nodes.tensor as never)).toThrow(
    'nodes: expected the result of nodeTable',
  );
  expect(() => decodeAttention(x.narrow(0, 0, 1), x, x, nodes)).toThrow('column q1');
});
