/**
 * The configuration of an omni model: every size, bias, norm and rotary variant of its graph.
 *
 * One set of blocks serves small models and the dense parts of published ones: Qwen2.5-Omni's thinker is these
 * blocks with `stem 1d`, windows, RMSNorm and chunked positions; Qwen3-Omni's audio tower is `stem 2d` without
 * pooling, its decoder attention is `qkNorm` with interleaved rotary sections.
 */
import { z } from 'zod';
import { audioTokens } from './audio-layout.js';
import { fieldProblems } from './problems.js';

/**
 * Sizes go up to several times those of the largest published models. What a configuration from elsewhere says is the
 * length of lists and loops before any weight is seen.
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
    /** Heads of keys and values; query heads share them in equal groups. */
    kvHeads: heads,
    headDim: size(2 ** 13),
    /** Width of the gated feed-forward layer. */
    intermediate,
    ropeTheta: scale.default(1e6),
    /** Rotary frequencies given to the time, height and width axes; they add up to headDim / 2. */
    mropeSection: z.tuple([count, count, count]),
    /** Frequencies alternate between the axes (Qwen3) instead of lying in three runs (Qwen2.5). */
    mropeInterleaved: z.boolean().default(false),
    rmsEps: z.number().positive().max(1).default(1e-6),
    qkvBias: z.boolean().default(true),
    /** RMSNorm over each head of q and k before the rotation. */
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
    /** Side of a patch in pixels, and its length in frames. */
    patch: size(1024),
    temporalPatch: size(64).default(2),
    width,
    depth: layers,
    heads,
    intermediate,
    /** Side of the square of patches that becomes one token. */
    mergeSize: size(64).default(2),
    /** Side of an attention window in pixels; null: every block sees its whole frame. */
    window: width.nullable().default(null),
    /** Blocks that see the whole frame in spite of the window. */
    fullAttentionLayers: z.array(count).max(1024).default([]),
    norm: z.enum(['rms', 'layer']).default('rms'),
    /** gated: down(act(gate(x)) * up(x)); plain: fc2(act(fc1(x))). */
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
    /** Mel frames (10 ms each) that pass the stem together; positions restart in every chunk. */
    chunk: size(2 ** 16),
    stem: z.discriminatedUnion('kind', [
      /** Conv1d over time with mel bins as channels (Whisper, Qwen2.5-Omni). */
      z.strictObject({ kind: z.literal('1d'), strides }),
      /** Conv2d over mel and time, then a projection (Qwen3-Omni). */
      z.strictObject({ kind: z.literal('2d'), strides, channels: width }),
    ]),
    width,
    depth: layers,
    heads,
    intermediate,
    /** Chunks that attend to each other. */
    windowChunks: size(2 ** 16).default(1),
    keyBias: z.boolean().default(false),
    /** Neighbours averaged into one token after the last block; an incomplete group at the end is dropped. */
    pool: size(1024).default(1),
    /** How rows become tokens of the decoder: one linear layer, or two with GELU between. */
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
  /**
   * How audio and video of one clip share the time axis. chunked (Qwen2.5-Omni): integer ids, `chunkSeconds` of
   * video tokens, then the same seconds of audio. merged (Qwen3-Omni): fractional ids, token by token by time.
   */
  rule: z.enum(['chunked', 'merged']),
  /** Ids in a second of media: both tracks share the axis. */
  idsPerSecond: z.number().positive().max(1e6),
  /** Ids from one audio token to the next. More than 1 sets few tokens a second far apart for the rotary angles. */
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
export type TextConfig = OmniConfig['text'];
export type VisionConfig = NonNullable<OmniConfig['vision']>;
export type AudioConfig = NonNullable<OmniConfig['audio']>;
export type PositionsConfig = OmniConfig['positions'];

/** Checks a configuration and fills in its defaults. `fail` makes the error from what is wrong, field by field. */
export function parseOmniConfig(
  input: unknown,
  fail = (problem: string): Error => new TypeError(`model config: ${problem}`),
): OmniConfig {
  const result = omniConfigSchema.safeParse(input);
  if (result.success) return result.data;
  throw fail(fieldProblems(omniConfigSchema, result.error, input));
}
