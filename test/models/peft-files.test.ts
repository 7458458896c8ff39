/** PEFT's folders of adapters: written, read, and refused. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type FamilyGraph,
  loadGraph,
  type ModelGraph,
  OmniGraph,
  parseOmniConfig,
  smallConfig,
} from '../../lib/models/index.js';
import { OmniModel } from '../../lib/omni/index.js';
import { noGrad, torch } from '../../lib/tensor/index.js';
import { tinyConfig } from './tiny.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'adapter-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const build = () => new OmniGraph(parseOmniConfig(tinyConfig));
const options = { targetModules: /model\.layers\.\d+\.self_attn\.[qv]_proj/, r: 2, alpha: 6, dora: true };

function saved() {
  const graph = build();
  graph.addAdapter(options);
  noGrad(() => {
    for (const tensor of graph.adapter!.parameters()) tensor.normal_();
  });
  graph.saveAdapter(folder);
  return graph.adapter!;
}

function read() {
  const graph = build();
  graph.loadAdapter(folder);
  return graph.adapter!;
}

const change = (fields: object) => {
  const file = join(folder, 'adapter_config.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...fields }));
};

test('a saved adapter has the names of PEFT and is read bit for bit', () => {
  const adapter = saved();
  const keys = Object.keys(torch.load(join(folder, 'adapter_model.safetensors')));
  const layer = 'base_model.model.model.layers.1.self_attn.v_proj';
  expect(keys).toHaveLength(12);
  for (const part of ['lora_A.weight', 'lora_B.weight', 'lora_magnitude_vector'])
    expect(keys).toContain(`${layer}.${part}`);
  const loaded = read().stateDict();
  for (const [name, tensor] of Object.entries(adapter.stateDict()))
    expect(torch.equal(tensor, loaded[name])).toBe(true);
});

test.each([
  [{ bias: 'some' }, 'bias "some"'],
  [{ modules_to_save: 'lm_head' }, 'modules_to_save "lm_head"'],
  [{ lora_bias: true }, 'lora_bias true: this field is not implemented'],
  ...['pissa', 'pissa_niter_4', 'olora', 'loftq', 'eva', 'corda', 'orthogonal', 'lora_ga'].map(
    (start): [object, string] => [
      { init_lora_weights: start },
      `init_lora_weights "${start}"; expected true, false or "gaussian"`,
    ],
  ),
  ...Object.entries({
    target_parameters: ['mlp.experts'],
    trainable_token_indices: [3],
    alora_invocation_tokens: [1, 2],
    loftq_config: { loftq_bits: 4 },
    eva_config: { rho: 2 },
    layer_replication: [[0, 1]],
    use_qalora: true,
    use_bdlora: { nblocks: 2 },
    fan_in_fan_out: true,
    ensure_weight_tying: true,
    megatron_config: { a: 1 },
    arrow_config: { top_k: 3 },
    kasa_config: { beta: 1 },
  }).map(([field, value]): [object, string] => [
    { [field]: value },
    `${field} ${JSON.stringify(value)}: this field is not implemented`,
  ]),
  [{ target_modules: 'all-linear' }, 'target_modules "all-linear": expected the names'],
  [{ target_modules: '(?P<a>q_proj)' }, 'target_modules "(?P<a>q_proj)": Invalid regular expression'],
  [{ target_modules: null }, 'target_modules is missing'],
  [{ peft_type: 'IA3' }, 'peft_type "IA3"'],
  [{ some_new_field: 3 }, 'some_new_field 3'],
])('%j is refused by name', (fields, problem) => {
  saved();
  change(fields);
  expect(read).toThrow(problem);
});

test('weights of another rank are refused, and leave no adapter', () => {
  saved();
  change({ r: 3 });
  const graph = build();
  expect(() => graph.loadAdapter(folder)).toThrow('q_proj.lora_A.weight has shape [2,32], expected [3,32]');
  expect(graph.model.layers.at(0)!.self_attn.q_proj.adapter).toBeNull();
});

/** The adapter's weights under other names. */
function renamed(to: (name: string) => string) {
  const file = join(folder, 'adapter_model.safetensors');
  const weights = Object.entries(torch.load(file)).map(([name, tensor]) => [to(name), tensor.clone()]);
  torch.save(Object.fromEntries(weights), file);
}

