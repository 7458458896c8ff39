// Settings that are paths follow the recipe's folder because their schemas say so, whatever they are called.

import { z } from 'zod';
import { mapPaths, pathSchema, withPaths } from '../../lib/recipe/paths.js';

const change = (path: string) => `/recipes/${path}`;
const map = (schema: z.ZodType, value: unknown) => mapPaths(schema, value, change);

test('paths are replaced by their schemas, not by their names', () => {
  const schema = z.strictObject({
    folder: pathSchema(),
    module: z.string(),
    adapter: pathSchema().optional(),
  });
  expect(map(schema, { folder: 'a', module: 'b' })).toEqual({ folder: '/recipes/a', module: 'b' });
  expect(map(schema, { folder: 'a', module: 'b', adapter: 'c' })).toEqual({
    folder: '/recipes/a',
    module: 'b',
    adapter: '/recipes/c',
  });
});

test.each([
  ['optional', pathSchema().optional(), 'a', '/recipes/a'],
  ['left out', pathSchema().optional(), undefined, undefined],
  ['nullable', pathSchema().nullable(), null, null],
  ['with a default', pathSchema().default('b'), 'a', '/recipes/a'],
  ['in a list', z.array(pathSchema()), ['a', 'b'], ['/recipes/a', '/recipes/b']],
  [
    'in an object',
    z.object({ a: z.object({ b: pathSchema() }) }),
    { a: { b: 'c' } },
    { a: { b: '/recipes/c' } },
  ],
  ['one of several kinds', z.union([pathSchema(), z.object({ r: z.number() })]), 'a', '/recipes/a'],
  ['another of several kinds', z.union([pathSchema(), z.object({ r: z.number() })]), { r: 8 }, { r: 8 }],
  [
    'of a shape of its own',
    withPaths(z.array(z.unknown()), (list, of) => (list as string[]).map(of)),
    ['a'],
    ['/recipes/a'],
  ],
])('a path that is %s', (_name, schema, written, expected) => {
  expect(map(schema, written)).toEqual(expected);
});

test('what does not fit the schema stays as it is written, and its problems are found later', () => {
  const schema = z.strictObject({ folder: pathSchema(), list: z.array(pathSchema()) });
  expect(map(schema, { folder: 3, list: 'a', other: 'b' })).toEqual({ folder: 3, list: 'a', other: 'b' });
  expect(map(schema, null)).toBe(null);
});
