/** What the blocks hold and keep, from their settings alone: known before a single tensor is made. */
import { convolved } from './audio-layout.js';
import type { AudioConfig, TextConfig, VisionConfig } from './settings.js';

/** A matrix product, and its bias. */
const linear = (from: number, to: number, bias: boolean): number => from * to + (bias ? to : 0);

/** Parameters of the decoder, embedding table included. */
export function textParameters(text: TextConfig): number {
  const { vocab, hiddenSize, layers, heads, kvHeads, headDim, intermediate, qkvBias, qkNorm } = text;
  const { outputBias = false, mlpBias = false } = text;
  const attention =
    linear(hiddenSize, heads * headDim, qkvBias) +
    2 * linear(hiddenSize, kvHeads * headDim, qkvBias) +
    linear(heads * headDim, hiddenSize, outputBias) +
    (qkNorm ? 2 * headDim : 0);
  const feedForward =
    2 * linear(hiddenSize, intermediate, mlpBias) + linear(intermediate, hiddenSize, mlpBias);
  const layer = attention + feedForward + 2 * hiddenSize;
  return vocab * hiddenSize + layers * layer + hiddenSize;
}

export function visionParameters(vision: VisionConfig, tokenWidth: number): number {
  const { channels, patch, temporalPatch, width, depth, intermediate, mergeSize, mlp, patchBias } = vision;
  const norm = vision.norm === 'rms' ? width : 2 * width;
  const attention = 4 * linear(width, width, true);
  const up = (mlp === 'gated' ? 2 : 1) * linear(width, intermediate, true);
  const block = 2 * norm + attention + up + linear(intermediate, width, true);
  const merged = width * mergeSize ** 2;
  const merger = norm + linear(merged, merged, true) + linear(merged, tokenWidth, true);
  return linear(channels * temporalPatch * patch ** 2, width, patchBias) + depth * block + merger;
}

export function audioParameters(audio: AudioConfig, tokenWidth: number): number {
  const { melBins, stem, width, depth, intermediate, keyBias, projector } = audio;
  const attention = 3 * linear(width, width, true) + linear(width, width, keyBias);
  const feedForward = linear(width, intermediate, true) + linear(intermediate, width, true);
  const block = attention + feedForward + 4 * width;
  const last = linear(width, tokenWidth, true) + (projector === 'mlp' ? linear(width, width, true) : 0);
  return stemParameters(melBins, stem, width) + depth * block + 2 * width + last;
}

function stemParameters(melBins: number, stem: AudioConfig['stem'], width: number): number {
  const later = stem.strides.length - 1;
  if (stem.kind === '1d') return linear(3 * melBins, width, true) + later * linear(3 * width, width, true);
  const { channels, strides } = stem;
  const convolutions = linear(9, channels, true) + later * linear(9 * channels, channels, true);
  return convolutions + linear(channels * strides.reduce(convolved, melBins), width, false);
}

/**
 * Bytes of float32 values kept for the backward pass of `tokens` packed tokens, `scored` of them scored against the
 * vocabulary. The kernels keep neither probabilities of attention nor logits.
 * @param recomputed with gradient checkpointing: the inputs of the layers, and one layer at a time
 */
export function decoderActivationBytes(
  text: TextConfig,
  tokens: number,
  scored: number,
  recomputed = false,
): number {
  const { hiddenSize, intermediate, heads, kvHeads, headDim, layers, qkNorm } = text;
  const keyValues = kvHeads * headDim;
  // A norm keeps what it is given; the product behind it, or the attention, what the norm gives.
  const norms = 2 * 2 * hiddenSize + (qkNorm ? (heads + kvHeads) * headDim : 0);
  // Queries, keys, values, the result and its log-sum-exp.
  const attention = 2 * heads * headDim + 2 * keyValues + heads;
  const layer = norms + attention + 4 * intermediate;
  // Of all rows the last layer has its input, keys and values alone, as long as it is not recomputed.
  const lastOfAll = 2 * hiddenSize + (qkNorm ? 3 : 2) * keyValues;
  const kept = recomputed
    ? tokens * (layers * hiddenSize + layer)
    : tokens * ((layers - 1) * layer + lastOfAll) + scored * (layer - lastOfAll);
  return 4 * (kept + 2 * scored * hiddenSize);
}
