// docs/pytorch.md: its examples run and have the values that they show, and its tables are those of the package.

import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './helpers.js';

const page = readFileSync(join(repository, 'docs/pytorch.md'), 'utf8');

/** The code of the page as one program; an expression with its value behind it becomes a comparison. */
function program(): string {
  const code = [...page.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, block]) => block).join('\n');
  const checks = code
    .replace(
      /^(.+); \/\/ => (.*?)(?: {2,}.*)?$/gm,
      (_, it, value) => `check(${it}, ${JSON.stringify(value)});`,
    )
    .replace(/^(.+); \/\/ throws (\w+)$/gm, (_, it, name) => `throws(() => ${it}, { name: '${name}' });`);
  return `import { throws, strictEqual } from 'node:assert';
    import { inspect } from 'node:util';
    let count = 0;
    function check(value, expected) {
      strictEqual(inspect(value, { breakLength: Infinity, compact: true }), expected);
      count += 1;
    }
    ${checks}
    console.log(count);`;
}

test('its examples have the values that they show', () => {
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program()], {
    cwd: repository,
    encoding: 'utf8',
  });
  expect(Number(output)).toBe(page.match(/\/\/ => /g)?.length);
});

test('its tables are what the package has, with a reason for everything that it lacks', () => {
  const script = join(repository, 'scripts/generate-bindings/parity.mjs');
  const { stderr, status } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
});

test.each([
  ['maskedFill', 'masked_fill', true],
  ['einsum', 'einsum', true],
  ['toSparseCsr', 'to_sparse_csr', false],
  ['LSTM', 'LSTM', false],
])('%s stands where it belongs', (here, inPyTorch, isHere) => {
  const lines = page.split('\n');
  const isPresent = lines.some((line) => line.startsWith('`') && line.includes(`\`${here}\` `));
  const isMissing = lines.some((line) => line.startsWith('- `') && line.includes(`\`${inPyTorch}\``));
  expect([isPresent, isMissing]).toEqual([isHere, !isHere]);
});
