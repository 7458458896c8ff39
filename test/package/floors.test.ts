// The lint rule of the floors, on small houses of its own.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { removeTemporaries, repository, temporaryFolder, write } from './helpers.js';

afterAll(removeTemporaries);

/** Runs the rule over files given by path; returns its exit code and the lines on stderr. */
function check(files: Record<string, string>): { status: number | null; offences: string[] } {
  const lib = temporaryFolder();
  for (const [path, text] of Object.entries(files)) write(join(lib, path), text);
  const script = join(repository, 'scripts', 'check-floors.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, lib], { encoding: 'utf8' });
  return { status, offences: stderr.split('\n').filter(Boolean) };
}

const index = { 'tensor/index.ts': '', 'nn/index.ts': '', 'runtime/index.ts': '' };

test('downward imports through the index are fine, and so is the roof', () => {
  const files = {
    ...index,
    'nn/layer.ts': "import { a } from '../tensor/index.js';\nimport fs from 'node:fs';\nimport './other.js';",
    'nn/other.ts': "import type { B } from '../runtime/index.js';",
    'index.ts': "export * from './nn/index.js';",
  };
  expect(check(files)).toEqual({ status: 0, offences: [] });
});

test.each([
  ['import', "import { Layer } from '../nn/index.js';"],
  ['import of types', "import type { Layer } from '../nn/index.js';"],
  ['export', "export { Layer } from '../nn/index.js';"],
  ['side effect', "import '../nn/index.js';"],
  ['dynamic import', "const nn = await import('../nn/index.js');"],
  ['import over lines', "import {\n  type Layer,\n  other,\n} from '../nn/index.js';"],
])('an upward %s is an offence', (_name, code) => {
  const { status, offences } = check({ ...index, 'tensor/a.ts': code });
  expect(status).toBe(1);
  expect(offences).toEqual(['lib/tensor/a.ts: imports upwards, tensor -> nn (nn/index.ts)']);
});

test('imports past the index, of the roof, and folders that are no floor are offences', () => {
  const { offences } = check({
    ...index,
    'index.ts': '',
    'tensor/deep.ts': '',
    'nn/a.ts': "import { deep } from '../tensor/deep.js';",
    'nn/b.ts': "import { all } from '../index.js';",
    'cellar/a.ts': "import { a } from '../tensor/index.js';",
  });
  expect(offences.sort()).toEqual([
    'lib/cellar/a.ts: lib/cellar is not a floor',
    'lib/nn/a.ts: imports tensor/deep.ts past lib/tensor/index.ts',
    'lib/nn/b.ts: imports lib/index.ts, the roof of the house',
  ]);
});

test('a circle is an offence; a circle of types alone is not', () => {
  const circle = (first: string) => ({
    ...index,
    'tensor/a.ts': first,
    'tensor/b.ts': "import { c } from './c.js';",
    'tensor/c.ts': "import { a } from './a.js';",
  });
  expect(check(circle("import { b } from './b.js';")).offences).toEqual([
    'circle: lib/tensor/a.ts -> lib/tensor/b.ts -> lib/tensor/c.ts -> lib/tensor/a.ts',
  ]);
  expect(check(circle("import type { b } from './b.js';")).status).toBe(0);
  expect(check(circle("import { type b } from './b.js';")).status).toBe(0);
});

test('what comments say is not an import', () => {
  const code =
    "// import { a } from '../nn/index.js';\n/* import { b } from '../nn/index.js'; */\nexport {};";
  expect(check({ ...index, 'tensor/a.ts': code }).status).toBe(0);
});
