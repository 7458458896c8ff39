/** Convolutions over one, two and three dimensions. */
import { checkOptions, either, kinds, listOf, type OptionKind, type Tensor, torch } from '../tensor/index.js';
import { type Factory, factoryKinds, resolveFactory } from './factory.js';
import { functional as F } from './functional.js';
import * as init from './init.js';
import { fanInUniform } from './linear.js';
import { Module, parameter } from './module.js';

/** A size for every dimension, or one for all. */
export type Size = number | readonly number[];

export interface ConvOptions extends Factory {
  stride?: Size;
  /** Zeros on both sides of each dimension. */
  padding?: Size;
  dilation?: Size;
  groups?: number;
  bias?: boolean;
}

const sizes = (each: OptionKind): OptionKind => either(each, listOf(each));

const optionKinds = {
  stride: sizes(kinds.countFrom1),
  padding: sizes(kinds.count),
  dilation: sizes(kinds.countFrom1),
  groups: kinds.countFrom1,
  bias: kinds.boolean,
  ...factoryKinds,
};

/** weight [outChannels, inChannels / groups, ...kernel], bias [outChannels]. */
abstract class Conv extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  readonly stride: number[];
  readonly padding: number[];
  readonly dilation: number[];
  readonly groups: number;

  constructor(
    dimensions: number,
    inChannels: number,
    outChannels: number,
    kernelSize: Size,
    options: ConvOptions,
  ) {
    super();
    checkOptions(`Conv${dimensions}d`, options, optionKinds);
    const { stride = 1, padding = 0, dilation = 1, groups = 1, bias = true, ...own } = options;
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new RangeError(
        `groups ${groups} must divide inChannels ${inChannels} and outChannels ${outChannels}`,
      );
    }
    const perDimension = (name: string, size: Size) => {
      const sizes = typeof size === 'number' ? Array<number>(dimensions).fill(size) : [...size];
      if (sizes.length === dimensions) return sizes;
      throw new RangeError(`${name} [${sizes}]; expected a number or ${dimensions} numbers`);
    };
    this.stride = perDimension('stride', stride);
    this.padding = perDimension('padding', padding);
    this.dilation = perDimension('dilation', dilation);
    this.groups = groups;
    const kernel = perDimension('kernelSize', kernelSize);
    const factory = resolveFactory(own);
    const shape = [outChannels, inChannels / groups, ...kernel];
    this.weight = parameter(init.kaimingUniform_(torch.empty(shape, factory), { a: Math.sqrt(5) }));
    this.bias = bias ? parameter(fanInUniform(torch.empty([outChannels], factory), this.weight)) : null;
  }
}

/** [N, C, L] or [C, L] -> the same with outChannels. */
export class Conv1d extends Conv {
  constructor(inChannels: number, outChannels: number, kernelSize: Size, options: ConvOptions = {}) {
    super(1, inChannels, outChannels, kernelSize, options);
  }

  forward(input: Tensor): Tensor {
    return F.conv1d(input, this.weight, this.bias, this.stride, this.padding, this.dilation, this.groups);
  }
}

/** [N, C, H, W] or [C, H, W] -> the same with outChannels. */
export class Conv2d extends Conv {
  constructor(inChannels: number, outChannels: number, kernelSize: Size, options: ConvOptions = {}) {
    super(2, inChannels, outChannels, kernelSize, options);
  }

  forward(input: Tensor): Tensor {
    return F.conv2d(input, this.weight, this.bias, this.stride, this.padding, this.dilation, this.groups);
  }
}

/** [N, C, D, H, W] or [C, D, H, W] -> the same with outChannels. */
export class Conv3d extends Conv {
  constructor(inChannels: number, outChannels: number, kernelSize: Size, options: ConvOptions = {}) {
    super(3, inChannels, outChannels, kernelSize, options);
  }

  forward(input: Tensor): Tensor {
    return F.conv3d(input, this.weight, this.bias, this.stride, this.padding, this.dilation, this.groups);
  }
}
