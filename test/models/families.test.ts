/** Every family in the list: its graph, files and rules by the interfaces alone, and without weights on `meta`. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flattenTrees, type PromptRoot, packTensors, type TokenTree } from '../../lib/batch/index.js';
import { linearLogprob } from '../../lib/kernels/index.js';
import * as models from '../../lib/models/index.js';
import { functional as F, withFactory } from '../../lib/nn/index.js';
import { memoryStats, noGrad, scope, torch } from '../../lib/tensor/index.js';
import { tinyConfig } from './tiny.js';

const dense = (model_type: string, fields: object) => ({
  model_type,
  ...{ vocab_size: 48, hidden_size: 16, intermediate_size: 24, num_hidden_layers: 2 },
  ...{ num_attention_heads: 2, num_key_value_heads: 1, rope_theta: 1e4 },
  ...fields,
});

/** Small configurations of each model type: all kinds of its towers. */
const configs: Record<string, [name: string, config: models.ModelConfigInput][]> = {
  earsight_omni: [
    ['windows, one-dimensional stem', tinyConfig],
    ['the small model', models.smallConfig(64)],
    [
      'two-dimensional stem, tied head, normalised heads',
      {
        ...tinyConfig,
        text: { ...tinyConfig.text, tieEmbeddings: true, qkNorm: true },
        audio: {
          ...tinyConfig.audio!,
          ...{ stem: { kind: '2d', strides: [2, 2, 2], channels: 6 }, pool: 1, chunk: 8, projector: 'mlp' },
        },
        positions: { ...tinyConfig.positions, idsPerSecond: 12.5 },
      } as models.OmniConfigInput,
    ],
    ['text alone', { ...tinyConfig, vision: null, audio: null }],
  ],
  qwen2: [['stored head', dense('qwen2', {})]],
  qwen3: [['tied head', dense('qwen3', { head_dim: 8, tie_word_embeddings: true })]],
  llama: [['stored head', dense('llama', {})]],
};
const cases = Object.entries(configs).flatMap(([modelType, list]) =>
  list.map(([name, config]) => [`${modelType}, ${name}`, { ...config, model_type: modelType }] as const),
);

test('the table below has every model type of the list', () => {
  expect(models.families()).toEqual([
    { modelType: 'earsight_omni', family: 'earsight-omni', what: ['text', 'image', 'video', 'audio'] },
    { modelType: 'qwen2', family: 'qwen2', what: ['text'] },
    { modelType: 'qwen3', family: 'qwen3', what: ['text'] },
    { modelType: 'llama', family: 'llama', what: ['text'] },
  ]);
  expect(Object.keys(configs)).toEqual(models.families().map(({ modelType }) => modelType));
  expect(() => models.buildGraph({ model_type: 'gpt2' })).toThrow(
    'model_type "gpt2"; expected "earsight_omni" or "qwen2" or "qwen3" or "llama"',
  );
});

/** A clip of four frames and half a second of sound, as far as the graph takes them, between two markers each way. */
function rootOf(graph: models.ModelGraph): PromptRoot {
  const { device } = graph.headWeight;
  const { video, audio } = models.mediaRules(graph);
  const [height, width] = [4, 2].map((steps) => steps * (video?.step ?? 0));
  const pictures = video?.toInput(torch.zeros([4, 3, height, width], { device }), [0, 0.5, 1, 1.5]);
  const sound = audio?.toInput(torch.zeros([audio.melBins, 50], { device }));
  if (pictures === undefined || sound === undefined)
    return { spans: [{ kind: 'text', length: 2 }], textIds: [1, 2] };
  return {
    spans: [{ ...pictures.span, kind: 'clip', tokens: sound.tokens }],
    textIds: [1, 2, 3, 4],
    vision: pictures.input,
    audio: sound.input,
  };
}

const treeOf = (root: PromptRoot): TokenTree => {
  const answer = (ids: number[]) => ({ ids, lossMask: ids.map(() => 1) });
  return { root, children: [{ ids: [5, 6, 7], children: [answer([8, 9]), answer([10, 11, 12])] }] };
};

describe.each(cases)('%s, on meta', (_, config) => {
  const graph = withFactory({ device: 'meta' }, () => models.buildGraph(config));
  const batch = () => flattenTrees([treeOf(rootOf(graph))], graph.layOut);

  test('media, ids and weights on meta pass forward and backward; node tables stay on the CPU', () => {
    const before = memoryStats().cpuBytes;
    scope(() => {
      const { packed, targets } = packTensors(batch(), 'meta');
      const hidden = graph.forward(packed);
      expect(hidden.device).toBe('meta');
      expect(hidden.shape).toEqual([packed.inputIds.shape[0], graph.headWeight.shape[1]]);
      const logits = F.linear(hidden, graph.headWeight);
      expect([logits.device, logits.shape]).toEqual(['meta', [packed.inputIds.shape[0], graph.vocabSize]]);
      expect(packed.nodes.tensor.device).toBe('cpu');
      const { logp } = linearLogprob(hidden, graph.headWeight, targets.targets, { rows: targets.rows });
      expect([logp.device, logp.shape]).toEqual(['meta', [5]]);
      logp.sum().backward();
      for (const [name, { grad, shape }] of graph.namedParameters())
        expect([name, grad?.device, grad?.shape]).toEqual([name, 'meta', shape]);
    });
    for (const parameter of graph.parameters()) parameter.grad = null;
    expect(memoryStats().cpuBytes).toBe(before);
  });

  test('a cache and tokens of the towers are made there too', () => {
    const { device } = graph.headWeight;
    noGrad(() =>
      scope(() => {
        const { packed } = packTensors(batch(), device);
        const rows = packed.inputIds.shape[0];
        const cache = graph.newCache(rows);
        expect(cache.keys[0].device).toBe('meta');
        const media = graph.encodeMedia(packed);
        for (const tokens of Object.values(media)) expect(tokens.device).toBe('meta');
        const at = torch.arange(0, rows, { device });
        const hidden = graph.forward(packed, { media, cache: { store: cache, rows: at } });
        expect([hidden.device, hidden.shape[0]]).toEqual(['meta', rows]);
        cache.dispose();
      }),
    );
  });
});

