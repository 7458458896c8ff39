/** Tensors from JavaScript data: `tensor`, `full`, `fromBuffer`. */

import {
  checkStatus,
  firstSlot,
  native,
  rangeStatus,
  scope,
  slots,
  statusSlot,
  writeFromBytes,
} from '../runtime/index.js';
import { describeValue } from './arguments.js';
import { runOperator } from './call.js';
import { checkOptions } from './options.js';
import { Tensor, tensorFromHandle } from './tensor.js';
import { type DType, dtypeCodes, type FactoryOptions, maxDimensions, type Scalar } from './types.js';
import { arrayKind, dtypeHeldBy, type NestedArray, positionOf, readValues } from './values.js';

function checkShape(op: string, shape: readonly number[]): void {
  if (shape.length > maxDimensions)
    throw new RangeError(`${op}: expected at most ${maxDimensions} dimensions, got ${shape.length}`);
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0)
      throw new RangeError(`${op}: expected sizes that are integers >= 0, got [${shape.join(', ')}]`);
  }
}

/** A fresh CPU tensor of the values in `view`. Each is rounded once; a RangeError names the one that does not fit. */
function fromBytes(
  op: string,
  view: ArrayBufferView,
  shape: readonly number[],
  dtype: DType,
  held: DType = dtype,
): Tensor {
  writeFromBytes(shape);
  // A view over shared memory cannot cross as an ArrayBuffer: copy it first.
  const shared = arrayKind(view.buffer) === 'SharedArrayBuffer';
  const source = shared
    ? new Uint8Array(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
    : view;
  const { buffer, byteOffset, byteLength } = source;
  native.fromBytes(buffer, byteOffset, byteLength, dtypeCodes[dtype], dtypeCodes[held]);
  // A scalar has no position to name.
  const refused = slots[statusSlot] === rangeStatus && shape.length > 0;
  checkStatus(refused ? `${op}: at ${positionOf(slots[firstSlot], shape)}` : op);
  return tensorFromHandle(slots[firstSlot]);
}

/**
 * Copies a buffer into a tensor of `shape`.
 * @param buffer an ArrayBuffer, or a typed array whose kind fits `dtype` (Uint16Array also carries the bits
 * of float16 and bfloat16, Uint8Array those of bool and float8)
 * @throws TypeError when the array kind and the dtype disagree, RangeError when the lengths do
 */
export function fromBuffer(
  buffer: ArrayBufferLike | ArrayBufferView,
  shape: readonly number[],
  dtype: DType,
): Tensor {
  checkShape('fromBuffer', shape);
  checkDtype('fromBuffer', dtype);
  const kind = arrayKind(buffer);
  if (kind !== 'ArrayBuffer' && kind !== 'SharedArrayBuffer') {
    if (dtypeHeldBy(buffer) !== dtype && !bitCarriers[kind]?.includes(dtype)) {
      throw new TypeError(`fromBuffer: expected an array that holds ${dtype}, got ${kind}`);
    }
  }
  const view = ArrayBuffer.isView(buffer) ? buffer : new Uint8Array(buffer);
  const expected = shape.reduce((product, size) => product * size, 1) * bytesPerElement(dtype);
  if (view.byteLength !== expected) {
    throw new RangeError(
      `fromBuffer: shape [${shape.join(', ')}] of ${dtype} needs ${expected} bytes, the buffer holds ${view.byteLength}`,
    );
  }
  return fromBytes('fromBuffer', view, shape, dtype);
}

const bitCarriers: Readonly<Record<string, readonly DType[]>> = {
  Uint16Array: ['float16', 'bfloat16'],
  Uint8Array: [
    'bool',
    'float8_e4m3fn',
    'float8_e5m2',
    'float8_e4m3fnuz',
    'float8_e5m2fnuz',
    'float8_e8m0fnu',
  ],
  Float32Array: ['complex64'],
  Float64Array: ['complex128'],
};

function bytesPerElement(dtype: DType): number {
  if (dtype === 'complex128') return 16;
  if (/64$/.test(dtype)) return 8;
  if (/32$/.test(dtype)) return 4;
  if (/16$/.test(dtype)) return 2;
  return 1;
}

/**
 * A tensor of nested arrays, a number, a bigint, a boolean or a typed array. A number gives float32 whatever its value, a
 * boolean bool, a bigint int64, a typed array its own dtype. With `dtype` every value is rounded once.
 * @throws RangeError for what an integer dtype cannot hold: a fraction, NaN, an infinity, a value out of its range, a
 * number beyond 2^53 - 1 (write a bigint)
 */
export function tensor(data: NestedArray, options: FactoryOptions = {}): Tensor {
  if (data instanceof Tensor)
    throw new TypeError('tensor: expected data, got a Tensor; use clone() or detach()');
  checkOptions('tensor', options, ['dtype', 'device', 'requiresGrad']);
  const { dtype, device, requiresGrad } = options;
  if (dtype != null) checkDtype('tensor', dtype);
  const values = readValues('tensor', data, dtype ?? undefined);
  let result = fromBytes('tensor', values.array, values.shape, values.dtype, values.held);
  if (device != null && device !== 'cpu') {
    const onCpu = result;
    result = runOperator('aten::_to_copy', [onCpu], { device }) as Tensor;
    onCpu.dispose();
  }
  if (requiresGrad !== undefined) result.requiresGrad = requiresGrad;
  return result;
}

function checkDtype(op: string, dtype: DType): void {
  if (!Object.hasOwn(dtypeCodes, dtype)) throw new TypeError(`${op}: unknown dtype ${describeValue(dtype)}`);
}

/**
 * A tensor of `shape` filled with `value`; a number gives float32, a boolean bool, a bigint int64. With `dtype` the value
 * is rounded once, or refused as by `tensor`.
 */
export function full(shape: readonly number[], value: Scalar, options: FactoryOptions = {}): Tensor {
  checkOptions('full', options, ['dtype', 'device', 'layout', 'pinMemory', 'requiresGrad']);
  const { requiresGrad, ...rest } = options;
  const dtype =
    options.dtype ?? (typeof value === 'bigint' ? 'int64' : typeof value === 'boolean' ? 'bool' : 'float32');
  // A Scalar of libtorch is an int64 at most: a larger value arrives as a tensor.
  const isLarge = typeof value === 'bigint' && BigInt.asIntN(64, value) !== value;
  const result = (
    isLarge
      ? scope(() => tensor(value, { dtype, device: options.device }).expand(shape).clone())
      : runOperator('aten::full', [shape, value], { ...rest, dtype })
  ) as Tensor;
  if (requiresGrad !== undefined) result.requiresGrad = requiresGrad;
  return result;
}
