/**
 * The updates of LoRA (Hu et al., 2021): y = x W^T + b + s (x A^T) B^T with W and b frozen. DoRA (Liu et al., 2024) gives each
 * row of W + s B A a trained norm m; the norm by which it is divided is a constant of the backward pass, as in PEFT.
 */
import { noGrad, scope, type Tensor, torch } from '../tensor/index.js';
import { functional as F } from './functional.js';
import * as init from './init.js';
import { type AdaptableLayer, type Embedding, type LayerAdapter, Linear } from './linear.js';
import { Module, parameter } from './module.js';

export interface UpdateSettings {
  r: number;
  scale: number;
  dropout: number;
  dora: boolean;
  start: boolean | 'gaussian';
  /** False while the base model is wanted alone. */
  active: () => boolean;
  /** The weights are assigned later. */
  empty: boolean;
}

/** The update of one layer. It is attached to the layer, which calls it. */
export abstract class LoraUpdate extends Module implements LayerAdapter {
  // Private: the layer and how it is changed belong to no state dict.
  readonly #base: AdaptableLayer;
  readonly #settings: UpdateSettings;

  constructor(base: AdaptableLayer, settings: UpdateSettings) {
    super();
    this.#base = base;
    this.#settings = settings;
  }

  abstract readonly lora_magnitude_vector: Tensor | null;
  /** The result with the update. */
  protected abstract updated(input: Tensor, result: Tensor): Tensor;
  /** s B A in the shape of the weight. */
  protected abstract delta(): Tensor;
  /** A and B. */
  protected abstract factors(): readonly Tensor[];
  /** The dimension over which DoRA's norms are taken. */
  protected abstract readonly normDim: number;

  forward(): never {
    throw new Error('an update has no forward: call the layer that it changes');
  }

  adapt(input: Tensor, result: Tensor): Tensor {
    return this.#settings.active() ? this.updated(input, result) : result;
  }

  attach(): void {
    this.#base.adapter = this;
  }

  detach(): void {
    this.#base.adapter = null;
  }

