/**
 * The configuration of an omni model: the settings of its blocks (blocks/settings.ts says what each means), with bounds
 * and defaults.
 *
 * One set of blocks serves small models and the dense parts of published ones: Qwen2.5-Omni's thinker is these
 * blocks with `stem 1d`, windows, RMSNorm and chunked positions; Qwen3-Omni's audio tower is `stem 2d` without
 * pooling, its decoder attention is `qkNorm` with interleaved rotary sections.
 */
import { z } from 'zod';
import { audioTokens } from '../../blocks/audio-layout.js';
import { fieldProblems } from '../../problems.js';

/** `model_type` in config.json. */
export const modelType = 'earsight_omni';

/**
 * Sizes go up to several times those of the largest published models. A configuration from elsewhere decides
 * the lengths of lists and loops before any weight is read.
 */
const size = (most: number) => z.int().positive().max(most);
const layers = size(1024);
const heads = size(1024);
const width = size(2 ** 16);
const intermediate = size(2 ** 20);
const strides = z.array(size(64)).min(1).max(8);
const count = z.int().nonnegative();
const scale = z.number().positive().max(1e12);

const textConfig = z
  .strictObject({
    vocab: size(2 ** 24),
    hiddenSize: width,
    layers,
    heads,
    kvHeads: heads,
    headDim: size(2 ** 13),
    intermediate,
    ropeTheta: scale.default(1e6),
    mropeSection: z.tuple([count, count, count]),
    mropeInterleaved: z.boolean().default(false),
    rmsEps: z.number().positive().max(1).default(1e-6),
    qkvBias: z.boolean().default(true),
    qkNorm: z.boolean().default(false),
    /** The output head is the embedding table. */
    tieEmbeddings: z.boolean().default(true),
  })
  .refine((text) => text.heads % text.kvHeads === 0, { path: ['kvHeads'], error: 'must divide heads' })
  .refine((text) => text.mropeSection.reduce((sum, n) => sum + n) === text.headDim / 2, {
    path: ['mropeSection'],
    error: 'must add up to headDim / 2',
  });

const visionConfig = z
  .strictObject({
    channels: size(64).default(3),
    patch: size(1024),
    temporalPatch: size(64).default(2),
    width,
    depth: layers,
    heads,
    intermediate,
    mergeSize: size(64).default(2),
    window: width.nullable().default(null),
    fullAttentionLayers: z.array(count).max(1024).default([]),
    norm: z.enum(['rms', 'layer']).default('rms'),
    mlp: z.enum(['gated', 'plain']).default('gated'),
    activation: z.enum(['silu', 'gelu', 'gelu_tanh']).default('silu'),
    patchBias: z.boolean().default(false),
    ropeTheta: scale.default(1e4),
  })
  .refine((vision) => vision.width % (4 * vision.heads) === 0, {
    path: ['width'],
    error: 'must be a multiple of 4 x heads: two rotary axes of pairs in each head',
  })
  .refine((vision) => vision.window === null || vision.window % (vision.patch * vision.mergeSize) === 0, {
    path: ['window'],
    error: 'must be a multiple of patch x mergeSize',
  });

const audioConfig = z
  .strictObject({
    melBins: size(1024),
    chunk: size(2 ** 16),
    stem: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('1d'), strides }),
      z.strictObject({ kind: z.literal('2d'), strides, channels: width }),
    ]),
    width,
    depth: layers,
    heads,
    intermediate,
    windowChunks: size(2 ** 16).default(1),
    keyBias: z.boolean().default(false),
    pool: size(1024).default(1),
    projector: z.enum(['linear', 'mlp']).default('linear'),
  })
  .refine((audio) => audio.width % audio.heads === 0, {
    path: ['width'],
    error: 'must be a multiple of heads',
  })
  .refine((audio) => audio.width >= 4 && audio.width % 2 === 0, {
    path: ['width'],
    error: 'must be even, at least 4',
  });

const positionsConfig = z.strictObject({
  rule: z.enum(['chunked', 'merged']),
  idsPerSecond: z.number().positive().max(1e6),
  idsPerAudioToken: size(1e6).default(1),
  chunkSeconds: z.number().positive().max(3600).default(2),
});

export const omniConfigSchema = z
  .strictObject({
    text: textConfig,
    vision: visionConfig.nullable().default(null),
    audio: audioConfig.nullable().default(null),
    positions: positionsConfig,
    /**
     * Standard deviation of fresh matrices and embeddings, biases then start at zero. null, which suits small widths:
     * every layer's own initialiser, and hiddenSize^-0.5 for embeddings.
     */
    initializerRange: z.number().positive().max(1e3).nullable().default(null),
  })
  .superRefine(({ audio, positions }, context) => {
    if (audio === null) return;
    const seconds = audio.chunk;
    const rate = audioTokens(seconds * 100, audio) / seconds;
    const { idsPerSecond, idsPerAudioToken } = positions;
    if (rate * idsPerAudioToken === idsPerSecond) return;
    const message = `is ${idsPerSecond}, but the audio tower gives ${rate} tokens a second of ${idsPerAudioToken} ids each`;
    context.addIssue({ code: 'custom', path: ['positions', 'idsPerSecond'], message });
  });

export type OmniConfig = z.infer<typeof omniConfigSchema>;
/** A configuration before its defaults are filled in. */
export type OmniConfigInput = z.input<typeof omniConfigSchema>;
/** Checks a configuration and fills in its defaults. `fail` makes the error from what is wrong, field by field. */
export function parseOmniConfig(
  input: unknown,
  fail = (problem: string): Error => new TypeError(`model config: ${problem}`),
): OmniConfig {
  const result = omniConfigSchema.safeParse(input);
  if (result.success) return result.data;
  throw fail(fieldProblems(omniConfigSchema, result.error, input));
}
