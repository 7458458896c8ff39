/**
 * A text decoder as weights and numbers, for engines that compute it without its modules: what `TextDecoder` computes, and
 * nothing else.
 */
import { Linear } from '../nn/index.js';
import type { DType, Tensor } from '../tensor/index.js';
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

/** What stands before and behind the layers. */
interface DecoderEnds {
  /** [hidden] */
  finalNorm: Tensor;
  /** [vocabulary, hidden]; the same tensor where they are tied. */
  head: Tensor;
  embedding: Tensor;
}

export interface DecoderDescription {
  hidden: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  intermediate: number;
  eps: number;
  /** Of the layers' products; the head's are of its weights' dtype. */
  dtype: DType;
  vocabulary: number;
  /** Merged weights of an adapter are made when they are asked for, and belong to the scope then. */
  layers: readonly (() => DecoderLayerWeights)[];
  ends(): DecoderEnds;
  /** [headDim / 2] */
  inverseFrequencies: number[];
  /** The axis that each frequency follows: 0 time, 1 height, 2 width. */
  axes: number[];
  /** Factor on cos and sin. */
  rotaryScale: number;
}

/** null where the decoder has biases in its feed-forward layers. @param head null: the table of the embeddings */
export function describeDecoder(
  { embed_tokens, layers, norm }: TextDecoder,
  config: TextConfig,
  head: Linear | null,
): DecoderDescription | null {
  if (config.mlpBias) return null;
  const { frequencies, factor } = scaledFrequencies(config);
  const products = [...layers]
    .flatMap((layer) => layer.modules())
    .filter((module) => module instanceof Linear);
  const isHalf = products.every(({ computeDtype, weight }) => (computeDtype ?? weight.dtype) === 'bfloat16');
  return {
    hidden: config.hiddenSize,
    heads: config.heads,
    kvHeads: config.kvHeads,
    headDim: config.headDim,
    intermediate: config.intermediate,
    eps: config.rmsEps,
    dtype: isHalf ? 'bfloat16' : 'float32',
    vocabulary: embed_tokens.weight.shape[0],
    layers: [...layers].map((layer) => () => layerWeights(layer)),
    ends: () => {
      const embedding = embed_tokens.effectiveWeight();
      return {
        finalNorm: norm.weight as Tensor,
        head: head === null ? embedding : head.effectiveWeight(),
        embedding,
      };
    },
    inverseFrequencies: frequencies.toArray() as number[],
    axes: frequencyAxes(config),
    rotaryScale: factor,
  };
}

type DecoderLayer = TextDecoder['layers'] extends Iterable<infer Layer> ? Layer : never;

function layerWeights({
  self_attn: attention,
  mlp,
  input_layernorm,
  post_attention_layernorm,
}: DecoderLayer): DecoderLayerWeights {
  return {
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
  };
}
