/** Layers without parameters: elementwise functions, softmax, dropout. */
import { checkOptions, oneOf, type Tensor } from '../tensor/index.js';
import { functional as F } from './functional.js';
import { Module } from './module.js';

/** x * Phi(x), exactly through erf or by the tanh approximation (Hendrycks and Gimpel, 2016). */
export class GELU extends Module {
  readonly approximate: 'none' | 'tanh';

  constructor(options: { approximate?: 'none' | 'tanh' } = {}) {
    super();
    checkOptions('GELU', options, { approximate: oneOf('none', 'tanh') });
    this.approximate = options.approximate ?? 'none';
  }

  forward(input: Tensor): Tensor {
    return F.gelu(input, { approximate: this.approximate });
  }
}

/** x * sigmoid(x). */
export class SiLU extends Module {
  forward(input: Tensor): Tensor {
    return F.silu(input);
  }
}

export class ReLU extends Module {
  forward(input: Tensor): Tensor {
    return input.relu();
  }
}

export class Tanh extends Module {
  forward(input: Tensor): Tensor {
    return input.tanh();
  }
}

export class Sigmoid extends Module {
  forward(input: Tensor): Tensor {
    return input.sigmoid();
  }
}

export class Softmax extends Module {
  readonly dim: number;

  constructor(dim: number) {
    super();
    this.dim = dim;
  }

  forward(input: Tensor): Tensor {
    return input.softmax(this.dim);
  }
}

export class LogSoftmax extends Module {
  readonly dim: number;

  constructor(dim: number) {
    super();
    this.dim = dim;
  }

  forward(input: Tensor): Tensor {
    return input.logSoftmax(this.dim);
  }
}

/** Zeroes elements with probability `p` and scales the rest by 1 / (1 - p) while training; the identity in eval. */
export class Dropout extends Module {
  readonly p: number;

  constructor(p = 0.5) {
    super();
    if (!(p >= 0 && p <= 1)) throw new RangeError(`Dropout p ${p}; expected a probability`);
    this.p = p;
  }

  forward(input: Tensor): Tensor {
    return F.dropout(input, this.p, this.training);
  }
}
