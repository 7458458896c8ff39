/** Passes of which some rows alone are wanted: what the same rows have in a pass over all of them. */
import {
  flattenTrees,
  type PackedBatch,
  type PromptRoot,
  packTensors,
  type TokenTree,
} from '../../lib/batch/index.js';
import { linearLogprob } from '../../lib/kernels/index.js';
import {
  buildGraph,
  type FamilyGraph,
  type ModelConfigInput,
  type ModelGraph,
  targetStates,
} from '../../lib/models/index.js';
import { noGrad, scope, type Tensor, torch } from '../../lib/tensor/index.js';
import { maxDifference } from '../nn/fixtures.js';

const sizes = { hidden_size: 64, num_hidden_layers: 3, num_attention_heads: 4, num_key_value_heads: 2 };
const common = { ...sizes, vocab_size: 60, intermediate_size: 96, initializer_range: 0.2 };
const window = { use_sliding_window: true, sliding_window: 5, max_window_layers: 0 };
const configs: [string, ModelConfigInput][] = [
  ['biases', { model_type: 'qwen2', ...common }],
  ['norms of queries and keys', { model_type: 'qwen3', ...common, head_dim: 16, tie_word_embeddings: true }],
  ['a sliding window in every layer', { model_type: 'qwen2', ...common, ...window }],
];

const ids = (count: number, start: number) => Array.from({ length: count }, (_, i) => (start + 7 * i) % 60);
const all = (values: number[]) => ({ ids: values, lossMask: values.map(() => 1) });
const root = (count: number, start: number): PromptRoot => ({
  spans: [{ kind: 'text', length: count }],
  textIds: ids(count, start),
});
/**
 * A prompt with completions whose first tokens one row predicts, one of them short; a sequence with targets far apart; a question
 * without any; and a sequence from its second token on.
 */
const shared = root(9, 3);
const sparse = ids(20, 11);
const trees: TokenTree[] = [
  {
    root: shared,
    children: [{ ids: ids(5, 20), children: [all(ids(12, 1)), all(ids(1, 30)), all(ids(70, 2))] }],
  },
  { root: shared, children: [{ ids: sparse, lossMask: sparse.map((_, i) => Number(i === 4 || i === 17)) }] },
  { root: shared, children: [{ ids: ids(4, 33) }] },
  { root: { spans: [], textIds: [] }, children: [{ ids: ids(6, 9), lossMask: [0, 1, 1, 1, 1, 1] }] },
];

function graphOf(config: ModelConfigInput): FamilyGraph {
  torch.manualSeed(4);
  return buildGraph(config).train() as FamilyGraph;
}

const score = (hidden: Tensor, rows: Tensor, graph: ModelGraph, targets: Tensor) =>
  linearLogprob(hidden, graph.headWeight, targets, { rows }).logp;

function gradients(graph: FamilyGraph, logp: Tensor): Map<string, Tensor> {
  for (const parameter of graph.parameters()) parameter.grad = null;
  // Unequal weights, so that a gradient at the wrong row shows.
  const weights = torch
    .arange(1, logp.numel() + 1)
    .to('float32')
    .div(logp.numel());
  logp.mul(weights).sum().backward();
  return new Map(graph.namedParameters().map(([name, { grad }]) => [name, (grad as Tensor).clone()]));
}

describe.each(configs)('%s', (_, config) => {
  test.each([false, true])(
    'targets have the same log-probabilities and gradients; recomputed: %s',
    (recomputes) => {
      const graph = graphOf(config);
      graph.gradientCheckpointing = recomputes;
      const batch = flattenTrees(trees, graph.layOut);
      const { packed, targets } = packTensors(batch);
      const expected = score(graph.forward(packed), targets.rows, graph, targets.targets);
      const wanted = gradients(graph, expected);
      const { hidden, rows } = targetStates(graph, packed, targets);
      expect(hidden.shape[0]).toBe(new Set(batch.rows).size);
      const logp = score(hidden, rows, graph, targets.targets);
      expect(maxDifference(logp.detach(), expected.detach())).toBeLessThanOrEqual(2e-5);
      const got = gradients(graph, logp);
      for (const [name, grad] of wanted)
        expect([name, maxDifference(got.get(name)!, grad) < 2e-4]).toEqual([name, true]);
      graph.dispose();
    },
  );

  test('over a cache, which holds the keys of all rows afterwards', () => {
    const graph = graphOf(config);
    noGrad(() =>
      scope(() => {
        const batch = flattenTrees(trees, graph.layOut);
        const { packed } = packTensors(batch);
        const expected = graph.forward(packed);
        const wanted = [...new Set(batch.rows)].sort((a, b) => a - b);
        const cache = graph.newCache(batch.ids.length);
        const at = torch.arange(0, batch.ids.length);
        const hidden = graph.forward(packed, { cache: { store: cache, rows: at }, rows: wanted });
        const places = torch.tensor(BigInt64Array.from(wanted, BigInt));
        expect(maxDifference(hidden, expected.indexSelect(0, places))).toBeLessThanOrEqual(1e-4);
        const other = graph.newCache(batch.ids.length);
        graph.forward(packed, { cache: { store: other, rows: at } });
        for (const [layer, keys] of cache.keys.entries())
          expect(maxDifference(keys, other.keys[layer])).toBeLessThanOrEqual(1e-5);
        cache.dispose();
        other.dispose();
      }),
    );
    graph.dispose();
  });
});

/** Multiplications of the largest matrices of a layer, by the operators' names and rows. */
function queriesOfLayers(graph: FamilyGraph, batch: PackedBatch, rows?: number[]): number[] {
  const counts: number[] = [];
  const { layers } = (
    graph as unknown as { model: { layers: Iterable<{ mlp: { forward(x: Tensor): Tensor } }> } }
  ).model;
  for (const { mlp } of layers) {
    const { forward } = mlp;
    mlp.forward = (x) => {
      counts.push(x.shape[0]);
      return forward.call(mlp, x);
    };
  }
  noGrad(() => scope(() => graph.forward(packTensors(batch).packed, { rows })));
  return counts;
}

test('the last layer computes the wanted rows of a node and those behind them; the other layers all', () => {
  const graph = graphOf(configs[0][1]);
  const batch = flattenTrees([{ root: shared, children: [all(ids(8, 1)), all(ids(8, 2))] }], graph.layOut);
  // The root's 9 rows, then 7 of each child, whose last token predicts nothing.
  expect(queriesOfLayers(graph, batch, [8, 12, 14])).toEqual([23, 23, 1 + 4]);
  graph.dispose();
});

test.each([
  [[3, 2], 'rows[1]', '2'],
  [[2, 2], 'rows[1]', '2'],
  [[-1], 'rows[0]', '-1'],
  [[0.5], 'rows[0]', '0.5'],
  [[23], 'rows[0]', '23'],
])('rows %j are refused', (rows, field, value) => {
  const graph = graphOf(configs[0][1]);
  const { packed } = packTensors(flattenTrees([{ root: root(23, 0), children: [] }], graph.layOut));
  expect(() => graph.forward(packed, { rows })).toThrow(
    `forward: ${field}: expected rising rows from 0 to 22, got ${value}`,
  );
  graph.dispose();
});
