/**
 * One operator, resolved once: calling it marshals the arguments, crosses into the addon, and makes tensors of the
 * results. Every call of an operator passes here: profiling, the out-of-memory retry and error details are in this
 * file.
 */

import type { Context, OperatorDescription, ProfileEntry } from '../runtime/index.js';
import * as runtime from '../runtime/index.js';
import { Tensor, tensorFromHandle } from './tensor.js';
import { deviceName, dtypeNames } from './types.js';

// Bound once: an import is looked up through two getters at every use, which costs a tenth of a small operator.
const {
  CallMessage,
  checkStatus,
  currentContext,
  firstSlot,
  freeCollected,
  native,
  nativeError,
  nativeInfo,
  results,
  slots,
  statusSlot,
  Tag,
  TensorDisposedError,
  TorchError,
} = runtime;

const { operator: operatorSlot, gradMode, argumentCount, arguments: firstArgument } = CallMessage;
const secondArgument = firstArgument + 1;

export interface Operator extends OperatorDescription {
  /** `aten::add.Tensor` */
  readonly name: string;
  /** The arguments that it writes to and does not return. */
  readonly changedOnly: readonly number[];
}

const resolved = new Map<string, Operator>();

/** Looks an operator up by `namespace::name.overload`; the overload may be missing for the default one. */
export function resolveOperator(name: string): Operator {
  let operator = resolved.get(name);
  if (operator === undefined) {
    const dot = name.indexOf('.', name.indexOf('::'));
    const description =
      dot < 0 ? native.resolve(name, '') : native.resolve(name.slice(0, dot), name.slice(dot + 1));
    if (slots[statusSlot] > 0) throw missing(name);
    const { written, resultAliases } = description;
    operator = { ...description, name, changedOnly: written.filter((it) => !resultAliases.includes(it)) };
    resolved.set(name, operator);
  }
  return operator;
}

function missing(name: string): Error {
  const error = nativeError(name);
  if (error.code !== 'NO_SUCH_OPERATOR') return error;
  const { libtorch, builtAgainst } = nativeInfo();
  return new TorchError(
    `${error.message} in the loaded libtorch ${libtorch.version} (the addon was built against ${builtAgainst})`,
    { code: error.code, op: name },
  );
}

/**
 * Calls an operator whose arguments already stand in the wire buffer. `values` are the same
 * arguments as JavaScript values, by schema position: for in-place results and error details.
 */
export function execute(operator: Operator, values: readonly unknown[]): unknown {
  slots[argumentCount] = values.length;
  const context = currentContext();
  enter(operator, context);
  if (slots[statusSlot] > 0) recover(operator, values, context);
  if (operator.changedOnly.length > 0) forgetShapes(operator.changedOnly, values);
  if (!operator.tensorsOnly) return readResults(operator, values);

  const aliases = operator.resultAliases;
  if (aliases.length === 1) {
    return aliases[0] < 0 ? tensorOrNull(slots[firstSlot], context) : changed(values[aliases[0]] as Tensor);
  }
  let at = firstSlot;
  const read: unknown[] = [];
  for (const alias of aliases) {
    read.push(alias < 0 ? tensorOrNull(slots[at++], context) : changed(values[alias] as Tensor));
  }
  return aliases.length === 0 ? undefined : read;
}

/**
 * The fast path of the most frequent calls: one or two tensors as the schema's first arguments, defaults for all
 * others, one tensor as the result.
 */
export function executeOnTensors(
  operator: Operator,
  first: Tensor,
  second: Tensor | undefined,
): Tensor | null {
  if (first.handle === 0 || second?.handle === 0) throw new TensorDisposedError(operator.name);
  slots[firstArgument] = first.handle;
  if (second !== undefined) slots[secondArgument] = second.handle;
  slots[argumentCount] = second === undefined ? -1 : -2;
  const context = currentContext();
  enter(operator, context);
  if (slots[statusSlot] > 0) recover(operator, [first, second], context);
  return operator.resultAliases[0] < 0 ? tensorOrNull(slots[firstSlot], context) : changed(first);
}

/** Calls the addon; the arguments are in the wire buffer. */
function enter(operator: Operator, context: Context): void {
  slots[operatorSlot] = operator.id;
  slots[gradMode] = context.grad ? 1 : 0;
  if (context.profile === null) native.call();
  else callProfiled(operator, context.profile);
}

function tensorOrNull(handle: number, context: Context): Tensor | null {
  return handle === 0 ? null : new Tensor(handle, context.scope);
}

/** An in-place result is the argument's own object; its shape may have changed. */
function changed(tensor: Tensor): Tensor {
  tensor.metadata = null;
  return tensor;
}

