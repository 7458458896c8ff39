/**
 * Calls by public name: `a.add(b, { alpha: 2 })`. A name has overloads; they are tried in the order of
 * PyTorch's argument parser, and the first whose arguments all match is called. Any optional argument may be
 * positional or stand in a trailing plain object; keyword-only ones only there.
 */

import { type ArgumentDescription, slots, Tag } from '../runtime/index.js';
import { describeType, describeValue, writeArgument } from './arguments.js';
import { Generator } from './generator.js';
import { execute, type Operator, resolveOperator } from './operator.js';
import { adaptations, enumerations, type SurfaceTable } from './surface.generated.js';
import { Tensor } from './tensor.js';

const receiver = -2;
const keywordOnly = -1;

/** An overload with its arguments under their public names. */
interface Signature {
  operator: Operator;
  /** By schema position: which positional argument it is, `receiver` or `keywordOnly`. */
  source: number[];
  publicNames: string[];
  /** By schema position: value when left out, instead of the schema's own default. */
  fallbacks: unknown[];
  required: boolean[];
  positionalCount: number;
  /** A factory takes requiresGrad beside dtype, layout, device and pinMemory. */
  factory: boolean;
  /** Schema position of an int list that is the only positional argument and so may be spread, or -1. */
  spread: number;
}