test.each(['thinker.model', 'model.language_model', 'thinker.model.language_model'])(
  'names with %s are read, and written as they were read',
  (spelling) => {
    const adapter = saved();
    renamed((name) => name.replace('base_model.model.model.', `base_model.model.${spelling}.`));
    change({
      target_modules: `${spelling}\\.layers\\..*\\.[qv]_proj`,
      base_model_name_or_path: 'some/model',
    });
    const graph = build();
    graph.loadAdapter(folder);
    for (const [name, tensor] of Object.entries(adapter.stateDict()))
      expect(torch.equal(tensor, graph.adapter!.stateDict()[name])).toBe(true);
    const out = join(folder, 'again');
    graph.clone().saveAdapter(out);
    const keys = Object.keys(torch.load(join(out, 'adapter_model.safetensors')));
    expect(keys).toContain(`base_model.model.${spelling}.layers.0.self_attn.q_proj.lora_A.weight`);
    expect(JSON.parse(readFileSync(join(out, 'adapter_config.json'), 'utf8'))).toMatchObject({
      base_model_name_or_path: 'some/model',
    });
  },
);

test('weights that are missing, surplus, or of parts that the model does not have are named', () => {
  saved();
  const shape = (name: string) => `base_model.model.model.layers.${name}`;
  renamed((name) => name.replace(shape('0.self_attn.q_proj.lora_A'), shape('7.self_attn.q_proj.lora_A')));
  const missing = 'missing keys: model.layers.0.self_attn.q_proj.lora_A.weight';
  expect(read).toThrow(`${missing}; unknown keys: model.layers.7.self_attn.q_proj.lora_A.weight`);
  renamed((name) => name.replace('base_model.model.model', 'base_model.model.talker.model'));
  expect(read).toThrow(/holds base_model\.model\.talker\..*, a part that the model does not have/);
});

test('loadGraph and fromPretrained take an adapter; savePretrained refuses a model that has one', async () => {
  const [base, adapter, out] = ['base', 'adapter', 'out'].map((name) => join(folder, name));
  const model = OmniModel.fromConfig(smallConfig(300));
  model.savePretrained(base);
  const report = model.addAdapter({ r: 2 });
  expect(report.text.length).toBeGreaterThan(0);
  noGrad(() => {
    for (const tensor of model.graph.adapter!.parameters()) tensor.normal_(0, 0.1);
  });
  model.saveAdapter(adapter);
  const config = JSON.parse(readFileSync(join(adapter, 'adapter_config.json'), 'utf8'));
  expect(config.target_modules).toEqual(expect.arrayContaining(['model.layers.0.self_attn.q_proj']));
  expect(() => model.savePretrained(out)).toThrow('call saveAdapter(folder) to write the adapter alone');
  expect(existsSync(out)).toBe(false);

  const inputIds = [1, 2, 3];
  const logits = (graph: ModelGraph) => noGrad(() => (graph as FamilyGraph).logits({ inputIds }));
  const expected = logits(model.graph);
  const read = await OmniModel.fromPretrained(base, { adapter });
  expect(torch.equal(logits(read.graph), expected)).toBe(true);
  expect(torch.equal(logits(loadGraph(base, { adapter })), expected)).toBe(true);
  read.withoutAdapter(() => read.savePretrained(out));
  const file = readFileSync(join(base, 'model.safetensors'));
  read.mergeAdapter();
  expect(readFileSync(join(base, 'model.safetensors')).equals(file)).toBe(true);
  read.savePretrained(base);
  expect(torch.equal(logits(loadGraph(base)), logits(read.graph))).toBe(true);
  expect(torch.equal(logits(loadGraph(out, { adapter })), expected)).toBe(true);
  expect(() => loadGraph(out, { adapter: base })).toThrow('adapter_config.json');
});

