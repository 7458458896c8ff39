/** What is wrong with a configuration, by field: one wording for every file that is checked by a schema. */
import { z } from 'zod';
import { nearest, shown } from '../runtime/index.js';

const maxProblems = 8;

/** The first wrong fields with their values: `audio.width: must be even, at least 4 (got 3); ...`. */
export function fieldProblems(schema: z.ZodType, { issues }: z.ZodError, input: unknown): string {
  const valueAt = (path: readonly PropertyKey[]) =>
    path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null)?.[key], input);
  const problems = issues.slice(0, maxProblems).flatMap((issue) => {
    const { path, message } = issue;
    if (issue.code !== 'unrecognized_keys')
      return `${path.join('.') || '(root)'}: ${message} (got ${shown(valueAt(path))})`;
    return issue.keys.slice(0, maxProblems).map((key) => {
      const known = knownKeys(schema, path);
      const close = nearest(key, known);
      const name = [...path, key].join('.').slice(0, 200);
      return `${name}: no such field; ${close === undefined ? `expected ${known.join(', ')}` : `did you mean '${close}'?`}`;
    });
  });
  if (issues.length > maxProblems) problems.push(`and ${issues.length - maxProblems} more`);
  return problems.join('; ');
}

/** The fields of the object that the path leads to. */
export function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let inner = unwrapped(schema);
  for (const key of path) {
    if (inner instanceof z.ZodObject) inner = unwrapped(inner.shape[key as string] as z.ZodType);
    else if (inner instanceof z.ZodArray) inner = unwrapped(inner.element as z.ZodType);
    else return [];
  }
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function unwrapped(schema: z.ZodType | undefined): z.ZodType | undefined {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable || inner instanceof z.ZodDefault)
    inner = inner.unwrap() as z.ZodType;
  return inner;
}
