/** Layers that are computed again in backward: the same gradients to the bit, and what a pass keeps for them. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { flattenTrees, packTensors, type TokenTree } from '../../lib/batch/index.js';
import { linearLogprob } from '../../lib/kernels/index.js';
import { buildGraph, type FamilyGraph, type ModelGraph } from '../../lib/models/index.js';
import { noGrad, scope, torch } from '../../lib/tensor/index.js';

const qwen2 = {
  model_type: 'qwen2' as const,
  vocab_size: 50,
  hidden_size: 32,
  num_hidden_layers: 3,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  intermediate_size: 48,
  initializer_range: 0.2,
};

const tree = (ids: number[]): TokenTree => ({
  root: { spans: [], textIds: [] },
  children: [{ ids, lossMask: ids.map((_, i) => Number(i > 0)) }],
});
const trees = [
  [3, 1, 4, 1, 5, 9, 2, 6],
  [5, 3, 5],
  [8, 9, 7, 9, 3],
].map(tree);

function gradients(graph: ModelGraph, recomputes: boolean): Record<string, unknown> {
  graph.gradientCheckpointing = recomputes;
  return scope(() => {
    for (const parameter of graph.parameters()) parameter.grad = null;
    const { packed, targets } = packTensors(flattenTrees(trees, graph.layOut));
    const { logp } = linearLogprob(graph.forward(packed), graph.headWeight, targets.targets, {
      rows: targets.rows,
    });
    logp.sum().neg().backward();
    const named = graph.namedParameters().map(([name, { grad }]) => [name, grad?.toArray() ?? null]);
    return { logp: logp.detach().toArray(), ...Object.fromEntries(named) };
  });
}

test.each([
  ['all weights', () => true],
  // As with an adapter: what the first layer is given requires no grad.
  ['some weights of the layers alone', (name: string) => /layers\.[02].*q_proj/.test(name)],
])('%s: gradients are the same to the bit', (_, isTrained) => {
  torch.manualSeed(3);
  const graph = buildGraph(qwen2).train();
  for (const [name, parameter] of graph.namedParameters()) parameter.requiresGrad = isTrained(name);
  const plain = gradients(graph, false);
  expect(gradients(graph, true)).toEqual(plain);
  expect(Object.entries(plain).filter(([, grad]) => grad !== null).length).toBeGreaterThan(2);
});

test('an adapter with dropout: the masks are drawn again, and what its layers are given requires no grad', () => {
  torch.manualSeed(3);
  const graph = buildGraph(qwen2) as FamilyGraph;
  graph.train();
  graph.addAdapter({ r: 2, alpha: 8, dropout: 0.3 });
  for (const [name, parameter] of graph.namedParameters())
    if (name.includes('lora_B')) noGrad(() => parameter.normal_());
  const run = (recomputes: boolean) => {
    torch.manualSeed(4);
    return gradients(graph, recomputes);
  };
  const plain = run(false);
  expect(run(true)).toEqual(plain);
  torch.manualSeed(5);
  expect(gradients(graph, true)).not.toEqual(plain);
});

test('the inputs of the layers are all that is kept, and the estimate says so', () => {
  // A process of its own: in this one the allocator holds pages of earlier tests.
  const child = join(__dirname, 'children', 'kept-layers.cjs');
  const env = { ...process.env, OMP_NUM_THREADS: '1', MALLOC_MMAP_THRESHOLD_: String(1 << 17) };
  const { plain, recomputed, predicted } = JSON.parse(
    execFileSync(process.execPath, [child], { encoding: 'utf8', env }),
  );
  expect(recomputed).toBeLessThan(plain / 4);
  // One layer is not kept but computed at a time.
  expect(recomputed).toBeLessThan(predicted);
});
