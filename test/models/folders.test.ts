/** Weights of folders as they may come: under other names, in shards, in part, with a false index. */
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import * as models from '../../lib/models/index.js';
import { FileError } from '../../lib/runtime/index.js';
import { type StateDict, type Tensor, torch } from '../../lib/tensor/index.js';
import { fixturePath, maxDifference, recorded } from '../nn/fixtures.js';
import { tinyConfig, tinyGraph } from './tiny.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earsight-folders-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const fixture = (name: string) => fixturePath('models', 'hf', name);
const path = (name: string) => join(folder, name);
const single = () => path('model.safetensors');
const index = () => path('model.safetensors.index.json');
const read = () => models.loadGraph(folder);
const configOf = () => JSON.parse(readFileSync(path('config.json'), 'utf8'));
const writeConfig = (fields: object) =>
  writeFileSync(path('config.json'), JSON.stringify({ ...configOf(), ...fields }));

/** A folder of a fixture whose weights have been changed. */
function withWeights(name: string, change: (weights: StateDict) => StateDict): void {
  cpSync(fixture(name), folder, { recursive: true });
  torch.save(change(torch.load(join(fixture(name), 'model.safetensors'))), single());
}

const renamed = (weights: StateDict, to: (name: string) => string): StateDict =>
  Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [to(name), tensor]));

/** Two shards of a fixture with an index. */
function withShards(change: (places: Record<string, unknown>) => void = () => {}): void {
  cpSync(fixture('qwen2'), folder, { recursive: true });
  const weights = Object.entries(torch.load(join(fixture('qwen2'), 'model.safetensors')));
  rmSync(single());
  const half = weights.length >> 1;
  const parts = { 'a.safetensors': weights.slice(0, half), 'b.safetensors': weights.slice(half) };
  const places: Record<string, unknown> = {};
  for (const [file, part] of Object.entries(parts)) {
    torch.save(Object.fromEntries(part), path(file));
    for (const [name] of part) places[name] = file;
  }
  change(places);
  writeFileSync(index(), JSON.stringify({ metadata: { total_size: 1 }, weight_map: places }));
}

function expectLogits(name: string): void {
  const { 'ids.1': ids, 'logits.1': logits } = recorded(`models/hf/${name}/expected.safetensors`);
  const inputIds = (ids.toArray() as (number | bigint)[]).map(Number);
  expect(maxDifference(read().logits({ inputIds }).detach(), logits)).toBeLessThanOrEqual(1e-5);
}

