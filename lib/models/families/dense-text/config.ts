/** config.json of dense text models (Qwen2, Qwen3, Llama), as transformers writes it. */
import { z } from 'zod';
import type { TextConfig } from '../../blocks/settings.js';
import type { ConfigFailure } from '../../family.js';
import { fieldProblems } from '../../problems.js';

export type DenseTextType = 'qwen2' | 'qwen3' | 'llama';

const size = (most: number) => z.int().positive().max(most);
const theta = z.number().positive();
/** The plain rotation alone: a scaled one gives other logits. */
const rope = z.strictObject({
  rope_type: z.literal('default').optional(),
  type: z.literal('default').optional(),
  rope_theta: theta.optional(),
  partial_rotary_factor: z.literal(1).optional(),
});
const id = z.union([z.int(), z.array(z.int()), z.null()]).optional();

/** Fields that change the result have one value if the graph has one; fields that do not are passed on to saved folders. */
const fields = {
  vocab_size: size(2 ** 24),
  hidden_size: size(2 ** 16),
  num_hidden_layers: size(1024),
  num_attention_heads: size(1024),
  num_key_value_heads: size(1024).nullish(),
  head_dim: size(2 ** 13).nullish(),
  intermediate_size: size(2 ** 20),
  rope_theta: theta.optional(),
  rope_parameters: rope.nullish(),
  rope_scaling: rope.nullish(),
  rms_norm_eps: z.number().positive().max(1).default(1e-6),
  hidden_act: z.literal('silu').optional(),
  attention_bias: z.literal(false).optional(),
  attention_dropout: z.literal(0).optional(),
  mlp_bias: z.literal(false).optional(),
  use_sliding_window: z.literal(false).optional(),
  layer_types: z.array(z.literal('full_attention')).nullish(),
  tie_word_embeddings: z.boolean().default(false),
  pretraining_tp: z.literal(1).optional(),
  sliding_window: z.number().nullish(),
  max_window_layers: z.number().nullish(),
  max_position_embeddings: z.number().optional(),
  initializer_range: z.number().optional(),
  use_cache: z.boolean().optional(),
  bos_token_id: id,
  eos_token_id: id,
  pad_token_id: id,
  architectures: z.array(z.string()).nullish(),
  dtype: z.string().nullish(),
  torch_dtype: z.string().nullish(),
  transformers_version: z.string().optional(),
};

const schema = z
  .strictObject({ ...fields, model_type: z.enum(['qwen2', 'qwen3', 'llama']) })
  .refine((config) => headDimOf(config) % 2 === 0, {
    path: ['head_dim'],
    message: 'must be even; left out, it is hidden_size / num_attention_heads (128 for qwen3)',
  })
  .refine((config) => new Set(thetasOf(config)).size <= 1, {
    path: ['rope_theta'],
    message: 'differs from that of rope_parameters or rope_scaling',
  })
  .refine((config) => config.num_attention_heads % kvHeadsOf(config) === 0, {
    path: ['num_key_value_heads'],
    message: 'must divide num_attention_heads',
  });

export type DenseTextConfig = z.infer<typeof schema>;

export function parseConfig(
  modelType: DenseTextType,
  given: object,
  fail: ConfigFailure = (problem) => new TypeError(`model config: ${problem}`),
): DenseTextConfig {
  const json = { ...given, model_type: modelType };
  const result = schema.safeParse(json);
  if (!result.success) throw fail(fieldProblems(schema, result.error, json));
  return result.data;
}

type Heads = { hidden_size: number; num_attention_heads: number };

function headDimOf(config: Heads & { head_dim?: number | null; model_type: string }): number {
  const whole = config.hidden_size / config.num_attention_heads;
  return config.head_dim ?? (config.model_type === 'qwen3' ? 128 : whole);
}

function kvHeadsOf(config: Heads & { num_key_value_heads?: number | null }): number {
  return config.num_key_value_heads ?? config.num_attention_heads;
}

type Ropes = { [name in 'rope_parameters' | 'rope_scaling']?: z.infer<typeof rope> | null };

/** By either spelling of the rope settings. */
function thetasOf({ rope_parameters, rope_scaling, rope_theta }: Ropes & { rope_theta?: number }): number[] {
  const all = [rope_parameters?.rope_theta, rope_scaling?.rope_theta, rope_theta];
  return all.filter((one) => one !== undefined);
}

/** The decoder's settings: positions have one axis, which all frequencies follow. */
export function settingsOf(config: DenseTextConfig): TextConfig {
  const headDim = headDimOf(config);
  return {
    vocab: config.vocab_size,
    hiddenSize: config.hidden_size,
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    kvHeads: kvHeadsOf(config),
    headDim,
    intermediate: config.intermediate_size,
    ropeTheta: thetasOf(config)[0] ?? 10000,
    mropeSection: [headDim / 2, 0, 0],
    mropeInterleaved: false,
    rmsEps: config.rms_norm_eps,
    qkvBias: config.model_type === 'qwen2',
    qkNorm: config.model_type === 'qwen3',
  };
}
