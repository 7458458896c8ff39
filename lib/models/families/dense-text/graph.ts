/** The decoder and its head, over text. */
import type { LayOut, MediaEmbeddings, Packed } from '../../../batch/index.js';
import { Linear } from '../../../nn/index.js';
import type { Tensor } from '../../../tensor/index.js';
import { type FixedSteps, fixedSteps } from '../../blocks/fixed-steps.js';
import { KvCache, kvCacheBytes } from '../../blocks/kv-cache.js';
import { layOut } from '../../blocks/positions.js';
import { multimodalRotary } from '../../blocks/rope.js';
import type { TextConfig } from '../../blocks/settings.js';
import { decoderActivationBytes, textParameters } from '../../blocks/size.js';
import { TextDecoder } from '../../blocks/text-decoder.js';
import { type DecoderDescription, describeDecoder } from '../../decoder.js';
import type { ForwardOptions } from '../../graph.js';
import { GraphModule } from '../../graph-module.js';
import { initialiseNormal } from '../../initialise.js';
import { checkFits } from '../../memory.js';
import { type DenseTextConfig, settingsOf } from './config.js';
import { keys } from './keys.js';

const positions = { rule: 'merged', idsPerSecond: 1, idsPerAudioToken: 1, chunkSeconds: 1 } as const;

export class DenseTextGraph extends GraphModule {
  readonly modelType: string;
  readonly config: DenseTextConfig;
  readonly model: TextDecoder;
  readonly lm_head: Linear | null;
  readonly layOut: LayOut = (spans, from) => layOut(spans, positions, from);
  protected readonly keys = keys;
  readonly #settings: TextConfig;

  constructor(config: DenseTextConfig) {
    super();
    checkFits(parameterCount(config));
    this.modelType = config.model_type;
    this.config = config;
    this.#settings = settingsOf(config);
    this.model = new TextDecoder(this.#settings);
    this.lm_head = config.tie_word_embeddings
      ? null
      : new Linear(config.hidden_size, config.vocab_size, { bias: false });
    initialiseNormal(this, config.initializer_range ?? 0.02);
  }

  get vocabSize(): number {
    return this.config.vocab_size;
  }

  towers(): Record<string, never> {
    return {};
  }

  newCache(rows: number): KvCache {
    const { dtype, device } = this.headWeight;
    return new KvCache(rows, this.#settings, { dtype, device });
  }

  cacheBytes(rows: number): number {
    return kvCacheBytes(rows, this.#settings, this.headWeight.dtype);
  }

  activationBytes(tokens: number, scored: number, recomputed?: boolean): number {
    return decoderActivationBytes(this.#settings, tokens, scored, recomputed);
  }

  encodeMedia(): MediaEmbeddings {
    return {};
  }

  decoder(): DecoderDescription | null {
    return describeDecoder(this.model, this.#settings, this.lm_head);
  }

  embedInputs(packed: Packed): Tensor {
    return this.model.embed_tokens.forward(packed.inputIds);
  }

  get fixedSteps(): FixedSteps | null {
    return fixedSteps(this.#settings);
  }

  forward(packed: Packed, { cache, rows }: ForwardOptions = {}): Tensor {
    const rotary = cache?.fixed ?? multimodalRotary(packed.positions, this.#settings);
    return this.model.forward(this.embedInputs(packed), {
      nodes: packed.nodes,
      rotary,
      modality: packed.modality,
      cache,
      rows,
    });
  }
}

export function parameterCount(config: DenseTextConfig): number {
  const head = config.tie_word_embeddings ? 0 : config.vocab_size * config.hidden_size;
  return textParameters(settingsOf(config)) + head;
}
