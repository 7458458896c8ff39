/** Rope settings of config.json in both spellings: rope_parameters, or rope_scaling with rope_theta beside it. */
import { z } from 'zod';
import type { RopeScaling } from '../../blocks/settings.js';

const positive = z.number().positive();
const length = z.int().positive();

const fields = {
  rope_type: z.enum(['default', 'linear', 'llama3', 'yarn']).optional(),
  /** The older name of rope_type. */
  type: z.enum(['default', 'linear', 'llama3', 'yarn']).optional(),
  rope_theta: positive.optional(),
  partial_rotary_factor: z.literal(1).nullish(),
  factor: positive.nullish(),
  original_max_position_embeddings: length.nullish(),
  low_freq_factor: positive.nullish(),
  high_freq_factor: positive.nullish(),
  attention_factor: positive.nullish(),
  beta_fast: positive.nullish(),
  beta_slow: positive.nullish(),
  mscale: z.number().nonnegative().nullish(),
  mscale_all_dim: z.number().nonnegative().nullish(),
  truncate: z.boolean().optional(),
};

type Field = keyof typeof fields;
type RopeType = NonNullable<RopeDict['rope_type']>;
type RopeDict = z.infer<z.ZodObject<typeof fields>>;

const always: Field[] = ['rope_type', 'type', 'rope_theta', 'partial_rotary_factor'];
/** Fields that a type has besides these. Others would have no effect and are refused. */
const used: Record<RopeType, { required: Field[]; optional: Field[] }> = {
  default: { required: [], optional: [] },
  linear: { required: ['factor'], optional: [] },
  llama3: {
    required: ['factor', 'low_freq_factor', 'high_freq_factor'],
    optional: ['original_max_position_embeddings'],
  },
  yarn: {
    required: ['factor'],
    optional: [
      ...(['original_max_position_embeddings', 'attention_factor', 'beta_fast', 'beta_slow'] as const),
      ...(['mscale', 'mscale_all_dim', 'truncate'] as const),
    ],
  },
};

const typeOf = ({ rope_type, type }: RopeDict): RopeType => rope_type ?? type ?? 'default';

export const ropeDict = z.strictObject(fields).superRefine((dict, context) => {
  const wrong = (field: Field, message: string) =>
    context.addIssue({ code: 'custom', path: [field], message, input: dict });
  const type = typeOf(dict);
  if ((dict.type ?? type) !== type) wrong('type', `differs from rope_type "${type}"`);
  const { required, optional } = used[type];
  for (const field of Object.keys(dict) as Field[]) {
    if ([...always, ...required, ...optional].includes(field) || dict[field] == null) continue;
    wrong(field, `rope of type "${type}" has no such field`);
  }
  for (const field of required)
    if (dict[field] == null) wrong(field, `rope of type "${type}" needs a number`);
  if (type === 'llama3' && !((dict.high_freq_factor ?? 2) > (dict.low_freq_factor ?? 1)))
    wrong('high_freq_factor', `must be above low_freq_factor (${dict.low_freq_factor})`);
  const { beta_fast: fast, beta_slow: slow } = dict;
  if (type === 'yarn' && (fast ?? 32) < (slow ?? 1)) wrong('beta_fast', 'must be at least beta_slow');
});

/** The fields of a configuration that describe rope. */
interface RopeFields {
  rope_theta?: number;
  rope_parameters?: RopeDict | null;
  rope_scaling?: RopeDict | null;
  max_position_embeddings: number;
}

interface Rope {
  theta: number;
  scaling: RopeScaling | null;
}

const defaultTheta = 10_000;

/** A value that both spellings give, and that differs between them: the field to name. */
export function ropeConflict(config: RopeFields): 'rope_theta' | 'rope_scaling' | null {
  const { rope_theta, rope_parameters, rope_scaling } = config;
  const thetas = [rope_parameters?.rope_theta, rope_scaling?.rope_theta, rope_theta];
  if (new Set(thetas.filter((theta) => theta !== undefined)).size > 1) return 'rope_theta';
  if (rope_parameters == null || rope_scaling == null) return null;
  const [one, other] = [rope_parameters, rope_scaling].map((dict) => JSON.stringify(scalingOf(dict, config)));
  return one === other ? null : 'rope_scaling';
}

export function ropeOf(config: RopeFields): Rope {
  const { rope_theta, rope_parameters, rope_scaling } = config;
  const theta = rope_parameters?.rope_theta ?? rope_scaling?.rope_theta ?? rope_theta ?? defaultTheta;
  return { theta, scaling: scalingOf(rope_parameters ?? rope_scaling ?? {}, config) };
}

function scalingOf(dict: RopeDict, { max_position_embeddings: longest }: RopeFields): RopeScaling | null {
  const type = typeOf(dict);
  if (type === 'default') return null;
  const originalLength = dict.original_max_position_embeddings ?? longest;
  const factor = dict.factor as number;
  if (type === 'linear') return { kind: 'linear', factor };
  if (type === 'llama3') {
    const { low_freq_factor: low, high_freq_factor: high } = dict;
    return {
      ...{ kind: 'llama3', factor, originalLength },
      ...{ lowFrequencyFactor: low as number, highFrequencyFactor: high as number },
    };
  }
  return {
    ...{ kind: 'yarn', factor, originalLength, truncate: dict.truncate ?? true },
    ...{ betaFast: dict.beta_fast ?? 32, betaSlow: dict.beta_slow ?? 1 },
    attentionFactor: dict.attention_factor ?? attentionFactor(factor, dict),
  };
}

/** The factor on cos and sin where the file gives none (YaRN, https://arxiv.org/abs/2309.00071, and DeepSeek's mscale). */
function attentionFactor(factor: number, { mscale, mscale_all_dim }: RopeDict): number {
  const grown = (by: number): number => (factor <= 1 ? 1 : 0.1 * by * Math.log(factor) + 1);
  return mscale && mscale_all_dim ? grown(mscale) / grown(mscale_all_dim) : grown(1);
}
