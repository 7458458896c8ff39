/** Values out of tensors: `item`, `toArray`, `data`; conversion of dtype and device. */

import { checkStatus, native, TensorDisposedError, writeItem } from '../runtime/index.js';
import { describeValue } from './arguments.js';
import { runOperator } from './call.js';
import { readValue } from './operator.js';
import { checkOptions } from './options.js';
import { Tensor } from './tensor.js';
import {
  type Device,
  type DType,
  dtypeCodes,
  type MemoryFormat,
  maxDimensions,
  parseDevice,
} from './types.js';

/** The values of a tensor: memory of their own, never a part of a shared or larger buffer. */
export type TensorData =
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>;

export type NestedValues = number | boolean | readonly NestedValues[];

export interface ConversionOptions {
  dtype?: DType;
  device?: Device;
  nonBlocking?: boolean;
  copy?: boolean;
  memoryFormat?: MemoryFormat;
}

declare module './tensor.js' {
  interface Tensor {
    /**
     * The value of a one-element tensor: a number, or a boolean for a bool tensor (typed by `item<boolean>()`). An
     * int64 beyond 2^53 is a RangeError.
     */
    item<T extends number | boolean = number>(): T;
    /** Values as nested arrays, row-major; a zero-dimensional tensor gives its value. */
    toArray(): NestedValues;
    /**
     * A copy of the values, row-major: BigInt64Array for int64, Float32Array for bfloat16 and float16 (and,
     * interleaved, for complex64 and complex32), Uint8Array for bool, else the dtype's own array. Does not block the
     * event loop while a device finishes.
     */
    data(): Promise<TensorData>;
    /**
     * Converts dtype or device: `to('bfloat16')`, `to('cuda:0', 'bfloat16')`, `to(other)` (dtype and device of another
     * tensor), `to({ device, dtype })`. Returns this tensor when nothing changes.
     */
    to(dtype: DType, nonBlocking?: boolean, copy?: boolean): Tensor;
    to(device: Device, dtype?: DType, nonBlocking?: boolean, copy?: boolean): Tensor;
    to(other: Tensor, nonBlocking?: boolean, copy?: boolean): Tensor;
    to(target: DType | Device | Tensor, options: ConversionOptions): Tensor;
    to(target: DType | Device | ConversionOptions): Tensor;
    /** Copies to the CPU; this tensor when it is there. */
    cpu(): Tensor;
  }
}

const arrays: Partial<Record<DType, new (buffer: ArrayBuffer) => TensorData>> = {
  float32: Float32Array,
  complex64: Float32Array,
  float64: Float64Array,
  complex128: Float64Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
};

function handleOf(tensor: Tensor, op: string): number {
  if (tensor.handle === 0) throw new TensorDisposedError(op);
  return tensor.handle;
}

/** The dtype in which values are read. JavaScript has no arrays of small floats: a wider dtype holds them exactly. */
function readAs(dtype: DType): DType {
  if (arrays[dtype] !== undefined) return dtype;
  return dtype === 'complex32' ? 'complex64' : 'float32';
}

function widened<T>(tensor: Tensor, read: (tensor: Tensor) => T): T {
  const dtype = readAs(tensor.dtype);
  if (dtype === tensor.dtype) return read(tensor);
  const wide = runOperator('aten::_to_copy', [tensor], { dtype }) as Tensor;
  try {
    return read(wide);
  } finally {
    wide.dispose();
  }
}

function wrap(buffer: ArrayBuffer, dtype: DType): TensorData {
  return new (arrays[dtype] ?? Float32Array)(buffer);
}

/** @internal The values now, on this thread. */
export function readData(tensor: Tensor, op: string): TensorData {
  handleOf(tensor, op);
  return widened(tensor, (source) => {
    const buffer = native.toBytes(source.handle);
    checkStatus(op);
    return wrap(buffer, source.dtype);
  });
}

/** @internal The bytes as libtorch holds them, row-major. */
export function readRawBytes(tensor: Tensor, op: string): Uint8Array {
  const buffer = native.toBytes(handleOf(tensor, op));
  checkStatus(op);
  return new Uint8Array(buffer);
}

