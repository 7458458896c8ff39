/**
 * A text decoder as weights and numbers, for engines that compute it without its modules: what `TextDecoder` computes, and
 * nothing else.
 */
import type { Tensor } from '../tensor/index.js';
import { frequencyAxes } from './blocks/rope.js';
import { scaledFrequencies } from './blocks/rope-frequencies.js';
import type { TextConfig } from './blocks/settings.js';
import type { TextDecoder } from './blocks/text-decoder.js';

/** Weights under the names of the formulas; null: the layer has none. */
export interface DecoderLayerWeights {
  /** [hidden] */
  inputNorm: Tensor;
  /** [heads headDim, hidden] */
  q: Tensor;
  /** [kvHeads headDim, hidden] */
  k: Tensor;
  v: Tensor;
  qBias: Tensor | null;
  kBias: Tensor | null;
  vBias: Tensor | null;
  /** [headDim] */
  qNorm: Tensor | null;
  kNorm: Tensor | null;
  /** [hidden, heads headDim] */
  out: Tensor;
  outBias: Tensor | null;
  postNorm: Tensor;
  /** [intermediate, hidden] */
  gate: Tensor;
  up: Tensor;
  /** [hidden, intermediate] */
  down: Tensor;
  /** The largest distance of a key, -1 for none. */
  window: number;
}

export interface DecoderDescription {
  hidden: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  intermediate: number;
  eps: number;
  layers: DecoderLayerWeights[];
  /** [hidden] */
  finalNorm: Tensor;
  /** [vocabulary, hidden] */
  head: Tensor;
  embedding: Tensor;
  /** [headDim / 2] */
  inverseFrequencies: number[];
  /** The axis that each frequency follows: 0 time, 1 height, 2 width. */
  axes: number[];
  /** Factor on cos and sin. */
  rotaryScale: number;
}

/** null where the decoder has biases in its feed-forward layers. Merged weights of an adapter belong to the current scope. */
export function describeDecoder(
  { embed_tokens, layers, norm }: TextDecoder,
  config: TextConfig,
  head: Tensor,
): DecoderDescription | null {
  if (config.mlpBias) return null;
  const { frequencies, factor } = scaledFrequencies(config);
  return {
    hidden: config.hiddenSize,
    heads: config.heads,
    kvHeads: config.kvHeads,
    headDim: config.headDim,
    intermediate: config.intermediate,
    eps: config.rmsEps,
    layers: [...layers].map(({ self_attn: attention, mlp, input_layernorm, post_attention_layernorm }) => ({
      inputNorm: input_layernorm.weight as Tensor,
      q: attention.q_proj.effectiveWeight(),
      k: attention.k_proj.effectiveWeight(),
      v: attention.v_proj.effectiveWeight(),
      qBias: attention.q_proj.bias,
      kBias: attention.k_proj.bias,
      vBias: attention.v_proj.bias,
      qNorm: attention.q_norm?.weight ?? null,
      kNorm: attention.k_norm?.weight ?? null,
      out: attention.o_proj.effectiveWeight(),
      outBias: attention.o_proj.bias,
      postNorm: post_attention_layernorm.weight as Tensor,
      gate: mlp.gate_proj.effectiveWeight(),
      up: mlp.up_proj.effectiveWeight(),
      down: mlp.down_proj.effectiveWeight(),
      window: attention.window === null ? -1 : attention.window - 1,
    })),
    finalNorm: norm.weight as Tensor,
    head,
    embedding: embed_tokens.effectiveWeight(),
    inverseFrequencies: frequencies.toArray() as number[],
    axes: frequencyAxes(config),
    rotaryScale: factor,
  };
}
