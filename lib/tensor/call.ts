/**
 * Calls by schema: `torch.ops.aten['add.Tensor'](a, b, 1)`. All of the schema's arguments in order,
 * keyword-only ones included, or named in a trailing object; defaults are the schema's.
 */

import { beginMessage, CallMessage, putDefault } from '../runtime/index.js';
import { describeType, describeValue, unsafeIntegerHint, writeArgument } from './arguments.js';
import { execute, resolveOperator } from './operator.js';
import { camelCase } from './signature.js';

/** Calls the operator `namespace::name.overload`. Named arguments may be in snake_case or camelCase. */
export function runOperator(
  name: string,
  args: readonly unknown[],
  named?: Readonly<Record<string, unknown>>,
): unknown {
  const operator = resolveOperator(name);
  const schema = operator.arguments;
  if (args.length > schema.length) {
    throw new TypeError(`${name}: takes ${schema.length} arguments, got ${args.length}: ${operator.schema}`);
  }
  const values = schema.map((argument, index) =>
    args[index] !== undefined ? args[index] : (named?.[argument.name] ?? named?.[camelCase(argument.name)]),
  );
  for (const key of Object.keys(named ?? {})) {
    if (!schema.some((argument) => argument.name === key || camelCase(argument.name) === key)) {
      throw new TypeError(`${name}: no argument named '${key}': ${operator.schema}`);
    }
  }
  let at = beginMessage(CallMessage.arguments);
  for (const [index, argument] of schema.entries()) {
    if (values[index] === undefined) {
      if (!argument.hasDefault)
        throw new TypeError(`${name}: missing argument '${argument.name}': ${operator.schema}`);
      at = putDefault(at);
      continue;
    }
    at = writeArgument(argument, values[index], at, name);
    if (at < 0) {
      throw new TypeError(
        `${name}: argument '${argument.name}' (position ${index + 1}): expected ${describeType(argument)}, got ${describeValue(values[index])}${unsafeIntegerHint([values[index]])}`,
      );
    }
  }
  return execute(operator, values);
}
