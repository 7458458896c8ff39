/** Normalisation over the last dimensions. */
import { rmsNorm } from '../kernels/index.js';
import { checkOptions, type DType, kinds, orNull, type Tensor, torch } from '../tensor/index.js';
import { type Factory, factoryKinds, resolveFactory } from './factory.js';
import { functional as F } from './functional.js';
import { Module, parameter } from './module.js';

/** (x - mean) / sqrt(variance + eps) * weight + bias over the last dimensions (Ba et al., 2016). */
export class LayerNorm extends Module {
  readonly normalizedShape: readonly number[];
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;
  readonly eps: number;

  constructor(
    normalizedShape: number | readonly number[],
    options: { eps?: number; elementwiseAffine?: boolean; bias?: boolean } & Factory = {},
  ) {
    super();
    checkOptions('LayerNorm', options, {
      eps: kinds.notNegative,
      elementwiseAffine: kinds.boolean,
      bias: kinds.boolean,
      ...factoryKinds,
    });
    const { eps = 1e-5, elementwiseAffine = true, bias = true, ...own } = options;
    const factory = resolveFactory(own);
    this.normalizedShape = [normalizedShape].flat();
    this.weight = elementwiseAffine ? parameter(torch.ones([...this.normalizedShape], factory)) : null;
    this.bias = elementwiseAffine && bias ? parameter(torch.zeros([...this.normalizedShape], factory)) : null;
    this.eps = eps;
  }

  forward(input: Tensor): Tensor {
    return F.layerNorm(input, [...this.normalizedShape], this.weight, this.bias, this.eps);
  }
}

/** x / sqrt(mean(x^2) + eps) * weight over the last dimensions (Zhang and Sennrich, 2019). */
export class RMSNorm extends Module {
  readonly normalizedShape: readonly number[];
  readonly weight: Tensor | null;
  /** null: the smallest step of the input's dtype, as in PyTorch. */
  readonly eps: number | null;

  constructor(
    normalizedShape: number | readonly number[],
    options: { eps?: number | null; elementwiseAffine?: boolean } & Factory = {},
  ) {
    super();
    checkOptions('RMSNorm', options, {
      eps: orNull(kinds.notNegative),
      elementwiseAffine: kinds.boolean,
      ...factoryKinds,
    });
    const { eps = null, elementwiseAffine = true, ...own } = options;
    const factory = resolveFactory(own);
    this.normalizedShape = [normalizedShape].flat();
    this.weight = elementwiseAffine ? parameter(torch.ones([...this.normalizedShape], factory)) : null;
    this.eps = eps;
  }

  /** @param dtype of the result; left out: as PyTorch's, and 'bfloat16' spares a product in it a pass over the result */
  forward(input: Tensor, dtype: DType | null = null): Tensor {
    const { normalizedShape, weight, eps } = this;
    if (weight === null || eps === null || normalizedShape.length > 1) {
      const normed = F.rmsNorm(input, [...normalizedShape], weight, eps);
      return dtype === null ? normed : normed.to(dtype);
    }
    return rmsNorm(input, weight, eps, dtype);
  }
}
