/**
 * Checks the options of handwritten functions. A misspelt name is refused, as generated functions refuse it. So is a
 * value that no later code would refuse.
 */

import { nearest } from '../runtime/index.js';
import { describeValue } from './arguments.js';
import { Generator } from './generator.js';
import { Tensor } from './tensor.js';
import { parseDevice } from './types.js';

/** What an option takes, and the text for it in messages. */
export interface OptionKind {
  readonly expected: string;
  /** `typeof` of the values: another is a TypeError, one that does not fit a RangeError. */
  readonly type: 'boolean' | 'number' | 'string' | 'object' | 'function';
  readonly required?: boolean;
  fits(value: unknown): boolean;
}

function number(expected: string, fits: (value: number) => boolean): OptionKind {
  return { expected, type: 'number', fits: (value) => typeof value === 'number' && fits(value) };
}

/** Kinds of options. All but required ones may be undefined, which counts as left out. */
export const kinds = {
  /** Any kind: the function that it is passed on to checks it. */
  passedOn: { expected: 'anything', type: 'object', fits: () => true },
  boolean: { expected: 'a boolean', type: 'boolean', fits: (value) => typeof value === 'boolean' },
  string: { expected: 'a string', type: 'string', fits: (value) => typeof value === 'string' },
  function: { expected: 'a function', type: 'function', fits: (value) => typeof value === 'function' },
  object: {
    expected: 'an object',
    type: 'object',
    fits: (value) => typeof value === 'object' && value !== null,
  },
  abortSignal: {
    expected: 'an AbortSignal',
    type: 'object',
    fits: (value) => typeof (value as AbortSignal | null)?.aborted === 'boolean',
  },
  device: {
    expected: 'a device, such as cpu or cuda:0',
    type: 'string',
    fits: (value) => typeof value === 'string' && parseDevice(value) !== null,
  },
  list: { expected: 'a list', type: 'object', fits: Array.isArray },
  tensor: { expected: 'a Tensor', type: 'object', fits: (value) => value instanceof Tensor },
  number: number('a finite number', Number.isFinite),
  /** One that may be infinite. */
  bound: number('a number', (value) => !Number.isNaN(value)),
  notNegative: number('a number >= 0', (value) => value >= 0 && value < Infinity),
  positive: number('a number > 0', (value) => value > 0 && value < Infinity),
  fraction: number('a number from 0 to 1', (value) => value >= 0 && value <= 1),
  fractionBelow1: number('a number from 0 to below 1', (value) => value >= 0 && value < 1),
  integer: number('an integer', Number.isSafeInteger),
  seed: number('an integer 0..2^53-1', (value) => Number.isSafeInteger(value) && value >= 0),
  count: number('an integer >= 0', (value) => Number.isSafeInteger(value) && value >= 0),
  countFrom1: number('an integer >= 1', (value) => Number.isSafeInteger(value) && value >= 1),
} as const satisfies Record<string, OptionKind>;

export function oneOf(...words: readonly string[]): OptionKind {
  const fits = (value: unknown): boolean => words.includes(value as string);
  return { expected: `one of ${words.join(', ')}`, type: 'string', fits };
}

export function orNull(kind: OptionKind): OptionKind {
  return {
    ...kind,
    expected: `${kind.expected}, or null`,
    fits: (value) => value === null || kind.fits(value),
  };
}

export function either(first: OptionKind, second: OptionKind): OptionKind {
  const expected = `${first.expected}, or ${second.expected}`;
  return { ...first, expected, fits: (value) => first.fits(value) || second.fits(value) };
}

/** @param name of the class, with its article */
export function instanceOf(Class: abstract new (...args: never) => object, name: string): OptionKind {
  return { expected: name, type: 'object', fits: (value) => value instanceof Class };
}

export function required(kind: OptionKind): OptionKind {
  return { ...kind, required: true };
}

export function allRequired<K extends Readonly<Record<string, OptionKind>>>(
  all: K,
): Record<keyof K, OptionKind> {
  return Object.fromEntries(Object.entries(all).map(([name, kind]) => [name, required(kind)])) as Record<
    keyof K,
    OptionKind
  >;
}

export function listOf(kind: OptionKind, size?: number): OptionKind {
  const expected = `${size === undefined ? 'a list of' : size} values, each ${kind.expected}`;
  const fits = (value: unknown): boolean =>
    Array.isArray(value) &&
    (size === undefined || value.length === size) &&
    Array.from(value).every(kind.fits);
  return { expected, type: 'object', fits };
}

/**
 * Checks a plain object of named arguments.
 * @param known the names, or what each takes; with names alone, the values are checked by the function that they are
 * passed on to
 * @throws TypeError for a name that is unknown and a value of another type, RangeError for a value out of its range
 */
export function checkOptions<O extends object>(
  op: string,
  options: O,
  known: readonly (keyof O & string)[] | Readonly<Record<keyof O & string, OptionKind>>,
): void {
  const names = Array.isArray(known) ? known : Object.keys(known);
  if (typeof options !== 'object' || options === null || Array.isArray(options) || isValue(options)) {
    throw new TypeError(
      `${op}: expected an object of named arguments (${names.join(', ')}), got ${describeValue(options)}`,
    );
  }
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    const close = nearest(name, names);
    const hint = close === undefined ? '' : `; did you mean '${close}'?`;
    const expected = names.length > 0 ? `; expected ${names.join(', ')}` : '; it takes none';
    throw new TypeError(`${op}: no argument named '${name}'${expected}${hint}`);
  }
  if (Array.isArray(known)) return;
  for (const [name, kind] of Object.entries<OptionKind>(known as Record<string, OptionKind>))
    checkOption(op, name, options[name as keyof O], kind);
}

/** The same of one argument. */
export function checkOption(op: string, name: string, value: unknown, kind: OptionKind): void {
  if (value === undefined ? !kind.required : kind.fits(value)) return;
  const Wrong = typeof value === kind.type && value !== null ? RangeError : TypeError;
  throw new Wrong(`${op}: ${name}: expected ${kind.expected}, got ${describeValue(value)}`);
}

function isValue(value: object): boolean {
  return value instanceof Tensor || value instanceof Generator || ArrayBuffer.isView(value);
}
