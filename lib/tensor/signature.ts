/**
 * An operator under its public name: PyTorch's argument order and names in camelCase, adapted where Python's
 * arguments differ from the schema's.
 */

import type { ArgumentDescription } from '../runtime/index.js';
import { describeType } from './arguments.js';
import { adaptations } from './bindings.generated.js';
import type { Operator } from './operator.js';

/** `Signature.source` of the tensor that a method is called on, and of an argument that only options can name. */
export const receiver = -2;
const keywordOnly = -1;

/** An overload with its arguments under their public names. */
export interface Signature {
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

/** @param key `table.name`, as in the generated adaptations */
export function makeSignature(operator: Operator, key: string, isMethod: boolean): Signature {
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
    spread:
      positional.length === 1 && first.kind === 'int' && first.list && first.size === null
        ? positional[0]
        : -1,
  };
}

/** PyTorch moved `alpha` behind the star in Python but not in every schema. */
function isAlpha(argument: ArgumentDescription): boolean {
  return argument.name === 'alpha' && argument.kind === 'Scalar';
}

/**
 * The operator for a call with `count` tensors and nothing else, if it takes them as its first arguments, has schema
 * defaults for the rest and returns one tensor. Otherwise null: the arguments are matched one by one.
 */
export function fastPath(signatures: readonly Signature[], count: number): Operator | null {
  const match = signatures.find(({ operator, source, required, positionalCount }) => {
    const receivers = source.includes(receiver) ? 1 : 0;
    return (
      positionalCount >= count - receivers &&
      source.every((position, index) => {
        const { kind, list } = operator.arguments[index];
        const given = position === receiver || (position >= 0 && position < count - receivers);
        return given ? kind === 'Tensor' && !list : !required[index];
      })
    );
  });
  if (match === undefined) return null;
  const { operator, source, fallbacks } = match;
  const positions = source.includes(receiver) ? [receiver, 0] : [0, 1];
  const inOrder = positions.slice(0, count).every((position, index) => source[index] === position);
  const plain = operator.tensorsOnly && operator.resultAliases.length === 1;
  return inOrder && plain && fallbacks.slice(count).every((it) => it === undefined) ? operator : null;
}

/** `other: Tensor, *, alpha?: Scalar` */
export function describeSignature({ operator, source, publicNames, required }: Signature): string {
  const order = source
    .map((position, index) => ({ position, index }))
    .filter(({ position }) => position !== receiver)
    .sort((a, b) => (a.position < 0 ? 1 : 0) - (b.position < 0 ? 1 : 0) || a.position - b.position);
  const parts = order.map(
    ({ index }) =>
      `${publicNames[index]}${required[index] ? '' : '?'}: ${describeType(operator.arguments[index])}`,
  );
  const star = order.findIndex(({ position }) => position === keywordOnly);
  if (star >= 0) parts.splice(star, 0, '*');
  return parts.join(', ');
}
