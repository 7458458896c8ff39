/**
 * Products of few rows with packed weights: what decoding multiplies with. Weights are packed once and read once a call, in
 * order, at the memory's own rate.
 */
import { checkOptions, kinds, oneOf, required, type Tensor, torch } from '../tensor/index.js';

/** Weights of a linear layer, packed for products. */
export interface PackedWeight {
  /**
   * [panels, inputs, 32], float32 or bfloat16: 32 outputs a panel, the last one filled up with zeros; of a gated layer panels
   * of gate and up in turn. bfloat16 panels interleave pairs of inputs. To be packed again, not stored: the order may
   * change with a version.
   */
  readonly panels: Tensor;
  readonly outputs: number;
}

export interface PackOptions {
  /** How the weights are stored; bfloat16 rounds to nearest even. Default: bfloat16 for bfloat16 weights, else float32. */
  dtype?: 'float32' | 'bfloat16';
}

/** @internal */
export const storageKinds = { dtype: oneOf('float32', 'bfloat16') };
/** @internal */
export const packedKinds = { panels: required(kinds.tensor), outputs: required(kinds.countFrom1) };

/**
 * Packs the weights of a linear layer. The packed weights are a copy: they have no gradient and do not follow `weight`.
 *
 * @param weight [outputs, inputs], float32, bfloat16 or float16, on the CPU
 * @throws TypeError for unknown options, TorchError for shapes and dtypes that do not fit
 */
export function packLinear(weight: Tensor, options: PackOptions = {}): PackedWeight {
  checkOptions('packLinear', options, storageKinds);
  const panels = torch.ops.earsight.pack_linear(weight, dtypeOf(options)) as Tensor;
  return { panels, outputs: weight.shape[0] };
}

/**
 * Packs the two halves of a gated layer together, for `packedGated`.
 *
 * @param gate [outputs, inputs], as in `packLinear`
 * @param up of gate's shape, dtype and device
 */
export function packGated(gate: Tensor, up: Tensor, options: PackOptions = {}): PackedWeight {
  checkOptions('packGated', options, storageKinds);
  const panels = torch.ops.earsight.pack_gated(gate, up, dtypeOf(options)) as Tensor;
  return { panels, outputs: gate.shape[0] };
}

const dtypeOf = ({ dtype }: PackOptions) => ({ dtype: dtype ?? null });

/**
 * y = x W^T + b. A sum runs over the inputs in order, one float32 multiply-add an input: a row's result depends on the row
 * alone, with any number of rows and threads. No gradient.
 *
 * @param x [..., inputs], float32, bfloat16 or float16, on the CPU
 * @param weight from `packLinear`
 * @param bias [outputs], float32, bfloat16 or float16
 * @returns [..., outputs], x's dtype
 * @throws TypeError for something that is no packed weight, TorchError for shapes, dtypes and devices that do not fit, and
 * for tensors that require a gradient outside `noGrad`
 */
export function packedLinear(x: Tensor, weight: PackedWeight, bias: Tensor | null = null): Tensor {
  checkOptions('packedLinear: weight', weight, packedKinds);
  return torch.ops.earsight.packed_linear(x, weight.panels, weight.outputs, bias) as Tensor;
}

/**
 * y = silu(x G^T) * (x U^T) in one pass over both matrices. Sums as in `packedLinear`.
 *
 * @param weight from `packGated`
 */
export function packedGated(x: Tensor, weight: PackedWeight): Tensor {
  checkOptions('packedGated: weight', weight, packedKinds);
  return torch.ops.earsight.packed_gated(x, weight.panels, weight.outputs) as Tensor;
}
