/** Layers that multiply by a matrix or look rows up in one. */
import { linear } from '../kernels/index.js';
import { checkOptions, type DType, kinds, noGrad, orNull, type Tensor, torch } from '../tensor/index.js';
import { type Factory, factoryKinds, resolveFactory } from './factory.js';
import { functional as F } from './functional.js';
import * as init from './init.js';
import { Module, parameter } from './module.js';

/** What changes the result of a layer without being part of its state. */
export interface LayerAdapter {
  /** @param result the layer's own result for `input`, bias included */
  adapt(input: Tensor, result: Tensor): Tensor;
  /** The weight with the change in it, without gradients. */
  merged(): Tensor;
}

/** A layer whose result an adapter may change. */
export abstract class AdaptableLayer extends Module {
  // Private, so that state dicts and parameters of the base model stay what they are without it.
  #adapter: LayerAdapter | null = null;

  abstract readonly weight: Tensor;

  get adapter(): LayerAdapter | null {
    return this.#adapter;
  }

  set adapter(adapter: LayerAdapter | null) {
    this.#adapter = adapter;
  }

  forward(input: Tensor): Tensor {
    const result = this.baseForward(input);
    return this.#adapter === null ? result : this.#adapter.adapt(input, result);
  }

  /** The weight as the layer applies it now, with its adapter's change. */
  effectiveWeight(): Tensor {
    return this.#adapter?.merged() ?? this.weight;
  }

  protected abstract baseForward(input: Tensor): Tensor;
}

/** y = x W^T + b. weight [outFeatures, inFeatures], bias [outFeatures]. */
export class Linear extends AdaptableLayer {
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  /**
   * Dtype of the product: input and parameters are cast to it, and so is what comes out. 'bfloat16' over float32
   * parameters is mixed precision: gradients and updates stay float32. null: everything as it is.
   */
  computeDtype: DType | null = null;

  constructor(inFeatures: number, outFeatures: number, options: { bias?: boolean } & Factory = {}) {
    super();
    checkOptions('Linear', options, { bias: kinds.boolean, ...factoryKinds });
    const { bias = true, ...own } = options;
    const factory = resolveFactory(own);
    this.weight = parameter(
      init.kaimingUniform_(torch.empty([outFeatures, inFeatures], factory), { a: Math.sqrt(5) }),
    );
    this.bias = bias ? parameter(fanInUniform(torch.empty([outFeatures], factory), this.weight)) : null;
  }

  /** [..., inFeatures] -> [..., outFeatures] */
  protected baseForward(input: Tensor): Tensor {
    const { computeDtype: dtype, weight, bias } = this;
    if (dtype === null) return linear(input, weight, bias);
    return linear(input.to(dtype), weight.to(dtype), bias === null ? null : bias.to(dtype));
  }
}

/** A table of vectors looked up by id. weight [numEmbeddings, embeddingDim]; the row `paddingIdx` gets no gradient. */
export class Embedding extends AdaptableLayer {
  readonly weight: Tensor;
  readonly paddingIdx: number | null;

  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    options: { paddingIdx?: number | null } & Factory = {},
  ) {
    super();
    checkOptions('Embedding', options, { paddingIdx: orNull(kinds.count), ...factoryKinds });
    const { paddingIdx = null, ...own } = options;
    if (paddingIdx !== null && paddingIdx >= numEmbeddings) {
      throw new RangeError(`Embedding paddingIdx ${paddingIdx}; expected 0..${numEmbeddings - 1}`);
    }
    this.paddingIdx = paddingIdx;
    this.weight = parameter(init.normal_(torch.empty([numEmbeddings, embeddingDim], resolveFactory(own))));
    if (paddingIdx !== null) noGrad(() => this.weight.narrow(0, paddingIdx, 1).zero_());
  }

  /** ids [...] -> [..., embeddingDim] */
  protected baseForward(ids: Tensor): Tensor {
    return F.embedding(ids, this.weight, this.paddingIdx ?? -1);
  }
}

/** Returns its input. */
export class Identity extends Module {
  forward(input: Tensor): Tensor {
    return input;
  }
}

/** PyTorch's default for biases: uniform within 1 / sqrt(fan in of the weight). */
export function fanInUniform(bias: Tensor, weight: Tensor): Tensor {
  const bound = 1 / Math.sqrt(init.fans(weight).fanIn);
  return init.uniform_(bias, -bound, bound);
}
