// The lint rule of layers, cycles and file sizes, on small trees of files.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { removeTemporaries, repository, temporaryFolder, write } from './helpers.js';

afterAll(removeTemporaries);

/** Runs the rule over files given by path; returns its exit code and the lines on stderr. */
function check(files: Record<string, string>): { status: number | null; offences: string[] } {
  const root = temporaryFolder();
  for (const [path, text] of Object.entries(files)) write(join(root, path), text);
  const script = join(repository, 'scripts', 'check-layers.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, root], { encoding: 'utf8' });
  return { status, offences: stderr.split('\n').filter(Boolean) };
}

const index = { 'lib/tensor/index.ts': '', 'lib/nn/index.ts': '', 'lib/runtime/index.ts': '' };

test('downward imports through the index are fine, and so are those of lib/index.ts', () => {
  const files = {
    ...index,
    'lib/nn/layer.ts':
      "import { a } from '../tensor/index.js';\nimport fs from 'node:fs';\nimport './other.js';",
    'lib/nn/other.ts': "import type { B } from '../runtime/index.js';",
    'lib/index.ts': "export * from './nn/index.js';",
  };
  expect(check(files)).toEqual({ status: 0, offences: [] });
});

test.each([
  ['import', "import { Layer } from '../nn/index.js';"],
  ['import of types', "import type { Layer } from '../nn/index.js';"],
  ['export', "export { Layer } from '../nn/index.js';"],
  ['side effect', "import '../nn/index.js';"],
  ['dynamic import', "const nn = await import('../nn/index.js');"],
  ['dynamic import of a template', 'const nn = await import(`../nn/index.js`);'],
  ['require', "const nn = require('../nn/index.js');"],
  ['resolved path', "const path = require.resolve('../nn/index.js');"],
  ['import assignment', "import nn = require('../nn/index.js');"],
  ['namespace export', "export * as nn from '../nn/index.js';"],
  ['import without an extension', "import { Layer } from '../nn';"],
  ['import over lines', "import {\n  type Layer,\n  other,\n} from '../nn/index.js';"],
  ['import with a quote in a comment', "import {\n  Layer, // the layer's type\n} from '../nn/index.js';"],
  ['import after a comment mark in a string', "const glob = 'lib/*';\nimport '../nn/index.js';\n/* */"],
])('an upward %s is an offence', (_name, code) => {
  const { status, offences } = check({ ...index, 'lib/tensor/a.ts': code });
  expect(status).toBe(1);
  expect(offences).toEqual(['lib/tensor/a.ts: imports upwards, tensor -> nn (lib/nn/index.ts)']);
});

test.each([
  ['an import', "import { nn } from 'earsight';"],
  ['an import of a file', "import { nn } from 'earsight/dist/nn/index.js';"],
  ['a dynamic import', 'const { nn } = await import(`earsight`);'],
  ['a type', "type Layer = import('earsight').nn.Layer;"],
])('%s by the name of the package is one of lib/index.ts', (_name, code) => {
  expect(check({ ...index, 'lib/index.ts': '', 'lib/tensor/a.ts': code }).offences).toEqual([
    'lib/tensor/a.ts: imports lib/index.ts, which stands above all layers',
  ]);
});

test.each([
  ['template', `await import(\`../nn/\${name}.js\`);`, '../nn/'],
  ['sum', "await import('../nn/' + name);", '../nn/'],
  ['require of a sum', "require('./' + name + '.js');", './'],
])('a computed path into lib/ is an offence: %s', (_name, code, prefix) => {
  expect(check({ ...index, 'lib/tensor/a.ts': code }).offences).toEqual([
    `lib/tensor/a.ts: imports a computed path below '${prefix}'; expected a literal`,
  ]);
});

test('other packages, and files that a caller names, are no offence', () => {
  const code =
    "import 'earsight-plugin';\nawait import(file);\n" +
    `await import(\`file://\${file}\`);\nrequire(\`zod/\${x}\`);`;
  expect(check({ ...index, 'lib/tensor/a.ts': code })).toEqual({ status: 0, offences: [] });
});

test('a file that cannot be parsed is an offence', () => {
  const { status, offences } = check({ ...index, 'lib/tensor/a.ts': 'import { from' });
  expect(status).toBe(1);
  expect(offences).toEqual([expect.stringContaining('lib/tensor/a.ts: cannot be parsed')]);
});

test('imports past the index, of lib/index.ts, and folders that are no layer are offences', () => {
  const { offences } = check({
    ...index,
    'lib/index.ts': '',
    'lib/tensor/deep.ts': '',
    'lib/nn/a.ts': "import { deep } from '../tensor/deep.js';",
    'lib/nn/b.ts': "import { all } from '../index.js';",
    'lib/unknown/a.ts': "import { a } from '../tensor/index.js';",
  });
  expect(offences.sort()).toEqual([
    'lib/nn/a.ts: imports lib/tensor/deep.ts past lib/tensor/index.ts',
    'lib/nn/b.ts: imports lib/index.ts, which stands above all layers',
    'lib/unknown/a.ts: lib/unknown is not in the list of layers',
  ]);
});

test.each([
  ['values', "import { b } from './b.js';"],
  ['types', "import type { B } from './b.js';"],
  ['types among names', "import { type B } from './b.js';"],
  ['an exported type', "export type { B } from './b.js';"],
  ['a type that names the file', "export type A = import('./b.js').B;"],
  ['the type of a file', "export type A = typeof import('./b.js');"],
])('a cycle through %s is an offence', (_name, first) => {
  const files = {
    ...index,
    'lib/tensor/a.ts': first,
    'lib/tensor/b.ts': "import { c } from './c.js';",
    'lib/tensor/c.ts': "import type { A } from './a.js';",
  };
  expect(check(files).offences).toEqual([
    'cycle: lib/tensor/a.ts -> lib/tensor/b.ts -> lib/tensor/c.ts -> lib/tensor/a.ts',
  ]);
});

test('a dynamic import closes no cycle', () => {
  const files = {
    ...index,
    'lib/tensor/a.ts': "const b = await import('./b.js');",
    'lib/tensor/b.ts': "import { a } from './a.js';",
  };
  expect(check(files)).toEqual({ status: 0, offences: [] });
});

test('files have at most 350 lines in lib and native, 450 in test and bench; generated ones have no limit', () => {
  const lines = (count: number) => '//\n'.repeat(count);
  const { status, offences } = check({
    ...index,
    'lib/tensor/a.ts': lines(350),
    'lib/tensor/b.ts': lines(351),
    'lib/tensor/c.generated.ts': lines(351),
    'native/node/a.cpp': lines(350),
    'native/node/b.h': lines(351),
    'native/node/c.cu': lines(351),
    'test/tensor/a.test.ts': lines(450),
    'test/tensor/b.test.ts': lines(451),
    'test/tensor/recorded.json': lines(451),
    'bench/a.mjs': lines(450),
    'bench/b.mjs': lines(451),
  });
  expect(status).toBe(1);
  expect(offences.sort()).toEqual([
    'bench/b.mjs: 451 lines, expected at most 450',
    'lib/tensor/b.ts: 351 lines, expected at most 350',
    'native/node/b.h: 351 lines, expected at most 350',
    'native/node/c.cu: 351 lines, expected at most 350',
    'test/tensor/b.test.ts: 451 lines, expected at most 450',
  ]);
});

test('what comments and strings say is not an import', () => {
  const code =
    "// import { a } from '../nn/index.js';\n/* import { b } from '../nn/index.js'; */\n" +
    "export const text = \"import '../nn/index.js'\";\nexport const more = `import '../nn/index.js'`;";
  expect(check({ ...index, 'lib/tensor/a.ts': code }).status).toBe(0);
});
