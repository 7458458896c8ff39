/**
 * The vision tower: patches of frame groups -> transformer blocks with window or whole-frame attention and axial
 * rotary positions -> squares of patches merged into tokens of the decoder. Attention never crosses frame groups.
 */
import type { PatchGrid } from '../../batch/index.js';
import type { NodeTable } from '../../kernels/index.js';
import {
  Conv3d,
  functional as F,
  GELU,
  LayerNorm,
  Linear,
  Module,
  ModuleList,
  RMSNorm,
  Sequential,
} from '../../nn/index.js';
import { type Tensor, torch } from '../../tensor/index.js';
import { selfAttention, windowNodes } from './attention.js';
import { GatedMlp, PlainMlp } from './mlp.js';
import { axialRotary, type Rotary } from './rope.js';
import type { VisionConfig } from './settings.js';
import { layOutVision } from './vision-layout.js';

const normEps = 1e-6;

export class VisionTower extends Module {
  readonly patch_embed: PatchEmbed;
  readonly blocks: ModuleList<VisionBlock>;
  readonly merger: PatchMerger;
  readonly config: VisionConfig;

  /** `tokenWidth` is the decoder's hidden size. */
  constructor(config: VisionConfig, tokenWidth: number) {
    super();
    this.config = config;
    this.patch_embed = new PatchEmbed(config);
    this.blocks = new ModuleList(Array.from({ length: config.depth }, () => new VisionBlock(config)));
    this.merger = new PatchMerger(config, tokenWidth);
  }

  /** patches [P, channels x temporalPatch x patch x patch] of the grids in order -> tokens [P / mergeSize^2, tokenWidth] */
  forward(patches: Tensor, grids: readonly PatchGrid[]): Tensor {
    const { mergeSize, width, heads, ropeTheta, fullAttentionLayers } = this.config;
    const layout = layOutVision(grids, this.config);
    if (layout.rows.length !== patches.shape[0]) {
      throw new RangeError(
        `${patches.shape[0]} patches; the grids [${grids.join('], [')}] have ${layout.rows.length}`,
      );
    }
    const { device } = patches;
    const index = (order: Int32Array) => torch.tensor(order).to(device);
    const rotary = axialRotary(layout.rows, layout.columns, width / heads, ropeTheta);
    const pass = { cos: rotary.cos.to(device), sin: rotary.sin.to(device) };
    const windows = windowNodes(layout.windows);
    const frames = windowNodes(layout.frames);

    const cells = this.patch_embed.forward(patches).unflatten(0, [-1, mergeSize ** 2]);
    let hidden = cells.indexSelect(0, index(layout.order)).flatten(0, 1);
    for (const [i, block] of [...this.blocks].entries()) {
      hidden = block.forward(hidden, fullAttentionLayers.includes(i) ? frames : windows, pass);
    }
    return this.merger.forward(hidden).indexSelect(0, index(layout.inverse));
  }
}

/** Kernel and stride of the checkpoints' convolution are one patch, so it is a matrix product over rows of patches. */
class PatchEmbed extends Module {
  readonly proj: Conv3d;

  constructor({ width, channels, temporalPatch, patch, patchBias: bias }: VisionConfig) {
    super();
    this.proj = new Conv3d(channels, width, [temporalPatch, patch, patch], { bias });
  }

  forward(patches: Tensor): Tensor {
    const { weight, bias } = this.proj;
    return F.linear(patches.to(weight.dtype), weight.flatten(1), bias);
  }
}

class VisionBlock extends Module {
  readonly norm1: RMSNorm | LayerNorm;
  readonly norm2: RMSNorm | LayerNorm;
  readonly attn: VisionAttention;
  readonly mlp: GatedMlp | PlainMlp;

  constructor(config: VisionConfig) {
    super();
    const { width, intermediate, activation } = config;
    this.norm1 = makeNorm(config);
    this.norm2 = makeNorm(config);
    this.attn = new VisionAttention(config);
    this.mlp =
      config.mlp === 'gated'
        ? new GatedMlp(width, intermediate, { activation, bias: true })
        : new PlainMlp(width, intermediate, activation);
  }

  forward(input: Tensor, nodes: NodeTable, rotary: Rotary): Tensor {
    const hidden = input.add(this.attn.forward(this.norm1.forward(input), nodes, rotary));
    return hidden.add(this.mlp.forward(this.norm2.forward(hidden)));
  }
}

class VisionAttention extends Module {
  readonly q: Linear;
  readonly k: Linear;
  readonly v: Linear;
  readonly proj: Linear;
  readonly heads: number;

  constructor({ width, heads }: VisionConfig) {
    super();
    this.q = new Linear(width, width);
    this.k = new Linear(width, width);
    this.v = new Linear(width, width);
    this.proj = new Linear(width, width);
    this.heads = heads;
  }

  forward(input: Tensor, nodes: NodeTable, rotary: Rotary): Tensor {
    const [q, k, v] = [this.q, this.k, this.v].map((layer) => layer.forward(input));
    return this.proj.forward(selfAttention(q, k, v, this.heads, nodes, rotary));
  }
}

/** Every mergeSize^2 consecutive patches become one token. */
class PatchMerger extends Module {
  readonly ln_q: RMSNorm | LayerNorm;
  readonly mlp: Sequential;

  constructor(config: VisionConfig, tokenWidth: number) {
    super();
    const merged = config.width * config.mergeSize ** 2;
    this.ln_q = makeNorm(config);
    this.mlp = new Sequential(new Linear(merged, merged), new GELU(), new Linear(merged, tokenWidth));
  }

  forward(input: Tensor): Tensor {
    const merged = this.mlp.layers[0] as Linear;
    return this.mlp.forward(this.ln_q.forward(input).reshape([-1, merged.weight.shape[1]]));
  }
}

function makeNorm({ norm, width }: VisionConfig): RMSNorm | LayerNorm {
  return norm === 'rms' ? new RMSNorm(width, { eps: normEps }) : new LayerNorm(width, { eps: normEps });
}
