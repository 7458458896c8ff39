/**
 * The audio tower: log-mel frames in chunks -> convolutional stem -> sinusoidal positions that restart in every
 * chunk -> transformer blocks over windows of chunks -> pooled and projected to tokens of the decoder.
 */

import type { NodeTable } from '../../kernels/index.js';
import { Conv1d, Conv2d, functional as F, LayerNorm, Linear, Module, ModuleList } from '../../nn/index.js';
import { noGrad, scope, type Tensor, torch } from '../../tensor/index.js';
import { selfAttention, windowNodes } from './attention.js';
import { type AudioLayout, convolved, layOutAudio } from './audio-layout.js';
import type { AudioConfig } from './settings.js';

export class AudioTower extends Module {
  readonly stem: Stem1d | Stem2d;
  readonly layers: ModuleList<AudioBlock>;
  readonly ln_post: LayerNorm;
  readonly projector: readonly Linear[];
  readonly config: AudioConfig;

  /** `tokenWidth` is the decoder's hidden size. */
  constructor(config: AudioConfig, tokenWidth: number) {
    super();
    const { width, stem, depth } = config;
    this.config = config;
    this.stem = stem.kind === '1d' ? new Stem1d(config) : new Stem2d(config, stem.channels);
    this.layers = new ModuleList(Array.from({ length: depth }, () => new AudioBlock(config)));
    this.ln_post = new LayerNorm(width);
    this.projector =
      config.projector === 'linear'
        ? [new Linear(width, tokenWidth)]
        : [new Linear(width, width), new Linear(width, tokenWidth)];
  }

  // The checkpoints keep the layers of stem and projector beside the blocks, not under names of their own.
  override members(): [string, unknown][] {
    const single = this.projector.length === 1;
    return [
      ...this.stem.members(),
      ['layers', this.layers],
      ['ln_post', this.ln_post],
      ...this.projector.map((layer, i): [string, unknown] => [single ? 'proj' : `proj${i + 1}`, layer]),
    ];
  }

  /** mel [melBins, sum of frames], the audios one after the other -> tokens [sum of tokens, tokenWidth] */
  forward(mel: Tensor, frames: readonly number[]): Tensor {
    const layout = layOutAudio(frames, this.config);
    const total = frames.reduce((sum, length) => sum + length, 0);
    if (mel.shape[1] !== total)
      throw new RangeError(`mel of ${mel.shape[1]} frames; the audios have ${total}`);
    const stemmed = this.stem.forward(padChunks(mel, layout.chunks), layout);
    const positioned = stemmed.add(sinusoids(stemmed.shape[1], this.config.width).to(stemmed));
    let hidden = validRows(positioned, layout.rows);
    const nodes = windowNodes(layout.windows);
    for (const layer of this.layers) hidden = layer.forward(hidden, nodes);
    hidden = this.ln_post.forward(pool(hidden, layout.audios, this.config.pool));
    const [first, second] = this.projector;
    return second === undefined ? first.forward(hidden) : second.forward(F.gelu(first.forward(hidden)));
  }
}

/** Convolutions over time. The padding of short chunks is set back to zero between them, so that it cannot leak in. */
class Stem1d extends Module {
  readonly convs: readonly Conv1d[];

  constructor({ melBins, width, stem }: AudioConfig) {
    super();
    this.convs = stem.strides.map(
      (stride, i) => new Conv1d(i === 0 ? melBins : width, width, 3, { stride, padding: 1 }),
    );
  }

  override members(): [string, unknown][] {
    return this.convs.map((conv, i) => [`conv${i + 1}`, conv]);
  }

  /** [chunks, melBins, frames] -> [chunks, rows, width] */
  forward(chunks: Tensor, layout: AudioLayout): Tensor {
    let hidden = chunks.to(this.convs[0].weight.dtype);
    let lengths = layout.chunks;
    for (const [i, conv] of this.convs.entries()) {
      if (i > 0) hidden = hidden.mul(lengthMask(lengths, hidden.shape[2]).unsqueeze(1).to(hidden));
      hidden = F.gelu(conv.forward(hidden));
      lengths = lengths.map((length) => convolved(length, conv.stride[0]));
    }
    return hidden.transpose(1, 2);
  }
}

/** Convolutions over mel and time; channels and remaining mel bins are flattened and projected. */
class Stem2d extends Module {
  readonly convs: readonly Conv2d[];
  readonly conv_out: Linear;

  constructor({ melBins, width, stem }: AudioConfig, channels: number) {
    super();
    this.convs = stem.strides.map(
      (stride, i) => new Conv2d(i === 0 ? 1 : channels, channels, 3, { stride, padding: 1 }),
    );
    this.conv_out = new Linear(channels * stem.strides.reduce(convolved, melBins), width, { bias: false });
  }

