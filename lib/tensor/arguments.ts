/**
 * Writes JavaScript values into the wire buffer by the kind that an operator's schema asks for.
 * Matching and marshalling are one pass: a value of the wrong kind stops it, and the next overload is tried.
 */

import type { ArgumentDescription } from '../runtime/index.js';
import * as runtime from '../runtime/index.js';
import { Generator } from './generator.js';
import { Tensor } from './tensor.js';
import { dtypeCodes, layoutCodes, memoryFormatCodes, parseDevice } from './types.js';

// Bound once, as in operator.ts.
const {
  listCount,
  native,
  nextElement,
  putBigInt,
  putBool,
  putDevice,
  putDouble,
  putGenerator,
  putInt,
  putList,
  putNone,
  putString,
  putTensor,
  shown,
  TensorDisposedError,
} = runtime;

const internedStrings = new Map<string, number>();

function internString(text: string): number {
  let id = internedStrings.get(text);
  if (id === undefined) {
    id = native.intern(text);
    internedStrings.set(text, id);
  }
  return id;
}

/** Writes `value` at `at`; returns the next free slot, or -1 when the value is not of the argument's kind. */
export function writeArgument(argument: ArgumentDescription, value: unknown, at: number, op: string): number {
  if (value === null) {
    if (!argument.optional) return -1;
    return putNone(at);
  }
  if (!argument.list) return writePlain(argument, value, at, op);
  if (Array.isArray(value)) return writeList(argument, value, at, op);
  // "int[2]": one number stands for two.
  if (argument.size !== null && typeof value === 'number') {
    return writeList(argument, new Array(argument.size).fill(value), at, op);
  }
  return -1;
}

function writeList(argument: ArgumentDescription, values: unknown[], at: number, op: string): number {
  const { length } = values;
  const first = putList(at, listCount(length));
  let next = first;
  for (let i = 0; i < length; i += 1) {
    const value = values[i];
    if (value === null && argument.elementOptional) {
      next = putNone(next);
    } else {
      next = writePlain(argument, value, next, op);
    }
    if (next < 0) return -1;
    next = nextElement(i, length, first, next);
  }
  return next;
}

function writePlain(argument: ArgumentDescription, value: unknown, at: number, op: string): number {
  switch (argument.kind) {
    case 'Tensor':
      if (!(value instanceof Tensor)) return -1;
      if (value.handle === 0) throw new TensorDisposedError(op);
      return putTensor(at, value.handle);
    case 'Scalar':
      // Any other number crosses as a double. native/node/scalars.h makes it an int again, or refuses it, by the
      // call's dtypes.
      if (typeof value === 'number' && (!Number.isSafeInteger(value) || Object.is(value, -0)))
        return putDouble(at, value);
      if (typeof value === 'boolean') return putBool(at, value ? 1 : 0);
      return writeInteger(argument, value, at, op);
    case 'int':
      return writeInteger(argument, value, at, op);
    case 'float':
      return typeof value === 'number' ? putDouble(at, value) : -1;
    case 'bool':
      return typeof value === 'boolean' ? putBool(at, value ? 1 : 0) : -1;
    case 'str':
      return typeof value === 'string' ? putString(at, internString(value)) : -1;
    case 'ScalarType':
      return writeName(dtypeCodes, value, at);
    case 'Layout':
      return writeName(layoutCodes, value, at);
    case 'MemoryFormat':
      return writeName(memoryFormatCodes, value, at);
    case 'Device':
      return writeDevice(value, at);
    case 'Generator':
      return value instanceof Generator ? putGenerator(at, value.id) : -1;
  }
}

/** @throws RangeError for a bigint that no form of the operator can take: sizes are int64, a Scalar may also be uint64 */
function writeInteger(argument: ArgumentDescription, value: unknown, at: number, op: string): number {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? putInt(at, value) : -1;
  if (typeof value !== 'bigint') return -1;
  const isScalar = argument.kind === 'Scalar';
  if (value < -(2n ** 63n) || value >= (isScalar ? 2n ** 64n : 2n ** 63n)) {
    const range = isScalar ? '64-bit integers (-2^63 to 2^64 - 1)' : 'int64 (-2^63 to 2^63 - 1)';
    throw new RangeError(
      `${op}: argument '${argument.name}': ${shown(value)} is out of the range of ${range}`,
    );
  }
  return putBigInt(at, Number(value >> 32n), Number(value & 0xffffffffn));
}

function writeName(codes: Readonly<Record<string, number>>, value: unknown, at: number): number {
  if (typeof value !== 'string' || !Object.hasOwn(codes, value)) return -1;
  return putInt(at, codes[value]);
}

function writeDevice(value: unknown, at: number): number {
  const device = typeof value === 'string' ? parseDevice(value) : null;
  if (device === null) return -1;
  return putDevice(at, device.type, device.index);
}

/** `Tensor float32 [2, 3]`, `'sum'`, `Float32Array[3]`: how an error message shows a value, lists to a depth of three. */
export function describeValue(value: unknown, depth = 3): string {
  if (value instanceof Tensor)
    return value.handle === 0 ? 'a disposed Tensor' : `Tensor ${value.dtype} [${value.shape.join(', ')}]`;
  if (typeof value === 'string') return `'${value}'`;
  if (ArrayBuffer.isView(value)) {
    const kind = Object.prototype.toString.call(value).slice(8, -1);
    return 'length' in value ? `${kind}[${value.length}]` : `a ${kind}`;
  }
  if (Array.isArray(value)) {
    if (depth === 0) return '[...]';
    const shown = value.slice(0, 6).map((entry) => describeValue(entry, depth - 1));
    return `[${shown.join(', ')}${value.length > 6 ? ', ...' : ''}]`;
  }
  if (typeof value === 'object' && value !== null) return `{ ${Object.keys(value).join(', ')} }`;
  return typeof value === 'bigint' ? `${value}n` : String(value);
}

/** The bigint to write in place of an integral number that is no safe integer, and so fitted no integer argument. */
export function unsafeIntegerHint(values: readonly unknown[]): string {
  const value = values.flat().find((it) => Number.isInteger(it) && !Number.isSafeInteger(it)) as number;
  if (value === undefined) return '';
  const exact = BigInt(value);
  return `. ${exact} is beyond 2^53 - 1, where a number may stand for its neighbour; write the bigint ${exact}n`;
}

/** `int[2]?`, `Tensor?[]`: an argument's type as PyTorch writes it. */
export function describeType(argument: ArgumentDescription): string {
  const element = `${argument.kind}${argument.elementOptional ? '?' : ''}`;
  const list = argument.list ? `[${argument.size ?? ''}]` : '';
  return `${element}${list}${argument.optional ? '?' : ''}`;
}