test('a folder of several adapters, and a pickle, are refused', () => {
  expect(read).toThrow('adapter_config.json');
  const one = join(folder, 'first');
  saved();
  mkdirSync(one);
  renameSync(join(folder, 'adapter_config.json'), join(one, 'adapter_config.json'));
  expect(read).toThrow('holds the adapters first; expected the folder of one of them');
  renameSync(join(folder, 'adapter_model.safetensors'), join(one, 'adapter_model.bin'));
  const graph = build();
  expect(() => graph.loadAdapter(one)).toThrow('adapter_model.bin: a pickle, which is not read');
});

test('names of the library choose modules, too: targets, exclusions, ranks and modules to save', () => {
  const graph = build();
  const { text } = graph.addAdapter({
    targetModules: /thinker\.model\.layers\..*\.[qv]_proj/,
    rankPattern: { 'thinker.model.layers.0.self_attn.q_proj': 3 },
  });
  const layers = graph.model.layers.length;
  expect(text).toHaveLength(2 * layers);
  const ranks = graph.adapter!.namedParameters().filter(([name]) => name.endsWith('lora_A.weight'));
  expect(ranks.map(([, { shape }]) => shape[0])).toEqual([3, ...Array(2 * layers - 1).fill(8)]);
  graph.removeAdapter();
  const excluded = graph.addAdapter({
    targetModules: ['q_proj'],
    excludeModules: /model\.language_model\.layers\.0\..*|audio_tower.*/,
    modulesToSave: ['thinker.model.norm'],
  });
  expect(excluded.text).toEqual(
    Array.from({ length: layers - 1 }, (_, i) => `model.layers.${i + 1}.self_attn.q_proj`),
  );
  expect([excluded.audio, excluded.saved]).toEqual([[], ['model.norm.weight']]);
  graph.removeAdapter();
  const both = { targetModules: ['q_proj'], modulesToSave: ['_proj'] };
  expect(() => graph.addAdapter(both)).toThrow(/both match .*q_proj; write longer names/);
});

test('weights in bfloat16 are read as float32', () => {
  const adapter = saved();
  const file = join(folder, 'adapter_model.safetensors');
  const half = Object.entries(torch.load(file)).map(([name, tensor]) => [name, tensor.to('bfloat16')]);
  torch.save(Object.fromEntries(half), file);
  for (const [name, tensor] of Object.entries(read().stateDict())) {
    expect(tensor.dtype).toBe('float32');
    expect(torch.equal(tensor, adapter.stateDict()[name].to('bfloat16').to('float32'))).toBe(true);
  }
});

test('what options match by another spelling is written under the names of the file', () => {
  const graph = loadGraph(join(__dirname, '../fixtures/models/hf/qwen2'));
  graph.addAdapter({
    targetModules: ['language_model.layers.1.mlp.up_proj', 'self_attn.v_proj'],
    excludeModules: ['language_model.layers.0.self_attn.v_proj'],
    modulesToSave: ['language_model.norm'],
    rankPattern: { 'language_model.layers.1.mlp.up_proj': 3 },
  });
  graph.saveAdapter(folder);
  const json = JSON.parse(readFileSync(join(folder, 'adapter_config.json'), 'utf8'));
  expect(json).toMatchObject({
    target_modules: ['model.layers.1.self_attn.v_proj', 'model.layers.1.mlp.up_proj'],
    exclude_modules: null,
    modules_to_save: ['model.norm'],
    rank_pattern: { '^model\\.layers\\.1\\.mlp\\.up_proj': 3 },
  });
  graph.removeAdapter();
  expect(graph.loadAdapter(folder).text).toEqual(json.target_modules);
});

test('what options match by the names of the file is written as it was given', () => {
  const graph = loadGraph(join(__dirname, '../fixtures/models/hf/qwen2'));
  graph.addAdapter({
    targetModules: ['v_proj', 'up_proj'],
    layersToTransform: [1],
    rankPattern: { v_proj: 3 },
  });
  graph.saveAdapter(folder);
  const json = JSON.parse(readFileSync(join(folder, 'adapter_config.json'), 'utf8'));
  expect(json).toMatchObject({
    target_modules: ['v_proj', 'up_proj'],
    layers_to_transform: [1],
    rank_pattern: { v_proj: 3 },
  });
});
