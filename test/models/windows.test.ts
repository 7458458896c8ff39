/**
 * Layers with a sliding window in trees and over a cache. The graph's results on one text are transformers' (published.test.ts);
 * trees and samples must give the same as their texts one by one.
 */
import { flattenTrees, type PromptRoot, packTensors, type TokenNode } from '../../lib/batch/index.js';
import * as models from '../../lib/models/index.js';
import { functional as F } from '../../lib/nn/index.js';
import { sampleBatch } from '../../lib/rollout/index.js';
import { memoryStats, noGrad, scope, type Tensor, torch } from '../../lib/tensor/index.js';
import { fixturePath, maxDifference } from '../nn/fixtures.js';

// Windows of 6 (the second layer) and 9 (the first and the third) tokens.
const names = ['qwen2-window', 'qwen3-window-yarn'];
const load = (name: string) => models.loadGraph(fixturePath('models', 'hf', name));
const idsFrom = (start: number, count: number) =>
  Array.from({ length: count }, (_, i) => (start + 7 * i) % 96);

const root: PromptRoot = { spans: [{ kind: 'text', length: 11 }], textIds: idsFrom(3, 11) };
const question = idsFrom(40, 4);
const step = idsFrom(50, 5);
const completions = [idsFrom(1, 14), idsFrom(60, 8)];
const alternative = idsFrom(20, 12);
const node = (ids: number[], children?: TokenNode[]): TokenNode => ({
  ids,
  lossMask: ids.map(() => 1),
  children,
});
/** The completions continue a step that is no sequence of its own; the alternative continues the question. */
const children: TokenNode[] = [
  { ids: step, children: completions.map((ids) => node(ids)) },
  node(alternative),
];
const texts: [prompt: number[], continuation: number[]][] = [
  ...completions.map((ids): [number[], number[]] => [[...root.textIds, ...question, ...step], ids]),
  [[...root.textIds, ...question], alternative],
];

/** -> log-probabilities of the targets */
function inTree(graph: models.FamilyGraph): Tensor {
  const tree = { root, children: [{ ids: question, children }] };
  const { packed, targets } = packTensors(flattenTrees([tree], graph.layOut));
  const logits = F.linear(graph.forward(packed).indexSelect(0, targets.rows), graph.headWeight);
  return F.logSoftmax(logits, -1).gather(1, targets.targets.unsqueeze(1)).squeeze(1);
}

function oneByOne(graph: models.FamilyGraph): Tensor {
  const parts = texts.map(([prompt, ids]) => {
    const logits = graph.logits({ inputIds: [...prompt, ...ids] }).narrow(0, prompt.length - 1, ids.length);
    const targets = torch.tensor(BigInt64Array.from(ids, BigInt)).unsqueeze(1);
    return F.logSoftmax(logits, -1).gather(1, targets).squeeze(1);
  });
  return torch.cat(parts);
}

describe.each(names)('%s', (name) => {
  test('a packed tree has the log-probabilities and gradients of its texts', () => {
    const graphs = [load(name), load(name)];
    const [tree, single] = [inTree(graphs[0]), oneByOne(graphs[1])];
    expect(maxDifference(tree.detach(), single.detach())).toBeLessThanOrEqual(1e-5);
    tree.mean().backward();
    single.mean().backward();
    const expected = new Map(graphs[1].namedParameters());
    for (const [key, { grad }] of graphs[0].namedParameters())
      expect(maxDifference(grad!, expected.get(key)!.grad!)).toBeLessThanOrEqual(1e-6);
  });

  test('samples of several prompts continue them as greedy decoding of each does', async () => {
    const graph = load(name);
    const prompts = [question, idsFrom(80, 9)].map((ids, i) => ({
      ...{ id: `${i}`, occurrence: 0, root, question: ids, text: '' },
      tokens: { text: root.textIds.length + ids.length, audio: 0, video: 0 },
    }));
    const params = { maxNewTokens: 20, temperature: 0, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1 };
    const sampled = await sampleBatch(
      graph,
      prompts,
      { ...params, numGenerations: 2, seed: 0 },
      { stopIds: [], decode: () => '' },
    );
    for (const [i, prompt] of prompts.entries()) {
      const inputIds = [...root.textIds, ...prompt.question];
      const greedy = graph.generateIds(inputIds, { maxNewTokens: 20 });
      expect(sampled[i].map(({ ids }) => ids)).toEqual([greedy, greedy]);
      const logits = noGrad(() => graph.logits({ inputIds: [...inputIds, ...greedy] }));
      const rows = F.logSoftmax(logits, -1).toArray() as number[][];
      const expected = greedy.map((id, k) => rows[inputIds.length - 1 + k][id]);
      for (const { logprobs } of sampled[i])
        for (const [k, logprob] of logprobs.entries()) expect(logprob).toBeCloseTo(expected[k], 4);
    }
  });
});

test('without gradients a pass holds what one layer makes, however many layers there are', () => {
  const bytesOf = (num_hidden_layers: number) => {
    const graph = models.buildGraph({
      ...{ model_type: 'qwen2', vocab_size: 16, hidden_size: 64, intermediate_size: 256, num_hidden_layers },
      ...{ num_attention_heads: 2, num_key_value_heads: 1, use_sliding_window: true, sliding_window: 4 },
      max_window_layers: 1,
    });
    const before = memoryStats().cpuBytes;
    let most = 0;
    const { layers } = (graph as unknown as { model: models.TextDecoder }).model;
    for (const layer of layers) {
      const { forward } = layer;
      layer.forward = (...args) => {
        most = Math.max(most, memoryStats().cpuBytes - before);
        return forward.apply(layer, args);
      };
    }
    noGrad(() => scope(() => graph.logits({ inputIds: idsFrom(0, 500).map((id) => id % 16) })));
    graph.dispose();
    return most;
  };
  // A layer's input is 128,000 bytes; the second layer and later ones share a node table and its plan.
  expect(bytesOf(8)).toBeLessThan(bytesOf(3) + 300_000 + 5 * 128_000);
});