describe.each(cases)('%s', (_, config) => {
  torch.manualSeed(5);
  const graph = models.buildGraph(config);

  test('a clone has the weights, in memory of its own', () => {
    const copy = graph.clone();
    const weights = graph.stateDict();
    expect(Object.keys(copy.stateDict())).toEqual(Object.keys(weights));
    for (const [name, tensor] of Object.entries(copy.stateDict())) {
      expect([name, tensor.equal(weights[name])]).toEqual([name, true]);
      tensor.fill_(7);
      expect([name, tensor.equal(weights[name])]).toEqual([name, false]);
    }
    copy.dispose();
  });

  test('towers and embeddings name parameters of the graph; a cache has the bytes that it is said to have', () => {
    const own = new Set(graph.parameters());
    const { vision = [], audio = [] } = graph.towers();
    const rules = models.mediaRules(graph);
    expect([vision.length > 0, audio.length > 0]).toEqual([rules.video !== null, rules.audio !== null]);
    const named = [...vision, ...audio, ...graph.embeddings()];
    expect(named.every((tensor) => own.has(tensor))).toBe(true);
    expect(new Set(named).size).toBe(named.length);
    expect(named.length).toBeLessThan(own.size);
    const cache = graph.newCache(3);
    const held = [...cache.keys, ...cache.values].reduce((sum, tensor) => sum + 4 * tensor.numel(), 0);
    expect(graph.cacheBytes(3)).toBe(held);
    cache.dispose();
  });

  describe('its folder', () => {
    const folder = mkdtempSync(join(tmpdir(), 'earsight-family-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    beforeAll(() => models.saveGraph(graph, folder));

    test('comes back in a dtype of choice, without a draw from the generator', () => {
      torch.manualSeed(3);
      const loaded = models.loadGraph(folder, { dtype: 'bfloat16' });
      const next = torch.rand([4]).toArray();
      torch.manualSeed(3);
      expect(next).toEqual(torch.rand([4]).toArray());
      expect(loaded.config).toEqual(graph.config);
      expect(models.readModelConfig(folder)).toEqual({ modelType: graph.modelType, config: graph.config });
      const weights = graph.stateDict();
      for (const [name, tensor] of Object.entries(loaded.stateDict()))
        expect([name, tensor.equal(weights[name].to('bfloat16'))]).toEqual([name, true]);
      expect(loaded.parameters().every(({ requiresGrad }) => requiresGrad)).toBe(true);
      loaded.dispose();
    });

    test('comes back on a device of choice', () => {
      const loaded = models.loadGraph(folder, { device: 'meta' });
      expect(new Set(loaded.parameters().map(({ device }) => device))).toEqual(new Set(['meta']));
    });

    test('its weights are copied into a graph that is there', () => {
      const other = graph.clone();
      for (const tensor of Object.values(other.stateDict())) tensor.zero_();
      models.loadWeights(other, folder);
      const weights = graph.stateDict();
      for (const [name, tensor] of Object.entries(other.stateDict()))
        expect([name, tensor.equal(weights[name])]).toEqual([name, true]);
      other.dispose();
    });
  });
});

test('no code outside a family names its classes or imports its files', () => {
  const lib = join(__dirname, '..', '..', 'lib');
  const lists = ['models/index.ts', 'models/families/index.ts'];
  const files = (readdirSync(lib, { recursive: true }) as string[]).filter(
    (file) => file.endsWith('.ts') && !lists.includes(file) && !/^models\/families\/[^/]+\//.test(file),
  );
  expect(files.length).toBeGreaterThan(200);
  const found = files.filter((file) =>
    /\bOmniGraph\b|\bOmniConfig\b|\bparseOmniConfig\b|families\/[\w-]+\//.test(
      readFileSync(join(lib, file), 'utf8'),
    ),
  );
  expect(found).toEqual([]);
});

test('fresh weights of text models have the deviation of initializer_range, biases 0 and norms 1', () => {
  torch.manualSeed(0);
  const config = dense('llama', { hidden_size: 64, intermediate_size: 256, initializer_range: 0.3 });
  const graph = models.buildGraph({ ...config, vocab_size: 500, attention_bias: true, mlp_bias: true });
  for (const [name, tensor] of graph.namedParameters()) {
    if (name.endsWith('.bias')) expect([name, tensor.abs().max().item()]).toEqual([name, 0]);
    else if (tensor.dim() === 1)
      expect([name, tensor.min().item(), tensor.max().item()]).toEqual([name, 1, 1]);
    // 2,048 draws or more: the deviation of the deviation is below 0.3 / 64.
    else expect(Math.abs((tensor.std().item() as number) - 0.3)).toBeLessThan(0.03);
  }
});