function forgetShapes(written: readonly number[], values: readonly unknown[]): void {
  for (const index of written) {
    const value = values[index];
    for (const tensor of Array.isArray(value) ? value : [value])
      if (tensor instanceof Tensor) changed(tensor);
  }
}

function callProfiled(operator: Operator, profile: Map<string, ProfileEntry>): void {
  const start = performance.now();
  native.call();
  const milliseconds = performance.now() - start;
  const entry = profile.get(operator.name);
  if (entry === undefined) {
    profile.set(operator.name, { op: operator.name, count: 1, milliseconds });
  } else {
    entry.count += 1;
    entry.milliseconds += milliseconds;
  }
}

/**
 * After an out-of-memory error, frees what waits to be freed and calls once more; the arguments are still in the
 * buffer. An operator that writes to its arguments may have written some of them. It is not called again.
 */
function recover(operator: Operator, values: readonly unknown[], context: Context): void {
  let error = nativeError(operator.name);
  if (error.code === 'CALLBACK') rethrowCallbackError();
  if (operator.written.length > 0) forgetShapes(operator.written, values);
  else if (error.code === 'OOM') {
    const call = slots.slice();
    freeCollected();
    native.releaseCaches();
    slots.set(call);
    slots[operatorSlot] = operator.id;
    slots[gradMode] = context.grad ? 1 : 0;
    native.call();
    if (slots[statusSlot] <= 0) return;
    error = nativeError(operator.name);
  }
  const tensors = values.flat().filter((it): it is Tensor => it instanceof Tensor && it.handle !== 0);
  throw new TorchError(error.message, {
    code: error.code,
    op: operator.name,
    bytesRequested: error.bytesRequested,
    shapes: tensors.map((tensor) => [...tensor.shape]),
    dtypes: tensors.map((tensor) => tensor.dtype),
  });
}

let callbackError: { thrown: unknown } | null = null;
/** Keeps what a JavaScript callback threw while native frames unwind. */
export function keepCallbackError(thrown: unknown): void {
  callbackError ??= { thrown };
}
function rethrowCallbackError(): void {
  if (callbackError === null) return;
  const { thrown } = callbackError;
  callbackError = null;
  throw thrown;
}

/** `checkStatus` for entry points that may run JavaScript callbacks: rethrows what a callback threw. */
export function checkCallbackStatus(op: string): void {
  if (slots[statusSlot] <= 0) return;
  rethrowCallbackError();
  checkStatus(op);
}

function readResults(operator: Operator, values: readonly unknown[]): unknown {
  const reader = new ValueReader(values);
  const read = operator.resultAliases.map(() => reader.next());
  reader.finish(operator.name);
  // A dtype is an integer on the slots.
  if (operator.schema.endsWith('-> ScalarType')) return dtypeNames[read[0] as number];
  return read.length === 1 ? read[0] : read;
}

/** Reads tagged values that the last call left. */
class ValueReader {
  private readonly message = results();
  private at = firstSlot;
  private inexact: bigint | null = null;
  private readonly values: readonly unknown[];

  /** @param values the call's arguments, for in-place results */
  constructor(values: readonly unknown[] = []) {
    this.values = values;
  }

  private number(): number {
    return this.message[this.at++];
  }

  next(): unknown {
    switch (this.number()) {
      case Tag.None:
        return null;
      case Tag.Tensor:
        return tensorFromHandle(this.number());
      case Tag.Int:
      case Tag.Double:
        return this.number();
      case Tag.Bool:
        return this.number() !== 0;
      case Tag.BigInt:
        this.inexact = (BigInt(this.number()) << 32n) | BigInt(this.number());
        return null;
      case Tag.String:
        return native.stringAt(this.number());
      case Tag.Device:
        return deviceName(this.number(), this.number());
      case Tag.List:
        return Array.from({ length: this.number() }, () => this.next());
      case Tag.Argument:
        return changed(this.values[this.number()] as Tensor);
      default:
        throw new TorchError('a result with an unknown tag', { code: 'INTERNAL' });
    }
  }

  /** Throws if a value has no JavaScript form. Called last: every tensor of the results needs an owner first. */
  finish(op: string): void {
    if (this.inexact === null) return;
    throw new RangeError(
      `${op}: the integer ${this.inexact} is beyond 2^53 and has no exact JavaScript number; use data() for a BigInt64Array`,
    );
  }
}

/** @internal The one tagged value that the last call left. */
export function readValue(op: string): unknown {
  const reader = new ValueReader();
  const value = reader.next();
  reader.finish(op);
  return value;
}
