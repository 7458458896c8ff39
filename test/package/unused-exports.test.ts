// The list of exports of lib/ that nothing imports, on small trees of files.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { removeTemporaries, repository, temporaryFolder, write } from './helpers.js';

afterAll(removeTemporaries);

/** Runs the script over files given by path; returns the names that it lists. */
function unused(files: Record<string, string>): string[] {
  const root = temporaryFolder();
  for (const [path, text] of Object.entries(files)) write(join(root, path), text);
  const script = join(repository, 'scripts', 'unused-exports.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, root], { encoding: 'utf8' });
  const lines = stderr.split('\n').filter(Boolean);
  expect(status).toBe(lines.length > 0 ? 1 : 0);
  return lines.map((line) => line.replace(' is exported, and nothing imports it', '')).sort();
}

const declarations =
  'export const a = 1, { b, c: [d] } = x;\nexport function f() {}\nexport class C {}\n' +
  'export interface I {}\nexport type T = 1;\nexport enum E {}\n';
const names = ['C', 'E', 'I', 'T', 'a', 'b', 'd', 'f'];

test('what a file exports for nobody is listed, whatever it is', () => {
  const files = { 'lib/index.ts': '', 'lib/nn/index.ts': '', 'lib/nn/a.ts': declarations };
  expect(unused(files)).toEqual(names.map((name) => `lib/nn/a.ts: ${name}`));
});

test.each([
  ['a file beside it', { 'lib/nn/b.ts': "import { a, b, d, f, C, type I, type T, E } from './a.js';" }],
  ['a test', { 'test/a.test.ts': "import * as all from '../lib/nn/a.js';" }],
  ['a type', { 'lib/nn/b.ts': "type All = typeof import('./a.js');" }],
  ['an import at run time', { 'bench/b.mjs': "await import('../lib/nn/a.js');" }],
  ['a script that reads the file', { 'scripts/b.mjs': "load('a.ts');" }],
  ['a child program', { 'test/children/b.cjs': "const x = require(join(dist, 'nn/a.js'));" }],
  ['the public index', { 'lib/index.ts': "export * from './nn/a.js';" }],
  [
    'the public index through that of the layer',
    { 'lib/index.ts': "export * as nn from './nn/index.js';", 'lib/nn/index.ts': "export * from './a.js';" },
  ],
])('what %s uses is not', (_name, more) => {
  expect(unused({ 'lib/index.ts': '', 'lib/nn/index.ts': '', 'lib/nn/a.ts': declarations, ...more })).toEqual(
    [],
  );
});

test('a child program uses what it takes of dist/', () => {
  const files = {
    'lib/index.ts': '',
    'lib/nn/index.ts': "export { a, b } from './a.js';",
    'lib/nn/a.ts': 'export const a = 1;\nexport const b = 2;',
    'test/children/c.cjs': "const { a: own } = require('../../dist/nn/index.js');",
  };
  expect(unused(files)).toEqual(['lib/nn/a.ts: b', 'lib/nn/index.ts: b']);
});

test('a text that names another file, and an import of a file of that name, are no use', () => {
  const files = {
    'lib/index.ts': '',
    'lib/nn/a.ts': 'export const a = 1;',
    'test/a.js': 'export const a = 2;',
    'test/b.test.ts': "import { a } from './a.js';\nread('other/a.js', 'ba.js');",
  };
  expect(unused(files)).toEqual(['lib/nn/a.ts: a']);
});

test('passing a name on is no use of it: both places are listed', () => {
  const files = {
    'lib/index.ts': "export { used } from './nn/index.js';",
    'lib/nn/index.ts': "export { a as used, b as spare } from './a.js';",
    'lib/nn/a.ts': 'export const a = 1;\nexport const b = 2;',
  };
  expect(unused(files)).toEqual(['lib/nn/a.ts: b', 'lib/nn/index.ts: spare']);
});
