/**
 * Calls by public name: `a.add(b, { alpha: 2 })`. A name has overloads. They are tried in the order of PyTorch's
 * argument parser, and the first whose arguments all match is called. An optional argument may be positional or named
 * in a trailing plain object; a keyword-only argument must be named.
 */

import * as runtime from '../runtime/index.js';
import { describeValue, unsafeIntegerHint, writeArgument } from './arguments.js';
import { type BindingTable, enumerations } from './bindings.generated.js';
import { Generator } from './generator.js';
import { execute, executeOnTensors, type Operator, resolveOperator } from './operator.js';
import { describeSignature, fastPath, makeSignature, receiver, type Signature } from './signature.js';
import { Tensor } from './tensor.js';

// Bound once, as in operator.ts.
const { beginMessage, CallMessage, putDefault } = runtime;

type Options = Readonly<Record<string, unknown>>;

class BoundFunction {
  private signatures: Signature[] | null = null;
  private onOneTensor: Operator | null = null;
  private onTwoTensors: Operator | null = null;
  private readonly table: string;
  private readonly name: string;
  private readonly overloads: readonly string[];

  constructor(table: string, name: string, overloads: readonly string[]) {
    this.table = table;
    this.name = name;
    this.overloads = overloads;
  }

  /** The operator for a call with a tensor and `second`, if it needs no matching of arguments. */
  fastPath(second: unknown): Operator | null {
    if (this.signatures === null) this.resolve();
    if (second === undefined) return this.onOneTensor;
    return second instanceof Tensor ? this.onTwoTensors : null;
  }

  call(self: unknown, args: readonly unknown[]): unknown {
    let positional = args.length;
    while (positional > 0 && args[positional - 1] === undefined) positional -= 1;
    let options: Options | undefined;
    if (positional > 0 && isOptions(args[positional - 1])) {
      positional -= 1;
      options = args[positional] as Options;
      while (positional > 0 && args[positional - 1] === undefined) positional -= 1;
    }
    for (const signature of this.signatures ?? this.resolve()) {
      const values = marshal(signature, self, args, positional, options);
      if (values === null) continue;
      const result = execute(signature.operator, values);
      if (signature.factory && options?.requiresGrad !== undefined) {
        (result as Tensor).requiresGrad = options.requiresGrad as boolean;
      }
      return result;
    }
    throw this.mismatch(args.slice(0, positional), options ?? {});
  }

  private resolve(): Signature[] {
    const signatures = this.overloads.map((name) =>
      makeSignature(resolveOperator(name), `${this.table}.${this.name}`, this.table === 'methods'),
    );
    this.onOneTensor = fastPath(signatures, 1);
    this.onTwoTensors = fastPath(signatures, 2);
    this.signatures = signatures;
    return signatures;
  }

  private mismatch(args: readonly unknown[], options: Options): TypeError {
    const hint = unsafeIntegerHint([...args, ...Object.values(options)]);
    const given = args.map((value) => describeValue(value));
    for (const [name, value] of Object.entries(options)) given.push(`${name}: ${describeValue(value)}`);
    const forms = (this.signatures ?? []).map(
      (signature) => `  ${this.name}(${describeSignature(signature)})`,
    );
    return new TypeError(
      `${this.name}: no form of it takes (${given.join(', ')})${hint}. Expected ${forms.length > 1 ? 'one of' : ''}\n${forms.join('\n')}`,
    );
  }
}

/** A plain object of named arguments, as opposed to a Tensor, Generator, list or buffer. */
function isOptions(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !(value instanceof Tensor) &&
    !Array.isArray(value) &&
    !ArrayBuffer.isView(value) &&
    !(value instanceof Generator)
  );
}

function isSpread(args: readonly unknown[], positional: number): boolean {
  for (let i = 0; i < positional; i += 1) if (typeof args[i] !== 'number') return false;
  return positional > 0;
}

/** Writes the arguments of one overload; returns them by schema position, or null when they do not fit it. */
function marshal(
  signature: Signature,
  self: unknown,
  args: readonly unknown[],
  positional: number,
  options: Options | undefined,
): unknown[] | null {
  const { operator, source, required, fallbacks, publicNames } = signature;
  const spread = signature.spread >= 0 && isSpread(args, positional);
  if (positional > signature.positionalCount && !spread) return null;
  const values: unknown[] = [];
  let named = 0;
  let at = beginMessage(CallMessage.arguments);
  for (let i = 0; i < source.length; i += 1) {
    const position = source[i];
    const argument = operator.arguments[i];
    let value: unknown;
    if (position === receiver) value = self;
    else if (spread && i === signature.spread) value = args.slice(0, positional);
    else if (position >= 0 && position < positional) value = args[position];
    if (value === undefined && options !== undefined && Object.hasOwn(options, publicNames[i])) {
      value = options[publicNames[i]];
      named += 1;
    }
    if (value === undefined) value = fallbacks[i];
    values.push(value);
    if (value === undefined) {
      if (required[i]) return null;
      at = putDefault(at);
      continue;
    }
    if (typeof value === 'string' && argument.kind === 'int') value = enumerated(argument.name, value);
    at = writeArgument(argument, value, at, operator.name);
    if (at < 0) return null;
  }
  if (options === undefined) return values;
  if (signature.factory && Object.hasOwn(options, 'requiresGrad')) named += 1;
  return named === Object.keys(options).length ? values : null;
}

function enumerated(name: string, word: string): unknown {
  const index = enumerations[name]?.indexOf(word) ?? -1;
  return index < 0 ? word : index;
}

/** Puts a function for every name of a generated table on `target`; names that `target` has stay. */
export function installTable(target: object, table: string, entries: BindingTable): void {
  for (const [name, overloads] of Object.entries(entries)) {
    if (Object.hasOwn(target, name)) continue;
    const value = callable(new BoundFunction(table, name, overloads), table === 'methods');
    Object.defineProperty(value, 'name', { value: name });
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });
  }
}

function callable(entry: BoundFunction, isMethod: boolean): (...args: unknown[]) => unknown {
  if (isMethod) {
    return function (this: Tensor, first?: unknown, ...rest: unknown[]): unknown {
      const operator = rest.length === 0 ? entry.fastPath(first) : null;
      if (operator === null) return entry.call(this, [first, ...rest]);
      return executeOnTensors(operator, this, first as Tensor | undefined);
    };
  }
  return (first?: unknown, second?: unknown, ...rest: unknown[]): unknown => {
    const operator = rest.length === 0 && first instanceof Tensor ? entry.fastPath(second) : null;
    if (operator === null) return entry.call(undefined, [first, second, ...rest]);
    return executeOnTensors(operator, first as Tensor, second as Tensor | undefined);
  };
}
