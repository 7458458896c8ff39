/**
 * Weight initialisers with PyTorch's formulas and its order of random draws: under one seed a layer starts
 * with the values that PyTorch would give it. All work in place, outside autograd, and return their tensor.
 */
import { checkOption, checkOptions, kinds, noGrad, oneOf, type Tensor } from '../tensor/index.js';

export type Nonlinearity = 'linear' | 'sigmoid' | 'tanh' | 'relu' | 'leaky_relu' | 'selu';

export interface KaimingOptions {
  /** Negative slope of the rectifier after the layer, for 'leaky_relu'. */
  a?: number;
  mode?: 'fan_in' | 'fan_out';
  nonlinearity?: Nonlinearity;
}

const nonlinearityKind = oneOf('linear', 'sigmoid', 'tanh', 'relu', 'leaky_relu', 'selu');
const kaimingKinds = { a: kinds.number, mode: oneOf('fan_in', 'fan_out'), nonlinearity: nonlinearityKind };

export function uniform_(tensor: Tensor, low = 0, high = 1): Tensor {
  return noGrad(() => tensor.uniform_(low, high));
}

export function normal_(tensor: Tensor, mean = 0, std = 1): Tensor {
  return noGrad(() => tensor.normal_(mean, std));
}

export function constant_(tensor: Tensor, value: number): Tensor {
  return noGrad(() => tensor.fill_(value));
}

export function zeros_(tensor: Tensor): Tensor {
  return constant_(tensor, 0);
}

export function ones_(tensor: Tensor): Tensor {
  return constant_(tensor, 1);
}

/** Glorot and Bengio (2010): variance 2 / (fan in + fan out), times gain squared. */
export function xavierUniform_(tensor: Tensor, gain = 1): Tensor {
  checkOption('xavierUniform_', 'gain', gain, kinds.number);
  const { fanIn, fanOut } = fans(tensor);
  const bound = Math.sqrt(3) * gain * Math.sqrt(2 / (fanIn + fanOut));
  return uniform_(tensor, -bound, bound);
}

export function xavierNormal_(tensor: Tensor, gain = 1): Tensor {
  checkOption('xavierNormal_', 'gain', gain, kinds.notNegative);
  const { fanIn, fanOut } = fans(tensor);
  return normal_(tensor, 0, gain * Math.sqrt(2 / (fanIn + fanOut)));
}

/** He et al. (2015): variance gain squared / fan. */
export function kaimingUniform_(tensor: Tensor, options: KaimingOptions = {}): Tensor {
  const bound = Math.sqrt(3) * kaimingStd('kaimingUniform_', tensor, options);
  return uniform_(tensor, -bound, bound);
}

export function kaimingNormal_(tensor: Tensor, options: KaimingOptions = {}): Tensor {
  return normal_(tensor, 0, kaimingStd('kaimingNormal_', tensor, options));
}

/** The factor by which a nonlinearity's layer widens its weights. */
export function calculateGain(nonlinearity: Nonlinearity, negativeSlope = 0.01): number {
  checkOption('calculateGain', 'nonlinearity', nonlinearity, nonlinearityKind);
  checkOption('calculateGain', 'negativeSlope', negativeSlope, kinds.number);
  switch (nonlinearity) {
    case 'tanh':
      return 5 / 3;
    case 'relu':
      return Math.SQRT2;
    case 'leaky_relu':
      return Math.sqrt(2 / (1 + negativeSlope ** 2));
    case 'selu':
      return 3 / 4;
    default:
      return 1;
  }
}

/** Inputs and outputs that meet in one unit: a weight is [out, in, ...kernel]. */
export function fans(tensor: Tensor): { fanIn: number; fanOut: number } {
  if (tensor.shape.length < 2) {
    throw new RangeError(
      `fan in and out need a weight of at least 2 dimensions, got shape [${tensor.shape}]`,
    );
  }
  const [out, input, ...kernel] = tensor.shape;
  const field = kernel.reduce((product, size) => product * size, 1);
  return { fanIn: input * field, fanOut: out * field };
}

function kaimingStd(op: string, tensor: Tensor, options: KaimingOptions) {
  checkOptions(op, options, kaimingKinds);
  const { a = 0, mode = 'fan_in', nonlinearity = 'leaky_relu' } = options;
  const { fanIn, fanOut } = fans(tensor);
  return calculateGain(nonlinearity, a) / Math.sqrt(mode === 'fan_in' ? fanIn : fanOut);
}
