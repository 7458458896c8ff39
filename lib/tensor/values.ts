/**
 * Values of JavaScript as one typed array at full precision: numbers as doubles, bigints as 64-bit integers. The addon
 * rounds them once, to the dtype asked for (native/node/values.h).
 */

import { describeValue } from './arguments.js';
import { Tensor } from './tensor.js';
import { type DType, maxDimensions, type Scalar } from './types.js';

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

interface Values {
  array: TypedArray;
  shape: number[];
  /** What the array holds. */
  held: DType;
  /** What the tensor is to hold. */
  dtype: DType;
}

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

/** A number is float32 whatever its value: data must not decide the dtype. */
const dtypeOfKind: Readonly<Record<string, DType>> = {
  ...dtypeOfArray,
  number: 'float32',
  boolean: 'bool',
  bigint: 'int64',
};

/** The tag and not the class decides: typed arrays of another realm (Jest, vm) count too. */
export function arrayKind(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** The dtype that a typed array holds; undefined for other values. */
export function dtypeHeldBy(value: unknown): DType | undefined {
  return ArrayBuffer.isView(value) ? dtypeOfArray[arrayKind(value)] : undefined;
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || dtypeHeldBy(value) !== undefined;
}

/** `[1][2]`: the position of value number `index`, row-major. */
export function positionOf(index: number, shape: readonly number[]): string {
  let rest = index;
  const path = [...shape].reverse().map((size) => {
    const at = rest % size;
    rest = Math.floor(rest / size);
    return `[${at}]`;
  });
  return path.reverse().join('');
}

/** @param dtype what the tensor is to hold; the values' own when undefined */
export function readValues(op: string, data: unknown, dtype: DType | undefined): Values {
  const own = dtypeHeldBy(data);
  if (own !== undefined) {
    const array = data as TypedArray;
    return { array, shape: [array.length], held: own, dtype: dtype ?? own };
  }
  const shape = shapeOf(op, data);
  const rows: ArrayLike<unknown>[] = [];
  collectRows(op, isList(data) ? data : [data], shape.length === 0 ? [1] : shape, 0, rows);
  const length = shape.at(-1) ?? 1;
  return readUniform(rows, length, shape, dtype) ?? readMixed(op, rows, shape, dtype);
}

function shapeOf(op: string, data: unknown): number[] {
  const shape: number[] = [];
  for (let level = data; isList(level); level = level[0]) {
    // Also the end of lists that contain themselves.
    if (shape.length === maxDimensions)
      throw new RangeError(`${op}: expected lists nested at most ${maxDimensions} deep`);
    shape.push(level.length);
  }
  return shape;
}

/** The innermost lists in order. Every list's length is checked before anything is allocated. */
function collectRows(
  op: string,
  list: unknown,
  shape: readonly number[],
  depth: number,
  rows: ArrayLike<unknown>[],
): void {
  if (!isList(list) || list.length !== shape[depth]) {
    const got = isList(list) ? `a list of ${list.length}` : describeValue(list);
    throw new RangeError(`${op}: expected lists of ${shape[depth]} at depth ${depth}, got ${got}`);
  }
  if (depth === shape.length - 1) {
    rows.push(list);
    return;
  }
  for (let i = 0; i < list.length; i += 1) collectRows(op, list[i], shape, depth + 1, rows);
}

/** The common case: numbers alone, or booleans, or rows of one kind. Null for anything else. */
function readUniform(
  rows: readonly ArrayLike<unknown>[],
  length: number,
  shape: number[],
  dtype: DType | undefined,
): Values | null {
  const own = rows.length > 0 ? dtypeHeldBy(rows[0]) : undefined;
  const kind = own === undefined && rows.length * length > 0 ? typeof rows[0][0] : 'number';
  if ((kind !== 'number' && kind !== 'boolean') || own === 'int64' || own === 'uint64') return null;
  const array = new Float64Array(rows.length * length);
  let at = 0;
  for (const row of rows) {
    if (dtypeHeldBy(row) !== own) return null;
    if (own !== undefined) {
      array.set(row as ArrayLike<number>, at);
      at += length;
      continue;
    }
    for (let i = 0; i < length; i += 1) {
      const value = row[i];
      if (typeof value !== kind) return null;
      array[at++] = Number(value);
    }
  }
  return { array, shape, held: 'float64', dtype: dtype ?? own ?? dtypeOfKind[kind] };
}

function readMixed(
  op: string,
  rows: readonly ArrayLike<unknown>[],
  shape: number[],
  dtype: DType | undefined,
): Values {
  const flat: Scalar[] = [];
  const kinds = new Set<string>();
  for (const row of rows) {
    const own = dtypeHeldBy(row) && arrayKind(row);
    if (own !== undefined) kinds.add(own);
    for (let i = 0; i < row.length; i += 1) {
      const kind = own ?? typeof row[i];
      if (dtypeOfKind[kind] === undefined) throw notAValue(op, row[i], positionOf(flat.length, shape));
      kinds.add(kind);
      flat.push(row[i] as Scalar);
    }
  }
  const natural = new Set([...kinds].map((kind) => dtypeOfKind[kind]));
  if (dtype === undefined && natural.size > 1) {
    const found = [...kinds].join(' and ');
    throw new TypeError(`${op}: expected values of one kind, got ${found}; give a dtype to mix them`);
  }
  const target = dtype ?? [...natural][0] ?? 'float32';
  const isInteger = /^u?int/.test(target);
  if (isInteger && flat.some((value) => typeof value === 'bigint')) {
    const held = target === 'uint64' ? 'uint64' : 'int64';
    const integers = flat.map((value, i) => integerOf(op, value, held, () => positionOf(i, shape)));
    const array = held === 'uint64' ? BigUint64Array.from(integers) : BigInt64Array.from(integers);
    return { array, shape, held, dtype: target };
  }
  const isDouble = target === 'float64' || target === 'complex128';
  const array = Float64Array.from(flat, (value) =>
    typeof value === 'bigint' && !isDouble ? roundedToOdd(value) : Number(value),
  );
  return { array, shape, held: 'float64', dtype: target };
}

function notAValue(op: string, value: unknown, position: string): TypeError {
  const fix = value instanceof Tensor ? '; torch.stack joins tensors' : '';
  const at = position === '' ? '' : ` at ${position}:`;
  return new TypeError(`${op}:${at} expected a number, bigint or boolean, got ${describeValue(value)}${fix}`);
}

function integerOf(op: string, value: Scalar, held: 'int64' | 'uint64', position: () => string): bigint {
  const refuse = (problem: string): never => {
    const at = position();
    throw new RangeError(`${op}:${at === '' ? '' : ` at ${at}:`} ${problem}`);
  };
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    refuse(`expected a safe integer or a bigint, got ${value}`);
  const integer = BigInt(value);
  const fits = held === 'uint64' ? BigInt.asUintN(64, integer) : BigInt.asIntN(64, integer);
  if (fits !== integer) refuse(`${integer}n is out of the range of ${held}`);
  return integer;
}

const double = new Float64Array(1);
const bits = new BigUint64Array(double.buffer);

/**
 * A bigint rounded to odd: the exact double, or of the doubles on either side the one whose last bit is 1. A second
 * rounding, to a narrower type, then gives the same as one rounding of the bigint.
 */
function roundedToOdd(value: bigint): number {
  double[0] = Number(value);
  const nearest = double[0];
  if (!Number.isFinite(nearest) || bits[0] & 1n || BigInt(nearest) === value) return nearest;
  const isBelow = nearest < 0 ? BigInt(nearest) > value : BigInt(nearest) < value;
  bits[0] += isBelow ? 1n : -1n;
  return double[0];
}
