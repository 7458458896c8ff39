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
  /** Rotary frequencies given to the time, height and width axes; they add up to headDim / 2. */
  mropeSection: readonly [time: number, height: number, width: number];
  /** Frequencies alternate between the axes (Qwen3) instead of lying in three contiguous ranges (Qwen2.5). */
  mropeInterleaved: boolean;
  rmsEps: number;
  qkvBias: boolean;
  /** RMSNorm over each head of q and k before the rotation. */
  qkNorm: boolean;
}

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
