/** How large a model is, from its configuration alone: known before a single tensor is made. */
import { totalmem } from 'node:os';
import { convolved } from './audio-layout.js';
import type { AudioConfig, OmniConfig, TextConfig, VisionConfig } from './config.js';

/** Parameters of the whole graph. */
export function parameterCount({ text, vision, audio }: OmniConfig): number {
  return (
    textParameters(text) +
    (vision === null ? 0 : visionParameters(vision, text.hiddenSize)) +
    (audio === null ? 0 : audioParameters(audio, text.hiddenSize))
  );
}

/** Memory that this process can have at most. */
export function memoryBytes(): number {
  return Math.min(totalmem(), process.constrainedMemory?.() || Number.POSITIVE_INFINITY);
}

/** @throws RangeError when the weights in float32 would not fit this machine's memory */
export function checkSize(config: OmniConfig): void {
  const count = parameterCount(config);
  const memory = memoryBytes();
  if (4 * count <= memory) return;
  const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  throw new RangeError(
    `model config: ${count} parameters take ${gib(4 * count)} in float32; this machine has ${gib(memory)}`,
  );
}

/** A matrix product, and its bias. */
const linear = (from: number, to: number, bias: boolean): number => from * to + (bias ? to : 0);

function textParameters(text: TextConfig): number {
  const { vocab, hiddenSize, layers, heads, kvHeads, headDim, intermediate, qkvBias, qkNorm } = text;
  const attention =
    linear(hiddenSize, heads * headDim, qkvBias) +
    2 * linear(hiddenSize, kvHeads * headDim, qkvBias) +
    linear(heads * headDim, hiddenSize, false) +
    (qkNorm ? 2 * headDim : 0);
  const layer = attention + 3 * linear(hiddenSize, intermediate, false) + 2 * hiddenSize;
  return (text.tieEmbeddings ? 1 : 2) * vocab * hiddenSize + layers * layer + hiddenSize;
}

function visionParameters(vision: VisionConfig, tokenWidth: number): number {
  const { channels, patch, temporalPatch, width, depth, intermediate, mergeSize, mlp, patchBias } = vision;
  const norm = vision.norm === 'rms' ? width : 2 * width;
  const attention = 4 * linear(width, width, true);
  const up = (mlp === 'gated' ? 2 : 1) * linear(width, intermediate, true);
  const block = 2 * norm + attention + up + linear(intermediate, width, true);
  const merged = width * mergeSize ** 2;
  const merger = norm + linear(merged, merged, true) + linear(merged, tokenWidth, true);
  return linear(channels * temporalPatch * patch ** 2, width, patchBias) + depth * block + merger;
}

function audioParameters(audio: AudioConfig, tokenWidth: number): number {
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