export function camelCase(name: string): string {
  return name.replace(/(?<=[a-z0-9A-Z])_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function makeSignature(operator: Operator, key: string, isMethod: boolean): Signature {
  const adaptation = adaptations[key];
  const schema = operator.arguments;
  const positionalOrder = adaptation?.args
    ? adaptation.args.map((name) => schema.findIndex((argument) => argument.name === name))
    : schema
        .map((_, index) => index)
        .filter((index) => !schema[index].keywordOnly && !isAlpha(schema[index]));
  const self = isMethod ? schema.findIndex((argument) => argument.name === 'self') : -1;
  const positional = positionalOrder.filter((index) => index >= 0 && index !== self);
  const source = schema.map((_, index) => (index === self ? receiver : positional.indexOf(index)));
  const first = schema[positional[0]];
  return {
    operator,
    source,
    publicNames: schema.map(
      ({ name }) => adaptation?.names?.[name] ?? (name === 'self' ? 'input' : camelCase(name)),
    ),
    fallbacks: schema.map(({ name }) => adaptation?.defaults?.[name]),
    required: schema.map(({ name, hasDefault }) => !hasDefault && adaptation?.defaults?.[name] === undefined),
    positionalCount: positional.length,
    factory: ['dtype', 'layout', 'device', 'pin_memory'].every((name) =>
      schema.some((argument) => argument.name === name && argument.keywordOnly),
    ),
    spread: positional.length === 1 && first.kind === 'int' && first.list && first.size === null ? positional[0] : -1,
  };
}

/** PyTorch moved `alpha` behind the star in Python but not in every schema. */
function isAlpha(argument: ArgumentDescription): boolean {
  return argument.name === 'alpha' && argument.kind === 'Scalar';
}

export class SurfaceFunction {
  private signatures: Signature[] | null = null;
  private readonly table: string;
  private readonly name: string;
  private readonly overloads: readonly string[];

  constructor(table: string, name: string, overloads: readonly string[]) {
    this.table = table;
    this.name = name;
    this.overloads = overloads;
  }

  call(self: unknown, args: unknown[]): unknown {
    this.signatures ??= this.overloads.map((name) =>
      makeSignature(resolveOperator(name), `${this.table}.${this.name}`, this.table === 'methods'),
    );
    let positional = args.length;
    let options: Record<string, unknown> | undefined;
    if (positional > 0 && isOptions(args[positional - 1])) {
      positional -= 1;
      options = args[positional] as Record<string, unknown>;
    }
    while (positional > 0 && args[positional - 1] === undefined) positional -= 1;
    for (const signature of this.signatures) {
      if (marshal(signature, self, args, positional, options)) {
        const result = execute(signature.operator, signature.source.length, (index) =>
          valueAt(signature, index, self, args, positional, options),
        );
        if (signature.factory && options?.requiresGrad !== undefined) {
          (result as Tensor).requiresGrad = options.requiresGrad as boolean;
        }
        return result;
      }
    }
    throw this.mismatch(args, positional, options);
  }

  private mismatch(
    args: unknown[],
    positional: number,
    options: Record<string, unknown> | undefined,
  ): TypeError {
    const given = args.slice(0, positional).map(describeValue);
    for (const [name, value] of Object.entries(options ?? {})) given.push(`${name}: ${describeValue(value)}`);
    const signatures = (this.signatures ?? []).map(
      (signature) => `  ${this.name}(${describeSignature(signature)})`,
    );
    return new TypeError(
      `${this.name}: no form of it takes (${given.join(', ')}). Expected ${signatures.length > 1 ? 'one of' : ''}\n${signatures.join('\n')}`,
    );
  }
}

function describeSignature(signature: Signature): string {
  const order = signature.source
    .map((source, index) => ({ source, index }))
    .filter(({ source }) => source !== receiver)
    .sort((a, b) => (a.source < 0 ? 1 : 0) - (b.source < 0 ? 1 : 0) || a.source - b.source);
  let starred = false;
  const parts: string[] = [];
  for (const { source, index } of order) {
    if (source === keywordOnly && !starred) {
      starred = true;
      parts.push('*');
    }
    parts.push(
      `${signature.publicNames[index]}${signature.required[index] ? '' : '?'}: ${describeType(signature.operator.arguments[index])}`,
    );
  }
  return parts.join(', ');
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

function valueAt(
  signature: Signature,
  index: number,
  self: unknown,
  args: unknown[],
  positional: number,
  options: Record<string, unknown> | undefined,
): unknown {
  const source = signature.source[index];
  if (source === receiver) return self;
  if (index === signature.spread && isSpread(args, positional)) return args.slice(0, positional);
  if (source >= 0 && source < positional) return args[source];
  return options?.[signature.publicNames[index]];
}

function isSpread(args: unknown[], positional: number): boolean {
  if (typeof args[0] !== 'number') return false;
  for (let i = 1; i < positional; i += 1) if (typeof args[i] !== 'number') return false;
  return true;
}

/** Writes the arguments of one overload; false when they do not fit it. */
function marshal(
  signature: Signature,
  self: unknown,
  args: unknown[],
  positional: number,
  options: Record<string, unknown> | undefined,
): boolean {
  const { operator, source, required, fallbacks } = signature;
  const spread = signature.spread >= 0 && isSpread(args, positional);
  if (positional > signature.positionalCount && !spread) return false;
  let named = 0;
  let at = 3;
  for (let i = 0; i < source.length; i += 1) {
    let value: unknown;
    if (source[i] === receiver) value = self;
    else if (spread && i === signature.spread) value = args.slice(0, positional);
    else if (source[i] >= 0 && source[i] < positional) value = spread ? undefined : args[source[i]];
    if (value === undefined && options !== undefined && source[i] !== receiver) {
      value = options[signature.publicNames[i]];
      if (value !== undefined || Object.hasOwn(options, signature.publicNames[i])) named += 1;
    }
    if (value === undefined) value = fallbacks[i];
    if (value === undefined) {
      if (required[i]) return false;
      slots[at++] = Tag.Default;
      continue;
    }
    if (typeof value === 'string' && operator.arguments[i].kind === 'int')
      value = enumerated(operator.arguments[i].name, value);
    at = writeArgument(operator.arguments[i], value, at, operator.name);
    if (at < 0) return false;
  }
  if (options === undefined) return true;
  if (signature.factory && Object.hasOwn(options, 'requiresGrad')) named += 1;
  return named === Object.keys(options).length;
}

function enumerated(name: string, word: string): unknown {
  const index = enumerations[name]?.indexOf(word) ?? -1;
  return index < 0 ? word : index;
}

/** Puts a function for every name of a generated table on `target`; names that `target` has stay. */
export function installTable(target: object, table: string, entries: SurfaceTable): void {
  for (const [name, overloads] of Object.entries(entries)) {
    if (Object.hasOwn(target, name)) continue;
    const entry = new SurfaceFunction(table, name, overloads);
    const value =
      table === 'methods'
        ? function (this: Tensor, ...args: unknown[]) {
            return entry.call(this, args);
          }
        : (...args: unknown[]) => entry.call(undefined, args);
    Object.defineProperty(value, 'name', { value: name });
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });
  }
}
