/**
 * A graph that is of no family: written here from layers and the attention kernel, with a configuration, positions and
 * parameter names of its own. It reads text, and the interface is all that sampler and trainers know of it.
 */
import { type LayOut, Modality, type Packed } from '../../lib/batch/index.js';
import { avAttention } from '../../lib/kernels/index.js';
import { cloneGraph, type ForwardOptions, KvCache, type ModelGraph } from '../../lib/models/index.js';
import * as nn from '../../lib/nn/index.js';
import type { DType, Tensor } from '../../lib/tensor/index.js';

export interface PlainConfig {
  letters: number;
  width: number;
  blocks: number;
  longest: number;
}

class Block extends nn.Module {
  readonly norm: nn.LayerNorm;
  readonly query: nn.Linear;
  readonly key: nn.Linear;
  readonly value: nn.Linear;
  readonly out: nn.Linear;
  readonly wide: nn.Linear;
  readonly narrow: nn.Linear;

  constructor(width: number) {
    super();
    this.norm = new nn.LayerNorm(width);
    this.query = new nn.Linear(width, width);
    this.key = new nn.Linear(width, width);
    this.value = new nn.Linear(width, width);
    this.out = new nn.Linear(width, width);
    this.wide = new nn.Linear(width, 2 * width);
    this.narrow = new nn.Linear(2 * width, width);
  }

  forward(input: Tensor, layer: number, packed: Packed, cache: ForwardOptions['cache']): Tensor {
    const normed = this.norm.forward(input);
    const [q, k, v] = [this.query, this.key, this.value].map((to) => to.forward(normed).unsqueeze(1));
    cache?.store.write(layer, cache.rows, k, v);
    const [keys, values] =
      cache === undefined ? [k, v] : [cache.store.keys[layer], cache.store.values[layer]];
    const seen = avAttention(q, keys, values, packed.nodes).out.flatten(1);
    const hidden = input.add(this.out.forward(seen));
    return hidden.add(this.narrow.forward(nn.functional.relu(this.wide.forward(hidden))));
  }
}

export class PlainDecoder extends nn.Module implements ModelGraph {
  readonly modelType = 'plain_decoder';
  readonly config: PlainConfig;
  readonly tokens: nn.Embedding;
  readonly places: nn.Embedding;
  readonly blocks: Block[];
  readonly head: nn.Linear;
  readonly layOut: LayOut = (spans, from = { free: 0, next: 0 }) => {
    const length = spans.reduce((sum, span) => sum + (span.kind === 'text' ? span.length : 0), 0);
    const places = Array.from({ length }, (_, i) => from.free + i);
    const end = from.free + length;
    const modality = places.map(() => Modality.text);
    return { time: places, height: places, width: places, modality, end: { free: end, next: end } };
  };

  constructor(config: PlainConfig) {
    super();
    this.config = config;
    this.tokens = new nn.Embedding(config.letters, config.width);
    this.places = new nn.Embedding(config.longest, config.width);
    this.blocks = Array.from({ length: config.blocks }, () => new Block(config.width));
    this.head = new nn.Linear(config.width, config.letters, { bias: false });
  }

  get vocabSize(): number {
    return this.config.letters;
  }

  get headWeight(): Tensor {
    return this.head.weight;
  }

  embeddings(): Tensor[] {
    return [this.tokens.weight, this.places.weight];
  }

  towers(): Record<string, never> {
    return {};
  }

  computeIn(dtype: DType | null): this {
    for (const module of this.modules()) if (module instanceof nn.Linear) module.computeDtype = dtype;
    return this;
  }

  clone(): PlainDecoder {
    return cloneGraph<PlainDecoder>(this, () => new PlainDecoder(this.config));
  }

  encodeMedia(): Record<string, never> {
    return {};
  }

  forward(packed: Packed, { cache }: ForwardOptions = {}): Tensor {
    const places = packed.positions.select(0, 0).to('int64');
    let hidden = this.tokens.forward(packed.inputIds).add(this.places.forward(places));
    for (const [i, block] of this.blocks.entries()) hidden = block.forward(hidden, i, packed, cache);
    return hidden;
  }

  newCache(rows: number): KvCache {
    return new KvCache(rows, { layers: this.config.blocks, kvHeads: 1, headDim: this.config.width });
  }

  cacheBytes(rows: number): number {
    return 8 * this.config.blocks * this.config.width * rows;
  }

  activationBytes(tokens: number, scored: number): number {
    return 4 * (10 * this.config.blocks * tokens + 2 * scored) * this.config.width;
  }
}
