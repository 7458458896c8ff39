/** Folders as published, made by scripts/fixtures/hf_models.py: results are those of transformers. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as models from '../../lib/models/index.js';
import { functional as F } from '../../lib/nn/index.js';
import { type DType, type Tensor, torch } from '../../lib/tensor/index.js';
import { fixturePath, maxDifference, recorded } from '../nn/fixtures.js';
import { published } from './published-folders.js';

const folder = (name: string) => fixturePath('models', 'hf', name);
const load = (from: string, dtype?: DType) => models.loadGraph(from, { dtype });
const idsOf = (tensor: Tensor) => (tensor.toArray() as (number | bigint)[]).map(Number);

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'earsight-published-'));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

/** A copy of a folder whose config.json has other fields. */
function changed(name: string, fields: object): string {
  cpSync(folder(name), scratch, { recursive: true });
  const file = join(scratch, 'config.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...fields }));
  return scratch;
}

describe.each(published)('%s', (name) => {
  const expected = recorded(`models/hf/${name}/expected.safetensors`);
  const inputs = [0, 1, 2].map((i) => ({
    ...{ inputIds: idsOf(expected[`ids.${i}`]), logits: expected[`logits.${i}`] },
    ...{ bf16: expected[`bf16.${i}`], greedy: expected[`greedy.${i}`] },
  }));

  test('logits and gradients', () => {
    const graph = load(folder(name));
    for (const { inputIds, logits } of inputs)
      expect(maxDifference(graph.logits({ inputIds }).detach(), logits)).toBeLessThanOrEqual(1e-5);
    const { inputIds } = inputs[2];
    const last = inputIds.length - 1;
    const rows = graph.logits({ inputIds }).narrow(0, 0, last);
    F.crossEntropy(rows, expected['ids.2'].narrow(0, 1, last)).backward();
    const parameters = graph.namedParameters();
    const recordedNames = Object.keys(expected).filter((key) => key.startsWith('grad.'));
    expect(parameters.map(([key]) => `grad.${key}`).sort()).toEqual(recordedNames.sort());
    for (const [key, { grad }] of parameters) {
      expect(maxDifference(grad!, expected[`grad.${key}`])).toBeLessThanOrEqual(1e-4);
    }
  });

  test('greedy decoding with the cache over 32 steps', () => {
    const graph = load(folder(name));
    for (const { inputIds, greedy } of inputs)
      expect(graph.generateIds(inputIds, { maxNewTokens: 32 })).toEqual(idsOf(greedy));
  });

  test("bfloat16 is as near to float32 as twice transformers' own bfloat16", () => {
    const graph = load(folder(name), 'bfloat16');
    const worst = (pairs: [Tensor, Tensor][]) => Math.max(...pairs.map((pair) => maxDifference(...pair)));
    const theirs = worst(inputs.map(({ bf16, logits }) => [bf16, logits]));
    const ours = worst(inputs.map(({ inputIds, logits }) => [graph.logits({ inputIds }).detach(), logits]));
    expect(ours).toBeLessThanOrEqual(2 * theirs);
  });

  test('a saved folder has the tensors and the configuration of the published one', () => {
    models.saveGraph(load(folder(name)), scratch);
    const written = torch.load(join(scratch, 'model.safetensors'));
    const config = JSON.parse(readFileSync(join(scratch, 'config.json'), 'utf8'));
    const original = JSON.parse(readFileSync(join(folder(name), 'config.json'), 'utf8'));
    delete original.torch_dtype;
    // A head that differs from the embeddings is stored there, whatever the configuration has.
    if (name === 'llama-untied-head') original.tie_word_embeddings = false;
    expect(config).toMatchObject({ ...original, dtype: 'float32' });
    expect(config).not.toHaveProperty('torch_dtype');
    const own = load(folder(name)).stateDict();
    expect(Object.keys(written).sort()).toEqual(Object.keys(own).sort());
    const { inputIds, logits } = inputs[1];
    expect(maxDifference(load(scratch).logits({ inputIds }).detach(), logits)).toBeLessThanOrEqual(1e-5);
  });
});

const yarn = { rope_type: 'yarn', rope_theta: 1e4, factor: 4 };
const llama3 = { ...yarn, rope_type: 'llama3', low_freq_factor: 1, high_freq_factor: 4 };
const sliding = { use_sliding_window: true, sliding_window: 8 };

test.each<[string, string, object]>([
  ['rope_scaling.rope_type', 'qwen2', { rope_scaling: { rope_type: 'dynamic', factor: 2 } }],
  ['rope_parameters.type', 'qwen3', { rope_parameters: { type: 'longrope', factor: 2 } }],
  ['rope_parameters.type', 'qwen3', { rope_parameters: { ...yarn, type: 'linear' } }],
  ['rope_parameters.sliding_attention', 'qwen3', { rope_parameters: { sliding_attention: yarn } }],
  ['rope_scaling.factor', 'qwen2', { rope_scaling: { type: 'default', factor: 4 } }],
  ['rope_scaling.factor', 'qwen2', { rope_scaling: { type: 'yarn' } }],
  ['rope_scaling.beta_fast', 'qwen2', { rope_scaling: { ...llama3, beta_fast: 32, rope_theta: 5e4 } }],
  ['rope_parameters.high_freq_factor', 'qwen3', { rope_parameters: { ...llama3, high_freq_factor: 1 } }],
  ['rope_theta', 'qwen2', { rope_theta: 1e4, rope_parameters: { rope_type: 'default', rope_theta: 1e6 } }],
  ['rope_scaling', 'qwen3', { rope_parameters: yarn, rope_scaling: { ...yarn, factor: 2 } }],
  ['partial_rotary_factor', 'qwen2', { partial_rotary_factor: 0.5 }],
  ['rope_parameters.partial_rotary_factor', 'qwen3', { rope_parameters: { partial_rotary_factor: 0.5 } }],
  ['layer_types.1', 'qwen2', { layer_types: ['full_attention', 'sliding_attention'] }],
  ['layer_types.0', 'qwen2', { ...sliding, layer_types: ['chunked_attention', 'full_attention'] }],
  ['layer_types', 'qwen2', { ...sliding, layer_types: ['sliding_attention'] }],
  ['use_sliding_window', 'llama-shards', sliding],
  ['sliding_window', 'llama-shards', { sliding_window: 8 }],
  ['mlp_bias', 'qwen2', { mlp_bias: true }],
  ['hidden_act', 'qwen2', { hidden_act: 'gelu' }],
  ['attention_dropout', 'llama-shards', { attention_dropout: 0.1 }],
  ['pretraining_tp', 'llama-shards', { pretraining_tp: 2 }],
  ['rope_interleaved', 'llama-shards', { rope_interleaved: true }],
  ['dual_chunk_attention_config', 'qwen2', { dual_chunk_attention_config: { chunk_size: 4 } }],
  ['quantization_config', 'qwen2', { quantization_config: { quant_method: 'gptq' } }],
  ['logit_scale', 'qwen2', { logit_scale: 0.5 }],
])('%s that the graph of %s does not have is refused by name: %j', (field, name, fields) => {
  expect(() => load(changed(name, fields))).toThrow(`config.json: ${field}: `);
});

test('fields of publishers that do not change the result are passed on', () => {
  const fields = {
    ...{ is_llama_config: true, rope_interleaved: false, 'transformers.js_config': { dtype: 'q4' } },
    ...{ _name_or_path: 'a/b', max_length: 4096, sliding_window: null, partial_rotary_factor: 1.0 },
  };
  const graph = load(changed('llama-shards', fields));
  expect(graph.config).toMatchObject(fields);
});

test('fields that are left out have the defaults of transformers for the model type', () => {
  const qwen = { vocab_size: 151936, intermediate_size: 22016, num_key_value_heads: 32 };
  const both = { hidden_size: 4096, num_hidden_layers: 32, num_attention_heads: 32, rms_norm_eps: 1e-6 };
  const windows = { use_sliding_window: false, sliding_window: 4096, max_window_layers: 28 };
  const defaults: Record<string, object> = {
    qwen2: { ...both, ...qwen, ...windows, max_position_embeddings: 32768 },
    qwen3: { ...both, ...qwen, ...windows, head_dim: 128, attention_bias: false },
    llama: { ...both, vocab_size: 32000, intermediate_size: 11008, max_position_embeddings: 2048 },
  };
  for (const [model_type, fields] of Object.entries(defaults)) {
    const file = join(scratch, 'config.json');
    writeFileSync(file, JSON.stringify({ model_type }));
    expect(models.readModelConfig(scratch).config).toMatchObject({ ...fields, tie_word_embeddings: false });
  }
});

test('a missing, a surplus and a misshapen tensor are named with the file', () => {
  const file = join(scratch, 'model.safetensors');
  const rewrite = (change: (weights: Record<string, Tensor>) => void) => {
    changed('qwen2', {});
    const weights = torch.load(join(folder('qwen2'), 'model.safetensors'));
    change(weights);
    torch.save(weights, file);
    return () => load(scratch);
  };
  const norm = 'model.norm.weight';
  const attempts: [(weights: Record<string, Tensor>) => void, string][] = [
    [(weights) => delete weights[norm], `missing keys: ${norm}`],
    [(weights) => Object.assign(weights, { 'model.other': torch.ones([2]) }), 'unknown keys: model.other'],
    [(weights) => Object.assign(weights, { [norm]: torch.ones([4, 8]) }), `${norm} has shape [4,8]`],
  ];
  for (const [change, problem] of attempts) {
    const attempt = rewrite(change);
    expect(attempt).toThrow(problem);
    expect(attempt).toThrow(file);
  }
});
