/** Tensors from JavaScript data: `tensor`, `full`, `fromBuffer`. */

import { beginMessage, checkStatus, native, slots, writeNumbers } from '../runtime/index.js';
import { describeValue } from './arguments.js';
import { runOperator } from './call.js';
import { checkOptions } from './options.js';
import { Tensor, tensorFromHandle } from './tensor.js';
import { type DType, dtypeCodes, type FactoryOptions, maxDimensions, type Scalar } from './types.js';

export type TypedArray =
  | Uint8Array
  | Uint8ClampedArray
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

export type NestedArray = Scalar | TypedArray | readonly NestedArray[];

const dtypeOfArray: Readonly<Record<string, DType>> = {
  Uint8Array: 'uint8',
  Uint8ClampedArray: 'uint8',
  Int8Array: 'int8',
  Uint16Array: 'uint16',
  Int16Array: 'int16',
  Uint32Array: 'uint32',
  Int32Array: 'int32',
  BigUint64Array: 'uint64',
  BigInt64Array: 'int64',
  Float32Array: 'float32',
  Float64Array: 'float64',
};

/** By tag, not by class: typed arrays of another realm (Jest, vm) count too. */
function arrayKind(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

function checkShape(op: string, shape: readonly number[]): void {
  if (shape.length > maxDimensions)
    throw new RangeError(`${op}: expected at most ${maxDimensions} dimensions, got ${shape.length}`);
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0)
      throw new RangeError(`${op}: expected sizes that are integers >= 0, got [${shape.join(', ')}]`);
  }
}

/** Copies bytes into a fresh CPU tensor. */
function fromBytes(op: string, view: ArrayBufferView, shape: readonly number[], dtype: DType): Tensor {
  writeNumbers(beginMessage(1), shape.length, (index) => shape[index]);
  // A view over shared memory cannot cross as an ArrayBuffer: copy it first.
  const shared = arrayKind(view.buffer) === 'SharedArrayBuffer';
  const source = shared
    ? new Uint8Array(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
    : view;
  native.fromBytes(source.buffer, source.byteOffset, source.byteLength, dtypeCodes[dtype]);
  checkStatus(op);
  return tensorFromHandle(slots[1]);
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
  if (!Object.hasOwn(dtypeCodes, dtype))
    throw new TypeError(`fromBuffer: unknown dtype ${describeValue(dtype)}`);
  const kind = arrayKind(buffer);
  if (kind !== 'ArrayBuffer' && kind !== 'SharedArrayBuffer') {
    const carries: readonly string[] = [dtypeOfArray[kind], ...(bitCarriers[kind] ?? [])];
    if (!carries.includes(dtype)) {
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

/** A tensor of nested arrays, a number, a bigint, a boolean or a typed array. */
export function tensor(data: NestedArray, options: FactoryOptions = {}): Tensor {
  if (data instanceof Tensor)
    throw new TypeError('tensor: expected data, got a Tensor; use clone() or detach()');
  checkOptions('tensor', options, ['dtype', 'device', 'requiresGrad']);
  let result = ArrayBuffer.isView(data) ? fromTypedArray(data as TypedArray) : fromNested(data);
  const { dtype, device, requiresGrad } = options;
  if ((dtype != null && dtype !== result.dtype) || (device != null && device !== result.device)) {
    const converted = runOperator('aten::_to_copy', [result], {
      dtype: dtype ?? undefined,
      device: device ?? undefined,
    }) as Tensor;
    result.dispose();
    result = converted;
  }
  if (requiresGrad !== undefined) result.requiresGrad = requiresGrad;
  return result;
}

function fromTypedArray(data: TypedArray): Tensor {
  const dtype = dtypeOfArray[arrayKind(data)];
  if (dtype === undefined) throw new TypeError(`tensor: ${arrayKind(data)} holds no tensor data`);
  return fromBytes('tensor', data, [data.length], dtype);
}

/** A JavaScript number is float32 whatever its value: data must not decide the dtype. */
function fromNested(data: NestedArray): Tensor {
  const shape = shapeOf(data);
  const flat: Scalar[] = [];
  flatten(data, shape, 0, flat);
  const kinds = new Set(flat.map((value) => typeof value));
  if (kinds.size > 1)
    throw new TypeError(`tensor: expected values of one kind, got ${[...kinds].join(' and ')}`);
  if (kinds.has('bigint')) {
    for (const value of flat) {
      if (BigInt.asIntN(64, value as bigint) !== value)
        throw new RangeError(`tensor: ${value}n does not fit int64`);
    }
    return fromBytes('tensor', BigInt64Array.from(flat as bigint[]), shape, 'int64');
  }
  if (kinds.has('boolean'))
    return fromBytes('tensor', Uint8Array.from(flat as unknown as number[]), shape, 'bool');
  return fromBytes('tensor', Float32Array.from(flat as number[]), shape, 'float32');
}

function shapeOf(data: NestedArray): number[] {
  const shape: number[] = [];
  let level: unknown = data;
  while (Array.isArray(level) || ArrayBuffer.isView(level)) {
    shape.push((level as unknown[]).length);
    level = (level as unknown[])[0];
  }
  return shape;
}

function flatten(data: unknown, shape: readonly number[], depth: number, flat: Scalar[]): void {
  const isList = Array.isArray(data) || ArrayBuffer.isView(data);
  if (depth === shape.length) {
    if (isList || !['number', 'bigint', 'boolean'].includes(typeof data)) {
      throw new TypeError(
        `tensor: expected a number, bigint or boolean at depth ${depth}, got ${describeValue(data)}`,
      );
    }
    flat.push(data as Scalar);
    return;
  }
  if (!isList || (data as unknown[]).length !== shape[depth]) {
    const got = isList ? `a list of ${(data as unknown[]).length}` : describeValue(data);
    throw new RangeError(`tensor: expected lists of ${shape[depth]} at depth ${depth}, got ${got}`);
  }
  for (const entry of data as unknown[]) flatten(entry, shape, depth + 1, flat);
}

/** A tensor of `shape` filled with `value`; a number gives float32, a boolean bool, a bigint int64. */
export function full(shape: readonly number[], value: Scalar, options: FactoryOptions = {}): Tensor {
  const { requiresGrad, ...rest } = options;
  const dtype =
    options.dtype ?? (typeof value === 'bigint' ? 'int64' : typeof value === 'boolean' ? 'bool' : 'float32');
  const result = runOperator('aten::full', [shape, value], { ...rest, dtype }) as Tensor;
  if (requiresGrad !== undefined) result.requiresGrad = requiresGrad;
  return result;
}
