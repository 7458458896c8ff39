// Turns one schema into the TypeScript call signatures that a user may write.

import { ENUMERATIONS, KEYWORD_ONLY, WORDS } from './rules.mjs';
import { isFactory } from './schema.mjs';

const RESERVED = new Set('default delete enum export function in new this var void with'.split(' '));
const FACTORY_NAMES = new Set(['dtype', 'layout', 'device', 'pin_memory']);

/** log_softmax -> logSoftmax; atleast_1d -> atleast1d; a trailing underscore (in-place) stays. */
export function camelCase(name) {
  const body = name.replace(/_+$/, '');
  return body.replace(/_+([a-z0-9])/gi, (_, letter) => letter.toUpperCase()) + name.slice(body.length);
}

const SIMPLE = {
  Tensor: 'Tensor',
  Scalar: 'Scalar',
  int: 'number',
  float: 'number',
  bool: 'boolean',
  str: 'string',
  ScalarType: 'DType',
  Layout: 'Layout',
  Device: 'Device',
  MemoryFormat: 'MemoryFormat',
  Generator: 'Generator',
};

function argumentType({ name, kind }) {
  const words = ENUMERATIONS[name] && kind.base === 'int' ? ENUMERATIONS[name] : WORDS[name];
  let type = words ? words.map((word) => `'${word}'`).join(' | ') : SIMPLE[kind.base];
  if (kind.list) {
    const element = kind.elementOptional ? `(${type} | null)` : type;
    type = kind.size === null ? `readonly ${element}[]` : `${type} | readonly ${element}[]`;
  }
  return kind.optional ? `${type} | null` : type;
}

function resultType(schema, method) {
  const { results } = schema;
  if (results.length === 0) return 'void';
  if (results.length === 1) {
    const [{ kind }] = results;
    if (method && kind.alias?.includes('!')) return 'this';
    const type = kind.base === 'Scalar' ? 'number' : SIMPLE[kind.base];
    return kind.list ? `${type}[]` : type;
  }
  const named = results.every((it) => it.name !== '');
  const parts = results.map(({ name, kind }) => {
    const type = kind.list ? `${SIMPLE[kind.base]}[]` : SIMPLE[kind.base];
    return named ? `${camelCase(name)}: ${type}` : type;
  });
  return `readonly [${parts.join(', ')}]`;
}

/**
 * What a caller sees of one overload.
 * @typedef {{ name: string, type: string, optional: boolean }} Parameter
 * @typedef {{ positional: Parameter[], named: Parameter[], factory: boolean, varargs: boolean, result: string }} Call
 */

/**
 * @param {import('./schema.mjs').Schema} schema
 * @param {{ method: boolean, adapted?: object }} context @returns {Call}
 */
export function callOf(schema, { method, adapted = {} }) {
  const factory = isFactory(schema);
  let visible = schema.args.filter((it) => !(method && it.name === 'self'));
  if (adapted.args) {
    visible = adapted.args.map((name) => {
      const found = schema.args.find((it) => it.name === name);
      if (!found) throw new Error(`rules.mjs: aten::${schema.op} has no argument ${name}`);
      return found;
    });
  }
  const parameter = (it) => {
    const name = camelCase(adapted.names?.[it.name] ?? (it.name === 'self' ? 'input' : it.name));
    return {
      name: RESERVED.has(name) ? `${name}_` : name,
      type: argumentType(it),
      optional: it.default !== null || it.name in (adapted.defaults ?? {}),
    };
  };
  const isNamed = (it) => it.keywordOnly || KEYWORD_ONLY.has(it.name);
  const positional = visible.filter((it) => !isNamed(it));
  const named = visible.filter((it) => isNamed(it) && !(factory && FACTORY_NAMES.has(it.name)));
  return {
    positional: positional.map(parameter),
    named: named.map(parameter),
    factory,
    // PyTorch's rule: a single positional argument that is a list of ints may be spread.
    varargs: positional.length === 1 && positional[0].kind.list && positional[0].kind.base === 'int',
    result: resultType(schema, method),
  };
}

/** The one place where two calls differ, if exactly one parameter's type does. */
function onlyDifference(a, b) {
  const shape = (call) =>
    JSON.stringify([
      call.positional.map((it) => [it.name, it.optional]),
      call.named,
      call.factory,
      call.varargs,
      call.result,
    ]);
  if (shape(a) !== shape(b)) return -1;
  const differing = a.positional.flatMap((it, i) => (it.type === b.positional[i].type ? [] : [i]));
  return differing.length === 1 ? differing[0] : -1;
}

/** add.Tensor and add.Scalar become one call with `other: Tensor | Scalar`. @param {Call[]} calls @returns {Call[]} */
export function mergeCalls(calls) {
  const merged = [];
  for (const call of calls) {
    const target = merged.find((it) => onlyDifference(it, call) >= 0);
    if (target) {
      const i = onlyDifference(target, call);
      target.positional[i] = {
        ...target.positional[i],
        type: `${target.positional[i].type} | ${call.positional[i].type}`,
      };
    } else if (!merged.some((it) => JSON.stringify(it) === JSON.stringify(call))) {
      merged.push({ ...call, positional: [...call.positional] });
    }
  }
  return merged;
}

const required = (it) => `${it.name}: ${it.type}`;
const declared = (it) => `${it.name}${it.optional ? '?' : ''}: ${it.type}`;

function optionsType(parameters, factory) {
  const own = parameters.length > 0 ? `{ ${parameters.map(declared).join('; ')} }` : '';
  if (!factory) return own;
  return own ? `FactoryOptions & ${own}` : 'FactoryOptions';
}

/**
 * Where named arguments may begin: at any optional one, and already at `dim`, which everybody names.
 * @param {Parameter[]} positional @returns {number[]}
 */
function namedFrom(positional) {
  const afterRequired = positional.findLastIndex((it) => !it.optional) + 1;
  const starts = positional.flatMap((_, i) => (i >= afterRequired ? [i] : []));
  const early = positional.findIndex((it) => it.optional || it.name === 'dim');
  return early >= 0 && early < afterRequired ? [early, ...starts] : starts;
}

/**
 * All ways to write a call: every argument by position, or from some argument onwards by name in a
 * trailing object.
 * @param {Call} call @returns {string[]} "(a: Tensor, options?: {...}): Tensor"
 */
export function signatures(call) {
  const { positional, named, factory, result } = call;
  const afterRequired = positional.findLastIndex((it) => !it.optional) + 1;
  const mustName = named.some((it) => !it.optional);
  const line = (parts) => `(${parts.filter(Boolean).join(', ')}): ${result}`;
  const tail = (parameters, mark) => {
    const type = optionsType(parameters, factory);
    return type && `options${mark}: ${type}`;
  };
  const lines = [];
  if (afterRequired === positional.length || !mustName) {
    const head = positional.map((it, i) => (i < afterRequired ? required(it) : declared(it)));
    lines.push(line([...head, tail(named, mustName ? '' : '?')]));
  }
  for (const i of namedFrom(positional)) {
    lines.push(line([...positional.slice(0, i).map(required), tail([...positional.slice(i), ...named], '')]));
  }
  if (call.varargs && !positional[0].optional) {
    lines.push(`(...${positional[0].name}: number[]): ${result}`);
  }
  return lines;
}