function item(this: Tensor): number | boolean {
  writeItem(handleOf(this, 'item'));
  native.item();
  checkStatus('item');
  return readValue('item') as number | boolean;
}

function toArray(this: Tensor): NestedValues {
  handleOf(this, 'toArray');
  const { shape, dtype } = this;
  if (shape.length > maxDimensions) {
    throw new RangeError(
      `toArray: expected at most ${maxDimensions} dimensions, got ${shape.length}; reshape it, or use data()`,
    );
  }
  const values = readData(this, 'toArray');
  const isComplex = dtype.startsWith('complex');
  let next = 0;
  const value = (): NestedValues => {
    const entry = values[next++];
    if (isComplex) return [entry as number, values[next++] as number];
    if (dtype === 'bool') return entry !== 0;
    const number = Number(entry);
    // As item(): 2^53 itself is exact.
    if (typeof entry === 'bigint' && (BigInt(number) !== entry || Math.abs(number) > 2 ** 53)) {
      throw new RangeError(`toArray: the integer ${entry} is beyond 2^53; use data() for bigints`);
    }
    return number;
  };
  const build = (depth: number): NestedValues =>
    depth === shape.length ? value() : Array.from({ length: shape[depth] }, () => build(depth + 1));
  return build(0);
}

async function data(this: Tensor): Promise<TensorData> {
  handleOf(this, 'data');
  // On the CPU the copy is taken now: a later in-place operator must not change it.
  if (this.device === 'cpu') return readData(this, 'data');
  const { dtype } = this;
  const pending = widened(this, (source) => native.readBytes(source.handle));
  checkStatus('data');
  return wrap(await pending, readAs(dtype));
}

const conversionNames: (keyof ConversionOptions)[] = [
  'dtype',
  'device',
  'nonBlocking',
  'copy',
  'memoryFormat',
];

/** The arguments of `to` by name: positional ones in PyTorch's order, then a trailing object. */
function conversion(args: readonly unknown[]): ConversionOptions {
  const [target, ...rest] = args;
  if (target instanceof Tensor) return { device: target.device, ...conversion([target.dtype, ...rest]) };
  const isDtype = typeof target === 'string' && Object.hasOwn(dtypeCodes, target);
  // The common form, on the path of every mixed-precision layer.
  if (args.length === 1 && typeof target === 'string')
    return isDtype ? { dtype: target as DType } : { device: target };
  const order = isDtype ? ['dtype', 'nonBlocking', 'copy'] : ['device', 'dtype', 'nonBlocking', 'copy'];
  const last = args.at(-1);
  const named = typeof last === 'object' && last !== null ? last : {};
  checkOptions<ConversionOptions>('to', named, conversionNames);
  const positional = last === named ? args.slice(0, -1) : args;
  const options: Record<string, unknown> = { ...named };
  positional.forEach((value, i) => {
    if (i >= order.length) throw new TypeError(`to: takes ${order.join(', ')}; got ${args.length} arguments`);
    if (value !== undefined) options[order[i]] = value;
  });
  return options;
}

function to(this: Tensor, ...args: readonly unknown[]): Tensor {
  handleOf(this, 'to');
  const options = conversion(args);
  if (args[0] === undefined || (options.device !== undefined && parseDevice(options.device) === null)) {
    throw new TypeError(
      `to: expected a dtype, a device, a Tensor or { dtype, device }, got ${describeValue(args[0])}`,
    );
  }
  const {
    dtype = this.dtype,
    device = this.device,
    nonBlocking = false,
    copy = false,
    memoryFormat,
  } = options;
  const sameDevice = device === this.device || (device === 'cuda' && this.device.startsWith('cuda'));
  if (dtype === this.dtype && sameDevice && !copy && memoryFormat === undefined) return this;
  return runOperator('aten::_to_copy', [this], { dtype, device, nonBlocking, memoryFormat }) as Tensor;
}

Object.assign(Tensor.prototype, {
  item,
  toArray,
  data,
  to,
  cpu(this: Tensor) {
    return this.to('cpu');
  },
});