  override members(): [string, unknown][] {
    return [
      ...this.convs.map((conv, i): [string, unknown] => [`conv2d${i + 1}`, conv]),
      ['conv_out', this.conv_out],
    ];
  }

  /** [chunks, melBins, frames] -> [chunks, rows, width] */
  forward(chunks: Tensor): Tensor {
    let hidden = chunks.to(this.conv_out.weight.dtype).unsqueeze(1);
    for (const conv of this.convs) hidden = F.gelu(conv.forward(hidden));
    return this.conv_out.forward(hidden.permute([0, 3, 1, 2]).flatten(2));
  }
}

class AudioBlock extends Module {
  readonly self_attn: AudioAttention;
  readonly self_attn_layer_norm: LayerNorm;
  readonly fc1: Linear;
  readonly fc2: Linear;
  readonly final_layer_norm: LayerNorm;

  constructor(config: AudioConfig) {
    super();
    this.self_attn = new AudioAttention(config);
    this.self_attn_layer_norm = new LayerNorm(config.width);
    this.fc1 = new Linear(config.width, config.intermediate);
    this.fc2 = new Linear(config.intermediate, config.width);
    this.final_layer_norm = new LayerNorm(config.width);
  }

  forward(input: Tensor, nodes: NodeTable): Tensor {
    const hidden = input.add(this.self_attn.forward(this.self_attn_layer_norm.forward(input), nodes));
    return hidden.add(this.fc2.forward(F.gelu(this.fc1.forward(this.final_layer_norm.forward(hidden)))));
  }
}

class AudioAttention extends Module {
  readonly k_proj: Linear;
  readonly v_proj: Linear;
  readonly q_proj: Linear;
  readonly out_proj: Linear;
  readonly heads: number;

  constructor({ width, heads, keyBias }: AudioConfig) {
    super();
    this.k_proj = new Linear(width, width, { bias: keyBias });
    this.v_proj = new Linear(width, width);
    this.q_proj = new Linear(width, width);
    this.out_proj = new Linear(width, width);
    this.heads = heads;
  }

  forward(input: Tensor, nodes: NodeTable): Tensor {
    const [q, k, v] = [this.q_proj, this.k_proj, this.v_proj].map((layer) => layer.forward(input));
    return this.out_proj.forward(selfAttention(q, k, v, this.heads, nodes));
  }
}

/** [bins, sum of lengths] -> [chunks, bins, longest], zeros on the right. */
function padChunks(mel: Tensor, lengths: number[]): Tensor {
  const longest = lengths.reduce((a, b) => Math.max(a, b));
  const pieces = mel.splitWithSizes(lengths, 1);
  return torch.stack(pieces.map((piece, i) => F.pad(piece, [0, longest - lengths[i]])));
}

/** bool [lengths, size]: true where the column lies inside the length. */
function lengthMask(lengths: number[], size: number): Tensor {
  return torch
    .arange(0, size)
    .unsqueeze(0)
    .lt(torch.tensor(Int32Array.from(lengths)).unsqueeze(1));
}

/** [chunks, longest, width] -> the first rows of each chunk, one after the other. */
function validRows(chunks: Tensor, rows: number[]): Tensor {
  const longest = chunks.shape[1];
  const index = rows.flatMap((count, chunk) =>
    Array.from({ length: count }, (_, row) => chunk * longest + row),
  );
  return chunks.flatten(0, 1).indexSelect(0, torch.tensor(Int32Array.from(index)).to(chunks.device));
}

/** Averages every `size` rows inside each audio; an incomplete group at the end is dropped. */
function pool(hidden: Tensor, audios: number[], size: number): Tensor {
  if (size === 1) return hidden;
  const pooled = hidden.splitWithSizes(audios, 0).map((rows) => {
    const whole = Math.floor(rows.shape[0] / size);
    return rows
      .narrow(0, 0, whole * size)
      .unflatten(0, [whole, size])
      .mean(1);
  });
  return torch.cat(pooled);
}

/** Whisper's positions: [sin | cos] of geometrically spaced frequencies, fp32 [length, width]. */
function sinusoids(length: number, width: number): Tensor {
  return noGrad(() =>
    scope(() => {
      const half = width / 2;
      const frequencies = torch
        .arange(0, half)
        .to('float32')
        .mul(-Math.log(10000) / (half - 1))
        .exp();
      const angles = torch.arange(0, length).to('float32').unsqueeze(1).mul(frequencies);
      return torch.cat([angles.sin(), angles.cos()], 1);
    }),
  );
}
