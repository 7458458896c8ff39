/** Adapters of graphs: what of a graph they are part of, and what they leave as it was. */
import { join } from 'node:path';
import { loadGraph, OmniGraph, parseOmniConfig } from '../../lib/models/index.js';
import { memoryStats, noGrad, scope, type Tensor, torch } from '../../lib/tensor/index.js';
import { tinyConfig } from './tiny.js';

const folder = join(__dirname, '../fixtures/models/hf/qwen2');
const inputIds = [3, 1, 4, 1, 5];
const load = () => loadGraph(folder);
type Graph = ReturnType<typeof load>;

const sameBits = (a: Tensor, b: Tensor) => expect(torch.equal(a, b)).toBe(true);
const fill = (graph: Graph) =>
  noGrad(() => {
    torch.manualSeed(1);
    for (const tensor of graph.adapter!.parameters()) tensor.normal_(0, 0.1);
  });
const logits = (graph: Graph) => noGrad(() => graph.logits({ inputIds }));

function adapted(options?: Parameters<Graph['addAdapter']>[0]): Graph {
  const graph = load();
  graph.addAdapter(options);
  fill(graph);
  return graph;
}

test('the default target is every linear layer of the decoder, and no head', () => {
  const graph = load();
  const layers = graph.namedParameters().filter(([name]) => /_proj\.weight$/.test(name));
  const report = graph.addAdapter();
  expect(report.text).toEqual(layers.map(([name]) => name.replace('.weight', '')));
  expect(report.text).toHaveLength(7 * 2);
  expect([report.vision, report.audio, report.saved]).toEqual([[], [], []]);
});

test('names of layers that the towers have, too, are reported by tower', () => {
  const graph = new OmniGraph(parseOmniConfig(tinyConfig));
  expect(graph.addAdapter().audio).toEqual([]);
  graph.removeAdapter();
  const { text, audio } = graph.addAdapter({ targetModules: ['q_proj'] });
  expect(text).toContain('model.layers.0.self_attn.q_proj');
  expect(audio).toContain('audio_tower.layers.0.self_attn.q_proj');
});

test('parameters have the adapter; the state dict and the graph without the adapter are the base', () => {
  const base = load();
  const graph = adapted({ modulesToSave: ['norm', 'lm_head'], bias: 'all' });
  const trained = graph.namedParameters().filter(([, tensor]) => tensor.requiresGrad);
  expect(trained.length).toBeGreaterThan(20);
  expect(trained.every(([name]) => name.startsWith('adapter.'))).toBe(true);
  const state = graph.stateDict();
  expect(Object.keys(state)).toEqual(Object.keys(base.stateDict()));
  for (const [name, tensor] of Object.entries(base.stateDict())) sameBits(state[name], tensor);
  sameBits(
    graph.withoutAdapter(() => logits(graph)),
    logits(base),
  );
  expect(torch.equal(logits(graph), logits(base))).toBe(false);
  graph.removeAdapter();
  sameBits(logits(graph), logits(base));
});

test('an async function sees the base alone, and other code the adapter meanwhile', async () => {
  const graph = adapted({ modulesToSave: ['lm_head'] });
  const [withAdapter, base] = [logits(graph), logits(load())];
  let go = () => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const pending = graph.withoutAdapter(async () => {
    await gate;
    return logits(graph);
  });
  sameBits(logits(graph), withAdapter);
  go();
  sameBits(await pending, base);
});

test('a clone has an adapter of its own', () => {
  const graph = adapted({ dora: true, modulesToSave: ['lm_head'] });
  const before = logits(graph);
  const state = torch.getRngState();
  const copy = graph.clone();
  sameBits(torch.getRngState(), state);
  sameBits(logits(copy), before);
  fillZero(graph);
  sameBits(logits(copy), before);
});
const fillZero = (graph: Graph) =>
  noGrad(() => {
    for (const tensor of graph.adapter!.parameters()) tensor.zero_();
  });

test('train, eval, requiresGrad_ and to reach the adapter', () => {
  const graph = adapted();
  expect(graph.eval().adapter!).toMatchObject({ training: false });
  graph.train();
  expect(graph.adapter!.modules().every(({ training }) => training)).toBe(true);
  graph.requiresGrad_(false);
  expect(graph.adapter!.parameters().some((tensor) => tensor.requiresGrad)).toBe(false);
  graph.to('float64');
  expect(new Set(graph.adapter!.parameters().map(({ dtype }) => dtype))).toEqual(new Set(['float64']));
});

test('removing, merging and disposing free the memory of the adapter', () => {
  const graph = load();
  const before = memoryStats().cpuBytes;
  const add = () => graph.addAdapter({ dora: true, modulesToSave: ['lm_head'], bias: 'all' });
  for (const free of [() => graph.removeAdapter(), () => graph.mergeAdapter()]) {
    scope(add);
    expect(memoryStats().cpuBytes).toBeGreaterThan(before);
    scope(free);
    expect(memoryStats().cpuBytes).toBe(before);
  }
  const weights = graph.parameters();
  scope(add);
  graph.dispose();
  expect(memoryStats().cpuBytes).toBeLessThan(before);
  expect(() => weights[0].add(1)).toThrow('disposed');
});

test('a second adapter, and a missing one, are refused', () => {
  const graph = adapted();
  expect(() => graph.addAdapter()).toThrow('has an adapter already; call mergeAdapter() or removeAdapter()');
  graph.removeAdapter();
  expect(() => graph.mergeAdapter()).toThrow('mergeAdapter: the graph has no adapter');
});

test('an update of the head is refused, and any change of a head that is tied to the embeddings', () => {
  const graph = load();
  expect(() => graph.addAdapter({ targetModules: ['lm_head'] })).toThrow(
    'lm_head: an update of the head is not',
  );
  graph.addAdapter({ targetModules: ['embed_tokens'] });
  const tied = loadGraph(`${folder}-tied-bf16`);
  for (const options of [{ targetModules: ['embed_tokens'] }, { modulesToSave: ['embed_tokens'] }])
    expect(() => tied.addAdapter(options)).toThrow('embed_tokens: the head has the same weights (tied)');
  expect(tied.adapter).toBeNull();
});

test('decoding with a cache has the adapter, and none in withoutAdapter', () => {
  const graph = adapted({ modulesToSave: ['lm_head'], dora: true });
  const options = { maxNewTokens: 12 };
  const decoded = graph.generateIds(inputIds, options);
  // Without a cache: one pass a token.
  const ids = [...inputIds];
  for (let i = 0; i < options.maxNewTokens; i++)
    ids.push(
      Number(
        (
          noGrad(() => graph.logits({ inputIds: ids }))
            .argmax(-1)
            .toArray() as unknown[]
        ).at(-1),
      ),
    );
  expect(decoded).toEqual(ids.slice(inputIds.length));
  const base = load().generateIds(inputIds, options);
  expect(graph.withoutAdapter(() => graph.generateIds(inputIds, options))).toEqual(base);
  expect(base).not.toEqual(decoded);
});

test('a copy of a graph knows the folder of its weights, and trained copies leave no tensors behind', () => {
  const graph = load();
  expect(graph.clone().source).toBe(folder);
  const before = memoryStats().liveTensors;
  for (let i = 0; i < 5; i += 1) {
    graph.addAdapter({ modulesToSave: ['lm_head', 'model.norm'], bias: 'all' });
    graph.removeAdapter();
  }
  expect(memoryStats().liveTensors).toBe(before);
});
