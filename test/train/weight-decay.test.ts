/** Which parameters weight decay changes: those of transformers' Trainer, whatever optimizer and trainer. */

import type { FamilyGraph, ModelGraph } from '../../lib/models/index.js';
import * as nn from '../../lib/nn/index.js';
import { torch } from '../../lib/tensor/index.js';
import { SFTTrainer, type TrainableModel } from '../../lib/train/index.js';
import { decayed } from '../../lib/train/weight-decay.js';
import { answerOnly, samples, tinyModel } from './tiny-model.js';

class Layers extends nn.Module {
  readonly proj = new nn.Linear(2, 2);
  readonly ln_q = new nn.RMSNorm(2);
  readonly ln_post = new nn.LayerNorm(2);
  readonly norm1 = new nn.RMSNorm(2);
  readonly norm2 = new nn.LayerNorm(2);
  readonly q_norm = new nn.RMSNorm(2);
  readonly norm = new nn.RMSNorm(2);
  readonly input_layernorm = new nn.RMSNorm(2);
  readonly postRMSNorm = new nn.RMSNorm(2);
  readonly normalizer = new nn.Linear(2, 2);
  readonly relative_attention_bias = new nn.Embedding(2, 2);
  readonly logit_bias = nn.parameter(torch.ones([2]));
  readonly scale = nn.parameter(torch.ones([2]));

  forward(): never {
    throw new Error('has no forward');
  }
}

// What transformers 5.24's get_parameter_names gives for modules of these names and kinds.
test('norms by LayerNorm or name, and biases, are spared', () => {
  const layers = new Layers();
  const isDecayed = decayed(layers as unknown as ModelGraph);
  const names = layers.namedParameters().filter(([, parameter]) => isDecayed(parameter));
  expect(names.map(([name]) => name).sort()).toEqual([
    'ln_q.weight',
    'norm1.weight',
    'normalizer.weight',
    'proj.weight',
    'scale',
  ]);
});

type Values = Record<string, unknown>;

async function afterOneStep(prepare: (model: TrainableModel) => void, config: object): Promise<Values> {
  const model = tinyModel();
  prepare(model);
  await new SFTTrainer({
    model,
    trainDataset: samples,
    formatCompletion: answerOnly,
    config: {
      ...{ outputDir: null, maxSteps: 1, learningRate: 1e-2, lrSchedulerType: 'constant' },
      ...config,
    },
  }).train();
  return Object.fromEntries(model.graph.namedParameters().map(([name, tensor]) => [name, tensor.toArray()]));
}

const layer = 'model.layers.0.';
const matrices = ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj', 'self_attn.o_proj'];
const all = [...matrices, 'mlp.gate_proj', 'mlp.up_proj', 'mlp.down_proj'];

describe('the weights that a step leaves otherwise with weightDecay', () => {
  const changed = async (prepare: (model: TrainableModel) => void, config: object) => {
    const without = await afterOneStep(prepare, config);
    const decay = await afterOneStep(prepare, { ...config, weightDecay: 0.5 });
    return Object.keys(without)
      .filter((name) => JSON.stringify(decay[name]) !== JSON.stringify(without[name]))
      .sort();
  };

  test.each(['adamw', 'muon'] as const)(
    '%s: embeddings, which are the head too, and matrices',
    async (optim) => {
      const expected = ['model.embed_tokens.weight', ...all.map((name) => `${layer}${name}.weight`)];
      expect(await changed(() => {}, { optim })).toEqual(expected.sort());
    },
  );

  test('of an adapter: its updates, no norm or bias that is trained whole', async () => {
    const adapter = { r: 2, targetModules: ['q_proj'], modulesToSave: ['norm'], bias: 'all' as const };
    const prepare = ({ graph }: TrainableModel) => {
      torch.manualSeed(5);
      (graph as FamilyGraph).addAdapter(adapter);
    };
    // lora_B starts at 0, of which nothing is taken.
    expect(await changed(prepare, {})).toEqual([`adapter.${layer}self_attn.q_proj.lora_A.weight`]);
  });
});
