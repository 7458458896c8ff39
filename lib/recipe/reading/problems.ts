/** What is wrong with a recipe: each problem names its field and what was expected. */
import type { z } from 'zod';
import { nearest } from '../../data/index.js';
import { knownKeys } from '../../models/index.js';
import { shown } from '../../runtime/index.js';

export type Path = readonly PropertyKey[];

export interface Problem {
  /** In the recipe as it was written. */
  path: Path;
  text: string;
}

/** Where a value stands in a recipe, and what messages call it. */
export interface Place {
  path: Path;
  label: Path;
}

export const top: Place = { path: [], label: [] };

export function problemAt({ path, label }: Place, field: Path, text: string): Problem {
  const name = [...label, ...field].join('.') || 'the recipe';
  return { path: [...path, ...field], text: `${name}: ${text}` };
}

/**
 * Each problem that a schema finds in `value`, with what was got.
 * @param besides fields beside the value's, which a misspelt one may mean
 */
export function schemaProblems(
  schema: z.ZodType,
  value: unknown,
  place: Place,
  besides: readonly string[] = [],
): Problem[] {
  const issues = schema.safeParse(value).error?.issues ?? [];
  const knownAt = (path: Path): string[] => [
    ...knownKeys(schema, path),
    ...(path.length === 0 ? besides : []),
  ];
  return issueProblems(issues, value, place, knownAt);
}

/** @param knownAt fields of the object at a path */
export function issueProblems(
  issues: readonly z.core.$ZodIssue[],
  value: unknown,
  place: Place,
  knownAt: (path: Path) => string[] = () => [],
): Problem[] {
  return issues.flatMap((issue) => {
    const { path } = issue;
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => unknownField(place, [...path, key], knownAt(path)));
    const got = valueAt(value, path);
    return problemAt(
      place,
      path,
      `${issue.message} (${got === undefined ? 'missing' : `got ${shown(got)}`})`,
    );
  });
}

/** @param known fields in its place */
function unknownField({ path, label }: Place, field: Path, known: readonly string[]): Problem {
  const close = nearest(String(field.at(-1)), [...known]);
  const text = `unknown field '${[...label, ...field].join('.')}'${close ? `; did you mean '${close}'?` : ''}`;
  return { path: [...path, ...field], text };
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((it, key) => (it as Record<PropertyKey, unknown> | null)?.[key], value);
}
