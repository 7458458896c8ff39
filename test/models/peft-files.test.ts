/** PEFT's folders of adapters: written, read, and refused. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OmniGraph, parseOmniConfig } from '../../lib/models/index.js';
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
  [{ target_parameters: ['w'] }, 'target_parameters'],
  [{ init_lora_weights: 'pissa' }, 'init_lora_weights "pissa"'],
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
