/** Sizes, biases, norms and rotary variants of the blocks. A family fills them in from its own configuration. */

/** The decoder. */
export interface TextConfig {
  vocab: number;
  hiddenSize: number;
  layers: number;
  heads: number;
  /** Heads of keys and values; query heads are divided among them in equal groups. */
  kvHeads: number;
  headDim: number;
  /** Width of the gated feed-forward layer. */
  intermediate: number;
  ropeTheta: number;
  /** How the frequencies of `ropeTheta` are stretched for texts longer than those trained on. Left out or null: not. */
  ropeScaling?: RopeScaling | null;
  /** Rotary frequencies given to the time, height and width axes; they add up to headDim / 2. */
  mropeSection: readonly [time: number, height: number, width: number];
  /** Frequencies alternate between the axes (Qwen3) instead of lying in three contiguous ranges (Qwen2.5). */
  mropeInterleaved: boolean;
  rmsEps: number;
  qkvBias: boolean;
  /** RMSNorm over each head of q and k before the rotation. */
  qkNorm: boolean;
  /** Bias of the attention's output projection. Default false. */
  outputBias?: boolean;
  /** Biases of the feed-forward layer. Default false. */
  mlpBias?: boolean;
  /** Each layer's window: how many keys a query sees at most, its own included; null: all. Left out: all in every layer. */
  windows?: readonly (number | null)[];
}

/** Ways to stretch rotary frequencies, by Hugging Face's names; `originalLength` is the context of the training. */
export type RopeScaling =
  /** Every frequency divided by the factor. */
  | { kind: 'linear'; factor: number }
  /** Low frequencies divided by the factor, high ones kept, those between interpolated (Llama 3.1). */
  | {
      kind: 'llama3';
      factor: number;
      lowFrequencyFactor: number;
      highFrequencyFactor: number;
      originalLength: number;
    }
  /** The same by the number of rotations within `originalLength`, and a factor on cos and sin (YaRN, arXiv 2309.00071). */
  | {
      kind: 'yarn';
      factor: number;
      betaFast: number;
      betaSlow: number;
      /** Rounds the bounds of the interpolated range outwards to whole dimensions. */
      truncate: boolean;
      originalLength: number;
      attentionFactor: number;
    };

export interface VisionConfig {
  channels: number;
  /** Side of a patch in pixels. */
  patch: number;
  /** Frames of a patch. */
  temporalPatch: number;
  width: number;
  depth: number;
  heads: number;
  intermediate: number;
  /** Side of the square of patches that becomes one token. */
  mergeSize: number;
  /** Side of an attention window in pixels; null: every block attends to its whole frame. */
  window: number | null;
  /** Blocks that attend to the whole frame in spite of the window. */
  fullAttentionLayers: readonly number[];
  norm: 'rms' | 'layer';
  /** gated: down(act(gate(x)) * up(x)); plain: fc2(act(fc1(x))). */
  mlp: 'gated' | 'plain';
  activation: 'silu' | 'gelu' | 'gelu_tanh';
  patchBias: boolean;
  ropeTheta: number;
}

export interface AudioConfig {
  melBins: number;
  /** Mel frames (10 ms each) that pass the stem together; positions restart in every chunk. */
  chunk: number;
  stem: /** Conv1d over time with mel bins as channels (Whisper, Qwen2.5-Omni). */
    | { kind: '1d'; strides: readonly number[] }
    /** Conv2d over mel and time, then a projection (Qwen3-Omni). */
    | { kind: '2d'; strides: readonly number[]; channels: number };
  width: number;
  depth: number;
  heads: number;
  intermediate: number;
  /** Chunks that attend to each other. */
  windowChunks: number;
  keyBias: boolean;
  /** Neighbours averaged into one token after the last block; an incomplete group at the end is dropped. */
  pool: number;
  /** How rows become tokens of the decoder: one linear layer, or two with GELU between. */
  projector: 'linear' | 'mlp';
}

/** Time-aligned multimodal rotary positions, see positions.ts. */
export interface PositionsConfig {
  /**
   * How audio and video of one clip are ordered on the time axis. chunked (Qwen2.5-Omni): integer ids, `chunkSeconds`
   * of video tokens, then the same seconds of audio. merged (Qwen3-Omni): fractional ids, token by token by time.
   */
  rule: 'chunked' | 'merged';
  /** Ids in a second of media: both tracks use the same axis. */
  idsPerSecond: number;
  /** Ids from one audio token to the next. More than 1 sets few tokens a second far apart for the rotary angles. */
  idsPerAudioToken: number;
  chunkSeconds: number;
}