describe('names', () => {
  test.each([
    ['qwen2', (name: string) => name.replace(/^model\./, 'model.language_model.')],
    ['qwen2', (name: string) => `language_model.${name}`],
    ['qwen2-tied-bf16', (name: string) => name.replace(/^model\./, '')],
  ])('%s under another spelling gives the same logits', (name, to) => {
    withWeights(name, (weights) => ({
      ...renamed(weights, to),
      [to('model.layers.0.self_attn.rotary_emb.inv_freq')]: torch.ones([4]),
    }));
    expectLogits(name);
  });

  test('the thinker of an omni model as on the hub, with parts that are not read', () => {
    const graph = tinyGraph();
    models.saveGraph(graph, folder);
    const weights = graph.stateDict();
    torch.save(
      {
        ...renamed(weights, (name) => `thinker.${name}`),
        'thinker.audio_tower.audio_bos_eos_token.weight': torch.ones([2, 32]),
        'talker.codec_head.weight': torch.ones([8, 8]),
      },
      single(),
    );
    for (const [name, tensor] of Object.entries(read().stateDict()))
      expect([name, tensor.equal(weights[name])]).toEqual([name, true]);
    expect(tinyConfig.text.tieEmbeddings).toBe(false);
  });

  test('a weight under two spellings is refused by both', () => {
    withWeights('qwen2', (weights) => ({ ...weights, 'norm.weight': weights['model.norm.weight'] }));
    expect(read).toThrow(`${single()}: holds the same weight twice: as model.norm.weight and as norm.weight`);
  });

  test('problems name keys as the file has them', () => {
    withWeights('qwen2', ({ 'model.norm.weight': _, ...weights }) => ({
      ...renamed(weights, (name) => `language_model.${name}`),
      'language_model.model.layers.0.mlp.up_proj.weight': torch.ones([3]),
      'visual.merger.weight': torch.ones([2]),
    }));
    expect(read).toThrow(
      /language_model\.model\.layers\.0\.mlp\.up_proj\.weight has shape \[3\], expected \[/,
    );
    expect(read).toThrow(/missing keys: model\.norm\.weight; unknown keys: visual\.merger\.weight$/);
  });

  test('integers in the place of weights are refused', () => {
    withWeights('qwen2', (weights) => ({
      ...weights,
      'model.norm.weight': torch.ones(weights['model.norm.weight'].shape, { dtype: 'int8' }),
    }));
    expect(read).toThrow('model.norm.weight has dtype int8, expected one like float32');
  });
});

describe('a tied head', () => {
  const head = 'lm_head.weight';
  const table = 'model.embed_tokens.weight';
  test('that is stored too, or alone, is the embedding table', () => {
    withWeights('qwen2-tied-bf16', (weights) => ({ ...weights, [head]: weights[table] }));
    expectLogits('qwen2-tied-bf16');
    withWeights('qwen2-tied-bf16', ({ [table]: embeddings, ...weights }) => ({
      ...weights,
      [head]: embeddings,
    }));
    expectLogits('qwen2-tied-bf16');
  });

  test('that is stored with other values has weights of its own, whatever the configuration says', () => {
    cpSync(fixture('qwen2'), folder, { recursive: true });
    expect(configOf().tie_word_embeddings).toBe(false);
    writeConfig({ tie_word_embeddings: true });
    expectLogits('qwen2');
    expect(read().config).toMatchObject({ tie_word_embeddings: false });
  });
});

describe('shards', () => {
  test('are read where the index places them', () => {
    withShards();
    expectLogits('qwen2');
  });

  test('of a tensor that two files have, the index names the right one', () => {
    withShards();
    const other = torch.load(path('b.safetensors'));
    const [name, tensor] = Object.entries(torch.load(path('a.safetensors')))[0];
    torch.save({ ...other, [name]: tensor.add(1) }, path('b.safetensors'));
    expectLogits('qwen2');
  });

  test('a misshapen key is named with its file', () => {
    withShards();
    const other = torch.load(path('b.safetensors'));
    const [name] = Object.keys(other);
    torch.save({ ...other, [name]: torch.ones([1, 2, 3]) }, path('b.safetensors'));
    expect(read).toThrow(`${name} in b.safetensors has shape [1,2,3], expected [`);
    expect(read).toThrow(index());
  });

  test('a shard that is not there, or truncated, is named', () => {
    withShards();
    truncateSync(path('b.safetensors'), 1000);
    expect(read).toThrow(path('b.safetensors'));
    rmSync(path('b.safetensors'));
    expect(read).toThrow(new FileError(index(), 'names b.safetensors, which is not in the folder'));
  });

  test.each<[string, unknown]>([
    ['a folder above', `../${basename(__filename)}.safetensors`],
    ['an absolute path', '/etc/model.safetensors'],
    ['another kind of file', 'config.json'],
    ['no text', 7],
    ['the folder itself', '.'],
    ['a parent', '..'],
    ['an empty name', ''],
  ])('an index that places a tensor in %s is refused', (_, place) => {
    withShards((places) => Object.assign(places, { 'model.norm.weight': place }));
    expect(read).toThrow(
      `${index()}: weight_map: "model.norm.weight" is in ${JSON.stringify(place)}; expected the name of a .safetensors file`,
    );
  });

  test('an index with tensors that no file has, or without places, is refused', () => {
    withShards((places) => Object.assign(places, { 'model.more.weight': 'a.safetensors' }));
    expect(read).toThrow('places the tensor "model.more.weight" in a.safetensors, which does not have it');
    for (const places of [undefined, null, [], 'a.safetensors', {}]) {
      writeFileSync(index(), JSON.stringify({ weight_map: places }));
      expect(read).toThrow(`${index()}: weight_map: expected an object of file names by tensor name, got `);
    }
    writeFileSync(index(), '{"weight_map": {"__proto__": "a.safetensors"}}');
    expect(read).toThrow('places the tensor "__proto__" in a.safetensors');
  });
});

test('a truncated file, none at all, and weights in the other format are named', () => {
  cpSync(fixture('qwen2'), folder, { recursive: true });
  truncateSync(single(), 5000);
  expect(read).toThrow(single());
  rmSync(single());
  expect(read).toThrow(single());
  writeFileSync(path('pytorch_model.bin'), 'PK');
  expect(read).toThrow(`${path('pytorch_model.bin')}: weights in PyTorch's own format`);
});

test('weights are read into a graph that is there under the same names', () => {
  withWeights('qwen2', (weights) =>
    renamed(weights, (name) => name.replace(/^model\./, 'model.language_model.')),
  );
  const graph = models.loadGraph(fixture('qwen2'));
  const expected = graph.stateDict();
  const kept: [string, Tensor][] = Object.entries(expected).map(([name, tensor]) => [name, tensor.clone()]);
  for (const tensor of Object.values(expected)) tensor.zero_();
  models.loadWeights(graph, folder);
  for (const [name, tensor] of kept)
    expect([name, graph.stateDict()[name].equal(tensor)]).toEqual([name, true]);
});

test.each([
  [{ dtype: 'bf16' }, "loadGraph: dtype: expected one of float32, bfloat16, float16, float64, got 'bf16'"],
  [{ dtype: 'int8' }, 'loadGraph: dtype: expected one of float32'],
  [{ device: 'gpu' }, "loadGraph: device: expected a device, such as cpu or cuda:0, got 'gpu'"],
])('loading with %j is refused', (options, problem) => {
  expect(() => models.loadGraph(fixture('qwen2'), options as models.LoadGraphOptions)).toThrow(problem);
});

test('of many weights that do not fit the first are named', () => {
  const graph = models.loadGraph(fixture('qwen2'));
  const adapter = path('adapter');
  graph.addAdapter();
  graph.saveAdapter(adapter);
  const message = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  };
  const config = join(adapter, 'adapter_config.json');
  const json = JSON.parse(readFileSync(config, 'utf8'));
  writeFileSync(config, JSON.stringify({ ...json, r: 4 }));
  const problem = message(() => models.loadGraph(fixture('qwen2'), { adapter }));
  // 2 layers of 7 linear layers of 2 weights.
  expect(problem.match(/has shape/g)!.length).toBe(8);
  expect(problem).toContain(' and 20 more');
});

test('logits refuse what they would not use, and ids that are no list', () => {
  const graph = models.loadGraph(fixture('qwen2'));
  const wrong = (input: object) => () => graph.logits(input as { inputIds: number[] });
  expect(wrong({ input_ids: [1] })).toThrow("logits: no argument named 'input_ids'");
  expect(wrong({ inputIds: [1], pixelValues: [0] })).toThrow("logits: no argument named 'pixelValues'");
  expect(wrong({ inputIds: torch.tensor([1, 2]) })).toThrow('logits: inputIds: expected a list');
  expect(() => graph.generateIds('12' as never, { maxNewTokens: 1 })).toThrow(
    'generateIds: inputIds: expected a list',
  );
});