  merged(): Tensor {
    if (!this.#settings.active()) return this.#base.weight;
    return noGrad(() =>
      scope(() => {
        const updated = this.#base.weight.to(this.dtype).add(this.delta());
        const { lora_magnitude_vector: magnitude, normDim } = this;
        const factor = magnitude?.div(norms(updated, normDim)).unsqueeze(normDim);
        return factor === undefined ? updated : updated.mul(factor);
      }),
    );
  }

  /** Whether the layer's results are those without it, bit for bit. */
  changesNothing(): boolean {
    return scope(() => {
      const isZero = this.factors().some((factor) => !factor.detach().any().item());
      return isZero && (this.lora_magnitude_vector?.detach().equal(this.norms()) ?? true);
    });
  }

  /** Writes the update into the layer's weight. */
  merge(): void {
    noGrad(() => scope(() => this.#base.weight.copy_(this.merged())));
  }

  protected get settings(): UpdateSettings {
    return this.#settings;
  }

  /** Updates smaller than a step of a half-precision number would be lost. */
  protected get dtype(): 'float32' | 'float64' {
    return this.#base.weight.dtype === 'float64' ? 'float64' : 'float32';
  }

  protected get factory() {
    return { dtype: this.dtype, device: this.#settings.empty ? 'meta' : this.#base.weight.device } as const;
  }

  /** DoRA's norms at the start: those of the weight with the update. */
  protected startNorms(length: number): Tensor | null {
    const { dora, empty } = this.#settings;
    if (!dora) return null;
    return parameter(empty ? torch.empty([length], this.factory) : this.norms());
  }

  /** Of the weight with the update; not differentiable. */
  protected norms(): Tensor {
    return noGrad(() => scope(() => norms(this.#base.weight.to(this.dtype).add(this.delta()), this.normDim)));
  }
}

/** A [r, in], B [out, r], m [out]. */
export class LinearUpdate extends LoraUpdate {
  readonly lora_A: Linear;
  readonly lora_B: Linear;
  readonly lora_magnitude_vector: Tensor | null;
  readonly #base: Linear;

  constructor(base: Linear, settings: UpdateSettings) {
    super(base, settings);
    this.#base = base;
    const { r, start } = settings;
    const [outFeatures, inFeatures] = base.weight.shape;
    const options = { ...this.factory, bias: false };
    this.lora_A = new Linear(inFeatures, r, options);
    this.lora_B = new Linear(r, outFeatures, options);
    if (start === 'gaussian') init.normal_(this.lora_A.weight, 0, 1 / r);
    if (start !== false) init.zeros_(this.lora_B.weight);
    this.lora_magnitude_vector = this.startNorms(outFeatures);
  }

  protected get normDim(): number {
    return 1;
  }

  protected updated(input: Tensor, result: Tensor): Tensor {
    const { lora_magnitude_vector: magnitude, lora_A, lora_B, training } = this;
    const { scale, dropout } = this.settings;
    const { bias, weight, computeDtype } = this.#base;
    const dtype = computeDtype ?? lora_A.weight.dtype;
    // An update that is not trained is as in evaluation: its outputs may be kept for other passes.
    const dropped = dropout > 0 && training && lora_A.weight.requiresGrad;
    const x = dropped ? F.dropout(input.to(dtype), dropout, true) : input.to(dtype);
    const update = F.linear(F.linear(x, lora_A.weight.to(dtype)), lora_B.weight.to(dtype)).mul(scale);
    if (magnitude === null) return result.add(update).to(result.dtype);
    const factor = magnitude.div(this.norms()).to(dtype);
    // PEFT takes the base product of the dropped input, too.
    let product = result;
    if (dropped) product = F.linear(x, weight.to(dtype));
    else if (bias !== null) product = result.sub(bias.to(result.dtype));
    return result.add(factor.sub(1).mul(product).add(factor.mul(update))).to(result.dtype);
  }

  protected factors(): readonly Tensor[] {
    return [this.lora_A.weight, this.lora_B.weight];
  }

  protected delta(): Tensor {
    return torch.matmul(this.lora_B.weight, this.lora_A.weight).mul(this.settings.scale);
  }
}

/** A [r, ids], B [width, r], m [width]. Its input is not dropped. */
export class EmbeddingUpdate extends LoraUpdate {
  readonly lora_embedding_A: Tensor;
  readonly lora_embedding_B: Tensor;
  readonly lora_magnitude_vector: Tensor | null;
  readonly #base: Embedding;

  constructor(base: Embedding, settings: UpdateSettings) {
    super(base, settings);
    this.#base = base;
    const { r, start, empty } = settings;
    const [ids, width] = base.weight.shape;
    this.lora_embedding_A = parameter(torch.empty([r, ids], this.factory));
    this.lora_embedding_B = parameter(torch.empty([width, r], this.factory));
    if (!empty) {
      if (start === false) init.normal_(this.lora_embedding_A);
      else init.zeros_(this.lora_embedding_A);
      init.normal_(this.lora_embedding_B);
    }
    this.lora_magnitude_vector = this.startNorms(width);
  }

  protected get normDim(): number {
    return 0;
  }

  protected updated(ids: Tensor, result: Tensor): Tensor {
    const { lora_magnitude_vector: magnitude, lora_embedding_A: a, lora_embedding_B: b } = this;
    const rows = F.embedding(ids, a.t(), this.#base.paddingIdx ?? -1);
    const update = F.linear(rows, b).mul(this.settings.scale);
    const sum = result.add(update);
    return (magnitude === null ? sum : sum.mul(magnitude.div(this.norms()))).to(result.dtype);
  }

  protected factors(): readonly Tensor[] {
    return [this.lora_embedding_A, this.lora_embedding_B];
  }

  protected delta(): Tensor {
    return torch.matmul(this.lora_embedding_B, this.lora_embedding_A).t().mul(this.settings.scale);
  }
}

function norms(weight: Tensor, dim: number): Tensor {
  return weight.square().sum([dim]).sqrt();
}
