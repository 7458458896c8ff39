// Comments and documentation cite files and functions by name. What they cite must be in the repository.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './helpers.js';

const comments = { c: /\/\*[\s\S]*?\*\/|(?<![:'"\w])\/\/.*/g, py: /"""[\s\S]*?"""|#.*/g };
const fileName = /[\w./-]*\w\.(?:ts|mts|mjs|cjs|h|cpp|cu|md)\b/g;
const call = /\b[a-z]\w+(?=\(\))/g;

/** Texts by path, of the folders that hold code. */
type Sources = Readonly<Record<string, string>>;

/** Citations in comments that name no file and no function: `path: name`. */
function deadCitations(sources: Sources, files: readonly string[]): string[] {
  const patternOf = (path: string): RegExp => (path.endsWith('.py') ? comments.py : comments.c);
  const entries = Object.entries(sources);
  const code = entries.map(([path, text]) => text.replace(patternOf(path), ' ')).join('\n');
  const words = new Set(code.match(/\w+/g));
  const isFile = (name: string): boolean => files.some((file) => file === name || file.endsWith(`/${name}`));
  return entries.flatMap(([path, text]) =>
    (text.match(patternOf(path)) ?? []).flatMap((comment) => {
      const names = (comment.match(fileName) ?? []).map((name) => name.replace(/^(?:\.*\/)+/, ''));
      const functions = comment.match(call) ?? [];
      return [...names.filter((name) => !isFile(name)), ...functions.filter((name) => !words.has(name))].map(
        (name) => `${path}: ${name}`,
      );
    }),
  );
}

const folders = ['lib', 'native', 'scripts', 'bench', 'test', 'examples', 'recipes', 'docs'];
const files = folders.flatMap((folder) =>
  readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' }).map(
    (name) => `${folder}/${name}`,
  ),
);
files.push(...readdirSync(repository));

test('every file and function that a comment cites exists', () => {
  const code = files.filter(
    (file) =>
      /^(?:lib|native|scripts|bench|test|examples)\/.*\.(?:ts|mts|mjs|cjs|h|cpp|cu|py)$/.test(file) &&
      !file.includes('.generated.') &&
      file !== 'test/package/citations.test.ts',
  );
  expect(code.length).toBeGreaterThan(300);
  const sources = Object.fromEntries(
    code.map((file) => [file, readFileSync(join(repository, file), 'utf8')]),
  );
  expect(deadCitations(sources, files)).toEqual([]);
});

test.each([
  ['// See gone.ts.', ['lib/a.ts: gone.ts']],
  ['/** As in docs/gone.md and docs/here.md. */', ['lib/a.ts: docs/gone.md']],
  ['/**\n * After vanish() and stay().\n */\nfunction stay() {}', ['lib/a.ts: vanish']],
  ["// ./here.md\nconst url = 'https://example.org/gone.ts';", []],
])('of %j', (text, expected) => {
  expect(deadCitations({ 'lib/a.ts': text }, ['docs/here.md'])).toEqual(expected);
});

test('every path in the documentation exists', () => {
  const pages = files.filter((file) => file.endsWith('.md') && /^(?:docs\/|[A-Z]+\.md$)/.test(file));
  expect(pages.length).toBeGreaterThan(5);
  const path = new RegExp(`(?<![\\w./-])(?:${folders.join('|')})/[\\w./-]+[\\w/](?![<*])`, 'g');
  // Benchmarks write pages of results, which not every checkout has.
  const isResult = (name: string): boolean => name.startsWith('docs/results/');
  const isKnown = (name: string): boolean =>
    [name, `${name}.ts`].some((it) => files.includes(it.replace(/\/$/, '')));
  const dead = pages.flatMap((page) => {
    const names = readFileSync(join(repository, page), 'utf8').match(path) ?? [];
    return names.filter((name) => !isKnown(name) && !isResult(name)).map((name) => `${page}: ${name}`);
  });
  expect(dead).toEqual([]);
});
