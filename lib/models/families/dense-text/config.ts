/** config.json of dense text models (Qwen2, Qwen3, Llama), as transformers writes it. */
import { z } from 'zod';
import type { TextConfig } from '../../blocks/settings.js';
import type { ConfigFailure } from '../../family.js';
import { fieldProblems } from '../../problems.js';
import { described } from './described-fields.js';
import { ropeConflict, ropeDict, ropeOf } from './rope-settings.js';

export type DenseTextType = 'qwen2' | 'qwen3' | 'llama';

const size = (most: number) => z.int().positive().max(most);
const layerTypes = z.array(z.enum(['full_attention', 'sliding_attention'])).nullish();
/** Of a setting that the graph does not have: the value that stands for its absence. */
const absent = <Value extends boolean | number | string>(value: Value) => z.literal(value).nullish();

/** Fields that all types have, with the defaults of transformers where these are the same. */
const common = {
  num_hidden_layers: size(1024).default(32),
  num_attention_heads: size(1024).default(32),
  hidden_size: size(2 ** 16).default(4096),
  rms_norm_eps: z.number().positive().max(1).default(1e-6),
  tie_word_embeddings: z.boolean().default(false),
  rope_theta: z.number().positive().optional(),
  rope_parameters: ropeDict.nullish(),
  rope_scaling: ropeDict.nullish(),
  partial_rotary_factor: absent(1),
  hidden_act: z.enum(['silu', 'swish']).optional(),
  attention_dropout: absent(0),
  ...described,
};

const qwen = {
  ...common,
  vocab_size: size(2 ** 24).default(151_936),
  intermediate_size: size(2 ** 20).default(22_016),
  num_key_value_heads: size(1024).nullable().default(32),
  max_position_embeddings: size(2 ** 40).default(32_768),
  use_sliding_window: z.boolean().default(false),
  sliding_window: size(2 ** 40)
    .nullable()
    .default(4096),
  max_window_layers: z.int().nonnegative().default(28),
  layer_types: layerTypes,
  mlp_bias: absent(false),
  use_mrope: absent(false),
};

const headDim = size(2 ** 13);
const types = {
  // Queries, keys and values of Qwen2 always have biases.
  qwen2: z.strictObject({
    ...{ model_type: z.literal('qwen2'), ...qwen },
    ...{ head_dim: headDim.nullish(), attention_bias: absent(false) },
  }),
  qwen3: z.strictObject({
    ...{ model_type: z.literal('qwen3'), ...qwen },
    ...{ head_dim: headDim.nullable().default(128), attention_bias: z.boolean().default(false) },
  }),
  llama: z.strictObject({
    ...{ model_type: z.literal('llama'), ...common },
    vocab_size: size(2 ** 24).default(32_000),
    intermediate_size: size(2 ** 20).default(11_008),
    num_key_value_heads: size(1024).nullish(),
    head_dim: headDim.nullish(),
    max_position_embeddings: size(2 ** 40).default(2048),
    attention_bias: z.boolean().default(false),
    mlp_bias: z.boolean().default(false),
    pretraining_tp: absent(1),
    rope_interleaved: absent(false),
    use_sliding_window: absent(false),
    sliding_window: z.null().optional(),
    layer_types: z.array(z.literal('full_attention')).nullish(),
  }),
};

export type DenseTextConfig = z.infer<(typeof types)[DenseTextType]>;
type Config = DenseTextConfig;

/** What a type must have besides the kinds and ranges of its fields. */
function check<Schema extends z.ZodType<Config>>(schema: Schema): Schema {
  return schema.superRefine((config, context) => {
    const wrong = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message, input: config });
    if (headDimOf(config) % 2 !== 0)
      wrong(['head_dim'], 'must be even; left out, it is hidden_size / num_attention_heads (128 for qwen3)');
    if (config.num_attention_heads % kvHeadsOf(config) !== 0)
      wrong(['num_key_value_heads'], 'must divide num_attention_heads');
    const conflict = ropeConflict(config);
    if (conflict === 'rope_theta')
      wrong(['rope_theta'], 'differs from that of rope_parameters or rope_scaling');
    else if (conflict !== null) wrong([conflict], 'differs from rope_parameters');
    checkLayerTypes(config, wrong);
  });
}

function checkLayerTypes(config: Config, wrong: (path: (string | number)[], message: string) => void): void {
  const { layer_types: types, num_hidden_layers: layers } = config;
  if (types == null) return;
  if (types.length !== layers)
    wrong(['layer_types'], `must have one type a layer, ${layers}; it has ${types.length}`);
  const sliding = (types as string[]).indexOf('sliding_attention');
  if (sliding !== -1 && windowOf(config) === null)
    wrong(['layer_types', sliding], 'needs use_sliding_window true and a sliding_window');
}

const schemas = { qwen2: check(types.qwen2), qwen3: check(types.qwen3), llama: check(types.llama) };

export function parseConfig(
  modelType: DenseTextType,
  given: object,
  fail: ConfigFailure = (problem) => new TypeError(`model config: ${problem}`),
): Config {
  const json = { ...given, model_type: modelType };
  const schema = schemas[modelType];
  const result = schema.safeParse(json);
  if (!result.success) throw fail(fieldProblems(schema, result.error, json));
  // Of the file's weights: a graph holds them in a dtype of the caller's choice.
  const { dtype: _, torch_dtype: __, ...config } = result.data;
  return config as Config;
}

function headDimOf({ head_dim, hidden_size, num_attention_heads }: Config): number {
  return head_dim ?? hidden_size / num_attention_heads;
}

function kvHeadsOf({ num_key_value_heads, num_attention_heads }: Config): number {
  return num_key_value_heads ?? num_attention_heads;
}

function windowOf({ use_sliding_window, sliding_window }: Config): number | null {
  return use_sliding_window ? (sliding_window ?? null) : null;
}

/** By `layer_types`, else the layers from `max_window_layers` on. */
function windowsOf(config: Config): (number | null)[] {
  const window = windowOf(config);
  const first = 'max_window_layers' in config ? config.max_window_layers : 0;
  return Array.from({ length: config.num_hidden_layers }, (_, layer) => {
    const type = config.layer_types?.[layer];
    const isSliding = type === undefined ? layer >= first : type === 'sliding_attention';
    return isSliding ? window : null;
  });
}

/** The decoder's settings: positions have one axis, which all frequencies follow. */
export function settingsOf(config: Config): TextConfig {
  const dim = headDimOf(config);
  const isQwen2 = config.model_type === 'qwen2';
  const { theta, scaling } = ropeOf(config);
  return {
    vocab: config.vocab_size,
    hiddenSize: config.hidden_size,
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    kvHeads: kvHeadsOf(config),
    headDim: dim,
    intermediate: config.intermediate_size,
    ropeTheta: theta,
    ropeScaling: scaling,
    mropeSection: [dim / 2, 0, 0],
    mropeInterleaved: false,
    rmsEps: config.rms_norm_eps,
    qkvBias: isQwen2 || config.attention_bias === true,
    qkNorm: config.model_type === 'qwen3',
    outputBias: !isQwen2 && config.attention_bias,
    mlpBias: config.mlp_bias === true,
    windows: windowsOf(config),
  };
}
