/** The opt-in suite beside this file (`npm run test:real`): what it says where it cannot run. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const scratch = mkdtempSync(join(tmpdir(), 'earsight-real-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** A Python that has some modules and lacks others. */
function pythonWithout(module: string): string {
  const file = join(scratch, `without-${module}`);
  const script = `#!/bin/sh\ncase "$*" in *${module}*) echo "No module named '${module}'" >&2; exit 1;; esac\n`;
  writeFileSync(file, script, { mode: 0o755 });
  return file;
}

test.each([
  ['a Python that is not there', () => join(scratch, 'none'), 'does not run'],
  ['a Python without transformers', () => pythonWithout('transformers'), "No module named 'transformers'"],
  ['a Python without gguf', () => pythonWithout('gguf'), "No module named 'gguf'"],
  ['a Python without pip', () => pythonWithout('pip'), "No module named 'pip'"],
])('%s is named, with what to set', (_, python, problem) => {
  const main = join(__dirname, 'main.mjs');
  const env = { ...process.env, EARSIGHT_PYTHON: python() };
  const { status, stderr } = spawnSync(process.execPath, [main, '--cache', join(scratch, 'cache')], {
    env,
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toContain('test:real failed: ');
  expect(stderr).toContain(problem);
  expect(stderr).toContain('set EARSIGHT_PYTHON to a Python with pip, torch, transformers and gguf');
});
