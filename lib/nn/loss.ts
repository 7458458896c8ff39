/** Losses as modules. */
import { checkOptions, kinds, oneOf, orNull, type Tensor } from '../tensor/index.js';
import { functional as F } from './functional.js';
import { Module } from './module.js';

export type Reduction = 'none' | 'mean' | 'sum';

export interface CrossEntropyOptions {
  /** Weight of each class, [C]. */
  weight?: Tensor | null;
  /** Rows with this target give no loss and no gradient. */
  ignoreIndex?: number;
  reduction?: Reduction;
  labelSmoothing?: number;
}

const reduction = oneOf('none', 'mean', 'sum');

/** -log softmax(input)[target]: logits [N, C] or [N, C, ...] and class ids int64 [N] or [N, ...]. */
export class CrossEntropyLoss extends Module {
  readonly options: CrossEntropyOptions;

  constructor(options: CrossEntropyOptions = {}) {
    super();
    checkOptions('CrossEntropyLoss', options, {
      weight: orNull(kinds.tensor),
      ignoreIndex: kinds.integer,
      reduction,
      labelSmoothing: kinds.fraction,
    });
    this.options = { ...options };
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return F.crossEntropy(input, target, this.options);
  }
}

/** (input - target)^2. */
export class MSELoss extends Module {
  readonly reduction: Reduction;

  constructor(options: { reduction?: Reduction } = {}) {
    super();
    checkOptions('MSELoss', options, { reduction });
    this.reduction = options.reduction ?? 'mean';
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return F.mseLoss(input, target, this.reduction);
  }
}

/** |input - target|. */
export class L1Loss extends Module {
  readonly reduction: Reduction;

  constructor(options: { reduction?: Reduction } = {}) {
    super();
    checkOptions('L1Loss', options, { reduction });
    this.reduction = options.reduction ?? 'mean';
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return F.l1Loss(input, target, this.reduction);
  }
}
