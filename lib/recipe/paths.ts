/**
 * Which settings of a recipe are paths: their schemas say so, here. Paths are written relative to the recipe, absolute
 * while it runs, and relative to the run's folder in the copy there. No other value is touched, whatever its name is.
 */
import { z } from 'zod';

type ChangePath = (path: string) => string;

/** Replaces the paths in a value of a schema. The value may be wrong: it is read before its problems are listed. */
type ReplacePaths = (value: unknown, change: ChangePath) => unknown;

const replacements = z.registry<{ replace: ReplacePaths }>();

/** A setting that is the path of a file or folder. */
export function pathSchema(error?: string): z.ZodString {
  const replace: ReplacePaths = (value, change) => (typeof value === 'string' ? change(value) : value);
  return withPaths(z.string(error === undefined ? undefined : { error }).min(1), replace);
}

/** A setting of another shape that has paths in it. */
export function withPaths<S extends z.ZodType>(schema: S, replace: ReplacePaths): S {
  replacements.add(schema, { replace });
  return schema;
}

/** `value`, which was written for `schema`, with all of its paths replaced. */
export function mapPaths<T>(schema: z.core.$ZodType, value: T, change: ChangePath): T {
  return mapped(schema, value, change) as T;
}

function mapped(schema: z.core.$ZodType, value: unknown, change: ChangePath): unknown {
  const own = replacements.get(schema as z.ZodType);
  if (own !== undefined) return own.replace(value, change);
  const { def } = schema._zod as z.core.$ZodTypes['_zod'];
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
      return mapped(def.innerType, value, change);
    case 'union': {
      const option = def.options.find((it) => z.safeParse(it, value).success);
      return option === undefined ? value : mapped(option, value, change);
    }
    case 'array':
      return Array.isArray(value) ? value.map((item) => mapped(def.element, item, change)) : value;
    case 'object': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
      const fields = Object.entries(value).map(([key, field]): [string, unknown] => [
        key,
        Object.hasOwn(def.shape, key) ? mapped(def.shape[key], field, change) : field,
      ]);
      return Object.fromEntries(fields);
    }
    default:
      return value;
  }
}
