/** The whole graph: towers, placement of their tokens in the packed sequence, decoder and output head. */
import type { LayOut, MediaEmbeddings, Packed, Placement } from '../../../batch/index.js';
import { init, Linear, type Module } from '../../../nn/index.js';
import { checkOptions, kinds, required, type Tensor } from '../../../tensor/index.js';
import { AudioTower } from '../../blocks/audio-tower.js';
import { type FixedSteps, fixedSteps } from '../../blocks/fixed-steps.js';
import { KvCache, kvCacheBytes } from '../../blocks/kv-cache.js';
import { layOut } from '../../blocks/positions.js';
import { multimodalRotary } from '../../blocks/rope.js';
import { decoderActivationBytes } from '../../blocks/size.js';
import { TextDecoder } from '../../blocks/text-decoder.js';
import { VisionTower } from '../../blocks/vision-tower.js';
import { type DecoderDescription, describeDecoder } from '../../decoder.js';
import type { ForwardOptions, MediaInputs } from '../../graph.js';
import { GraphModule } from '../../graph-module.js';
import { initialiseNormal } from '../../initialise.js';
import { checkFits } from '../../memory.js';
import { modelType, type OmniConfig, parseOmniConfig } from './config.js';
import { keys } from './keys.js';
import { parameterCount } from './parameter-count.js';

const packedFields: (keyof Packed)[] = ['inputIds', 'positions', 'modality', 'nodes', 'vision', 'audio'];
const cacheKinds = { store: required(kinds.object), rows: required(kinds.tensor), fixed: kinds.object };

export class OmniGraph extends GraphModule {
  readonly modelType = modelType;
  readonly audio_tower: AudioTower | null;
  readonly visual: VisionTower | null;
  readonly model: TextDecoder;
  readonly lm_head: Linear | null;
  readonly config: OmniConfig;
  /** Positions of tokens by this configuration's rule. */
  readonly layOut: LayOut = (spans, from) => layOut(spans, this.config.positions, from);
  protected readonly keys = keys;

  /**
   * @throws TypeError naming what is wrong in the configuration, RangeError when the weights would not fit this
   * machine's memory
   */
  constructor(settings: OmniConfig) {
    super();
    const config = parseOmniConfig(settings);
    checkFits(parameterCount(config));
    const { text, vision, audio } = config;
    this.config = config;
    this.audio_tower = audio === null ? null : new AudioTower(audio, text.hiddenSize);
    this.visual = vision === null ? null : new VisionTower(vision, text.hiddenSize);
    this.model = new TextDecoder(text);
    this.lm_head = text.tieEmbeddings ? null : new Linear(text.hiddenSize, text.vocab, { bias: false });
    this.#initialise(config);
  }

  get vocabSize(): number {
    return this.config.text.vocab;
  }

  towers(): { vision?: Tensor[]; audio?: Tensor[] } {
    return { vision: this.visual?.parameters(), audio: this.audio_tower?.parameters() };
  }

  aligner(): Tensor[] {
    const projections = [this.visual?.merger, ...(this.audio_tower?.projector ?? [])];
    return projections.flatMap((projection) => projection?.parameters() ?? []);
  }

  newCache(rows: number): KvCache {
    const { dtype, device } = this.headWeight;
    return new KvCache(rows, this.config.text, { dtype, device });
  }

  cacheBytes(rows: number): number {
    return kvCacheBytes(rows, this.config.text, this.headWeight.dtype);
  }

  activationBytes(tokens: number, scored: number, recomputed?: boolean): number {
    return decoderActivationBytes(this.config.text, tokens, scored, recomputed);
  }

  /** Runs the towers on media, once for any number of passes over their tokens. */
  encodeMedia({ vision, audio }: MediaInputs): MediaEmbeddings {
    const media: MediaEmbeddings = {};
    if (vision !== undefined)
      media.vision =
        'encoded' in vision
          ? vision.encoded
          : tower(this.visual, 'vision').forward(vision.patches, vision.grids);
    if (audio !== undefined)
      media.audio =
        'encoded' in audio
          ? audio.encoded
          : tower(this.audio_tower, 'audio').forward(audio.mel, audio.frames);
    return media;
  }

  decoder(): DecoderDescription | null {
    return describeDecoder(this.model, this.config.text, this.lm_head);
  }

  embedInputs(
    packed: Packed,
    { media = this.encodeMedia(packed) }: Pick<ForwardOptions, 'media'> = {},
  ): Tensor {
    const embeddings = place(this.model.embed_tokens.forward(packed.inputIds), media.vision, packed.vision);
    return place(embeddings, media.audio, packed.audio);
  }

  get fixedSteps(): FixedSteps | null {
    return fixedSteps(this.config.text);
  }

  /** See `ModelGraph.forward`. */
  forward(packed: Packed, options: ForwardOptions = {}): Tensor {
    checkOptions('forward: packed', packed, packedFields);
    checkOptions('forward', options, ['media', 'cache', 'rows']);
    const { media, cache, rows } = options;
    if (cache !== undefined) checkOptions('forward: cache', cache, cacheKinds);
    const embeddings = this.embedInputs(packed, { media });
    const rotary = cache?.fixed ?? multimodalRotary(packed.positions, this.config.text);
    const { nodes, modality } = packed;
    return this.model.forward(embeddings, { nodes, rotary, modality, cache, rows });
  }

  /** See `initializerRange` in the configuration. Norms keep their ones. */
  #initialise({ initializerRange: std, text }: OmniConfig): void {
    if (std === null) init.normal_(this.model.embed_tokens.weight, 0, text.hiddenSize ** -0.5);
    else initialiseNormal(this, std);
  }
}

function tower<M extends Module>(module: M | null, kind: string): M {
  if (module === null)
    throw new Error(`the input has ${kind}, but ${kind} is null in the model's configuration`);
  return module;
}

/** Puts a tower's tokens into their rows. */
function place(embeddings: Tensor, tokens: Tensor | undefined, placement: Placement | undefined): Tensor {
  if (tokens === undefined || placement === undefined) return embeddings;
  const filled = placement.tokens === undefined ? tokens : tokens.indexSelect(0, placement.tokens);
  if (filled.shape[0] !== placement.rows.shape[0]) {
    throw new RangeError(
      `${filled.shape[0]} media tokens for ${placement.rows.shape[0]} rows of the sequence`,
    );
  }
  return embeddings.indexCopy(0, placement.rows, filled.to(embeddings.dtype));
}
