// Arguments lie on the stack, which holds about 120,000 of them: a list whose length comes from data must never be
// spread into a call. Every call in lib/ that takes any number of values is looked at, in the syntax tree.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from '@swc/core';
import { repository } from './helpers.js';

/** Functions of the language that take any number of values. */
const takers = new Set([
  ...['push', 'unshift', 'splice', 'concat', 'of'],
  ...['min', 'max', 'hypot'],
  ...['fromCharCode', 'fromCodePoint', 'raw'],
]);

interface Member {
  property?: { value?: string };
}

interface SyntaxNode {
  callee?: Member & { base?: Member };
  arguments?: { spread: unknown }[];
}

/** Names of the takers that `source` calls with a spread argument. */
function spreads(source: string): string[] {
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { callee, arguments: given = [] } = node as SyntaxNode;
    // Of `list?.push(...)`, the member stands in an optional chain.
    const name = (callee?.property ?? callee?.base?.property)?.value ?? '';
    if (takers.has(name) && given.some(({ spread }) => spread !== null)) {
      found.push(name);
    }
    for (const child of Object.values(node)) visit(child);
  };
  visit(parseSync(source, { syntax: 'typescript' }).body);
  return found;
}

test('the search sees what it is for', () => {
  expect(spreads('Math.max(0, ...values.map((it) => it.length));')).toEqual(['max']);
  expect(spreads('if (a) { list?.push(...[1, 2], ...more); }')).toEqual(['push']);
  expect(spreads('this.items.push(...more); String.fromCharCode(...codes)')).toEqual([
    'push',
    'fromCharCode',
  ]);
  expect(spreads('const both = [...a, ...b]; Math.max(a, b); fn(...args);')).toEqual([]);
});

test('no list becomes the arguments of such a call', () => {
  const files = readdirSync(join(repository, 'lib'), { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => file.endsWith('.ts'));
  expect(sources.length).toBeGreaterThan(200);
  const found = sources.flatMap((file) =>
    spreads(readFileSync(join(repository, 'lib', file), 'utf8')).map(
      (name) => `lib/${file}: ${name}(...list)`,
    ),
  );
  expect(found).toEqual([]);
});
