/** Adapters that peft wrote, on tiny folders of text models: results are those of peft (scripts/fixtures/peft_adapters.py). */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadGraph } from '../../lib/models/index.js';
import { functional as F } from '../../lib/nn/index.js';
import { noGrad, scope, type Tensor, torch } from '../../lib/tensor/index.js';
import { fixturePath, maxDifference, recorded } from '../nn/fixtures.js';

const root = fixturePath('models', 'peft');
const variants = readdirSync(root);
const prefix = 'base_model.model.';

const configOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'adapter_config.json'), 'utf8'));
const weightsOf = (folder: string) => torch.load(join(folder, 'adapter_model.safetensors'));

function open(variant: string) {
  const folder = join(root, variant);
  const base = fixturePath('models', configOf(folder).base_model_name_or_path);
  const expected = recorded(`models/peft/${variant}/expected.safetensors`);
  const dtype = variant.startsWith('bf16') ? 'bfloat16' : 'float32';
  const graph = loadGraph(base, { dtype });
  const report = graph.loadAdapter(folder);
  const inputIds = (expected.ids.toArray() as (number | bigint)[]).map(Number);
  return { folder, graph, expected, report, inputIds, logits: () => graph.logits({ inputIds }) };
}

const exact = variants.filter((name) => !name.startsWith('bf16'));

test('enough variants are recorded', () => expect(exact.length).toBeGreaterThanOrEqual(10));

test.each(exact)('%s: logits and gradients', (variant) => {
  const { graph, expected, logits } = open(variant);
  const rows = logits();
  expect(maxDifference(rows.detach(), expected.logits)).toBeLessThanOrEqual(1e-5);
  const last = rows.shape[0] - 1;
  F.crossEntropy(rows.narrow(0, 0, last), expected.ids.narrow(0, 1, last)).backward();
  const grads = Object.keys(expected).filter((key) => key.startsWith('grad.'));
  const own = graph.adapter!.namedParameters();
  expect(own.map(([name]) => `grad.${prefix}${name}`).sort()).toEqual(grads.sort());
  for (const [name, { grad }] of own)
    expect(maxDifference(grad!, expected[`grad.${prefix}${name}`])).toBeLessThanOrEqual(1e-5);
  for (const [name, { grad, requiresGrad }] of graph.namedParameters())
    if (!name.startsWith('adapter.')) expect([grad, requiresGrad]).toEqual([null, false]);
});

test.each(exact.filter((name) => name !== 'transformers'))('%s: logits of the merged model', (variant) => {
  const { graph, expected, logits } = open(variant);
  const before = logits().detach();
  graph.mergeAdapter();
  const after = logits();
  expect(after.requiresGrad).toBe(false);
  expect(maxDifference(after, expected.merged)).toBeLessThanOrEqual(1e-5);
  expect(maxDifference(after, before)).toBeLessThanOrEqual(1e-5);
});

test.each(variants.filter((name) => name.startsWith('bf16')))(
  '%s: within twice the error of peft',
  (variant) => {
    const { graph, expected, logits } = open(variant);
    const error = (tensor: Tensor) => maxDifference(tensor.to('float32'), expected.exact);
    expect(error(logits().detach())).toBeLessThanOrEqual(2 * error(expected.logits));
    graph.mergeAdapter();
    expect(error(logits())).toBeLessThanOrEqual(2 * error(expected.merged));
    const own = graph.stateDict();
    const merged = Object.keys(expected).filter((key) => key.startsWith('merged_weight.'));
    expect(merged.length).toBeGreaterThan(0);
    for (const key of merged) {
      const weight = own[key.slice('merged_weight.'.length)];
      expect(weight.dtype).toBe('bfloat16');
      // One step of bfloat16: the order of float32 sums may decide a rounding.
      const step = expected[key].to('float32').abs().max().item() / 128;
      expect(maxDifference(weight.to('float32'), expected[key].to('float32'))).toBeLessThanOrEqual(step);
    }
  },
);

test.each(variants)('%s: written as it was read', (variant) => {
  const { folder, graph } = open(variant);
  const out = mkdtempSync(join(tmpdir(), 'peft-'));
  try {
    graph.saveAdapter(out);
    const [read, written] = [weightsOf(folder), weightsOf(out)];
    const names = Object.keys(read).filter((name) => !name.endsWith('embed_tokens.base_layer.weight'));
    expect(Object.keys(written).sort()).toEqual(names.sort());
    for (const name of names) {
      expect(written[name].dtype).toBe(read[name].dtype);
      expect(torch.equal(written[name], read[name])).toBe(true);
    }
    const { peft_type, ...config } = configOf(out);
    expect(configOf(folder)).toMatchObject({ peft_type, ...config });
  } finally {
    rmSync(out, { recursive: true });
  }
});

test('an adapter of a model of another size is refused, and leaves none', () => {
  const graph = loadGraph(fixturePath('models', 'hf', 'qwen3'));
  const state = noGrad(() => scope(() => graph.namedParameters().map(([name]) => name)));
  expect(() => graph.loadAdapter(join(root, 'plain'))).toThrow(
    /adapter_model.safetensors: .*q_proj.lora_B.weight has shape \[32,4\], expected \[64,4\].*; it is an adapter of hf\/qwen2/,
  );
  expect(graph.adapter).toBeNull();
  expect(graph.namedParameters().map(([name]) => name)).toEqual(state);
  expect(() => graph.loadAdapter(join(root, 'dora-bias'))).toThrow(
    /unknown keys: .*mlp.up_proj.base_layer.bias/,
  );
});
