/** Rotary frequencies, plain and stretched, in the float32 steps of transformers: other roundings turn late positions. */
import { type Tensor, torch } from '../../tensor/index.js';
import type { RopeScaling, TextConfig } from './settings.js';

/** theta^(-2 d / dim) for d = 0 .. dim / 2 - 1, float32 [dim / 2] */
export function inverseFrequencies(dim: number, theta: number): Tensor {
  const exponents = torch.arange(0, dim, 2).to('float32').div(dim);
  return torch.pow(theta, exponents).reciprocal();
}

type RopeConfig = Pick<TextConfig, 'headDim' | 'ropeTheta' | 'ropeScaling'>;

/** -> frequencies float32 [headDim / 2], and the factor on cos and sin */
export function scaledFrequencies({ headDim, ropeTheta, ropeScaling }: RopeConfig): {
  frequencies: Tensor;
  factor: number;
} {
  const plain = inverseFrequencies(headDim, ropeTheta);
  switch (ropeScaling?.kind) {
    case undefined:
      return { frequencies: plain, factor: 1 };
    case 'linear':
      return { frequencies: plain.div(ropeScaling.factor), factor: 1 };
    case 'llama3':
      return { frequencies: byWavelength(plain, ropeScaling), factor: 1 };
    case 'yarn': {
      const frequencies = byRotations(plain, headDim, ropeTheta, ropeScaling);
      return { frequencies, factor: ropeScaling.attentionFactor };
    }
  }
}

type Settings<Kind extends RopeScaling['kind']> = Extract<RopeScaling, { kind: Kind }>;

function byWavelength(plain: Tensor, settings: Settings<'llama3'>): Tensor {
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalLength } = settings;
  const wavelength = plain.reciprocal().mul(2 * Math.PI);
  const divided = plain.div(factor);
  const kept = wavelength
    .reciprocal()
    .mul(originalLength)
    .sub(low)
    .div(high - low);
  const between = kept.neg().add(1).mul(plain).div(factor).add(kept.mul(plain));
  const isLow = wavelength.gt(originalLength / low);
  const isHigh = wavelength.lt(originalLength / high);
  return torch.where(isLow, divided, torch.where(isHigh, plain, between));
}

function byRotations(plain: Tensor, dim: number, theta: number, settings: Settings<'yarn'>): Tensor {
  const { factor, betaFast, betaSlow, truncate, originalLength } = settings;
  const dimensionOf = (rotations: number): number =>
    (dim * Math.log(originalLength / (rotations * 2 * Math.PI))) / (2 * Math.log(theta));
  const [first, last] = [dimensionOf(betaFast), dimensionOf(betaSlow)];
  const low = Math.max(truncate ? Math.floor(first) : first, 0);
  let high = Math.min(truncate ? Math.ceil(last) : last, dim - 1);
  // A ramp of no width would divide by zero.
  if (high === low) high += 0.001;
  const ramp = torch
    .arange(0, dim / 2)
    .to('float32')
    .sub(low)
    .div(high - low)
    .clamp(0, 1);
  const kept = ramp.neg().add(1);
  const divided = plain.reciprocal().mul(factor).reciprocal();
  return divided.mul(kept.neg().add(1)).add(plain.mul(kept));
}
