/** Folders as published, made by scripts/fixtures/hf_models.py: results are those of transformers. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as models from '../../lib/models/index.js';
import { functional as F } from '../../lib/nn/index.js';
import { type DType, type Tensor, torch } from '../../lib/tensor/index.js';
import { fixturePath, maxDifference, recorded } from '../nn/fixtures.js';

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

describe.each(['qwen2', 'qwen2-tied', 'qwen3', 'llama-shards'])('%s', (name) => {
  const expected = recorded(`models/hf/${name}/expected.safetensors`);
  const inputIds = idsOf(expected.ids);

  test('logits and gradients', () => {
    const graph = load(folder(name));
    const logits = graph.logits({ inputIds });
    expect(maxDifference(logits.detach(), expected.logits)).toBeLessThanOrEqual(1e-5);
    const last = inputIds.length - 1;
    F.crossEntropy(logits.narrow(0, 0, last), expected.ids.narrow(0, 1, last)).backward();
    const parameters = graph.namedParameters();
    const recordedNames = Object.keys(expected).filter((key) => key.startsWith('grad.'));
    expect(parameters.map(([key]) => `grad.${key}`).sort()).toEqual(recordedNames.sort());
    for (const [key, { grad }] of parameters) {
      expect(maxDifference(grad!, expected[`grad.${key}`])).toBeLessThanOrEqual(1e-4);
    }
  });

  test('greedy decoding with the cache over 32 steps', () => {
    expect(load(folder(name)).generateIds(inputIds, { maxNewTokens: 32 })).toEqual(idsOf(expected.greedy));
  });

  test("bfloat16 is as near to float32 as twice transformers' own bfloat16", () => {
    const logits = load(folder(name), 'bfloat16').logits({ inputIds }).detach();
    const theirs = maxDifference(expected['logits.bf16'], expected.logits);
    expect(maxDifference(logits, expected.logits)).toBeLessThanOrEqual(2 * theirs);
  });

  test('a saved folder has the tensors and the configuration of the published one', () => {
    models.saveGraph(load(folder(name)), scratch);
    const written = torch.load(join(scratch, 'model.safetensors'));
    const config = JSON.parse(readFileSync(join(scratch, 'config.json'), 'utf8'));
    expect(config).toMatchObject(JSON.parse(readFileSync(join(folder(name), 'config.json'), 'utf8')));
    const own = load(folder(name)).stateDict();
    expect(Object.keys(written).sort()).toEqual(Object.keys(own).sort());
    expect(maxDifference(load(scratch).logits({ inputIds }).detach(), expected.logits)).toBeLessThanOrEqual(
      1e-5,
    );
  });
});

test.each([
  ['use_sliding_window', { use_sliding_window: true, sliding_window: 8 }],
  ['layer_types.1', { layer_types: ['full_attention', 'sliding_attention'] }],
  ['rope_parameters.rope_type', { rope_parameters: { rope_type: 'llama3', rope_theta: 1e4 } }],
  ['rope_scaling.type', { rope_scaling: { type: 'yarn' } }],
  ['rope_scaling.factor', { rope_scaling: { type: 'default', factor: 4 } }],
  ['attention_bias', { attention_bias: true }],
  ['rope_theta', { rope_theta: 1e4, rope_parameters: { rope_type: 'default', rope_theta: 1e6 } }],
  ['hidden_act', { hidden_act: 'gelu' }],
  ['logit_scale', { logit_scale: 0.5 }],
])('%s that the graph does not have is refused by name', (field, fields) => {
  expect(() => load(changed('qwen2', fields))).toThrow(`${field}: `);
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
