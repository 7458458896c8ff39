// Environment variables with values that mean nothing: the package refuses to load and names variable and value.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const entry = join(__dirname, '..', '..', 'dist', 'tensor', 'index.js');
const program = `
  try {
    const { memoryStats, torch } = require(${JSON.stringify(entry)});
    console.log('loaded', torch.ones([2]).sum().item(), memoryStats().cachedBytes);
  } catch (error) {
    console.log(error.name, error.code, error.message);
  }`;

function load(env: Record<string, string>): string {
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], {
    encoding: 'utf8',
    env: { ...process.env, OMP_NUM_THREADS: '1', ...env },
  });
  return `${stdout}${stderr}`.trim();
}

test.each([
  ['EARSIGHT_RESULT_CACHE', '1G', 'expected a whole number of MiB (0 keeps nothing)'],
  ['EARSIGHT_RESULT_CACHE', '-1', 'expected a whole number of MiB (0 keeps nothing)'],
  ['EARSIGHT_KV_CACHE', '0', 'expected a whole number of MiB of at least 1'],
  ['EARSIGHT_KV_CACHE', '2GiB', 'expected a whole number of MiB of at least 1'],
  ['EARSIGHT_UNSCOPED_WARNING', '1G', 'expected a whole number of MiB (0: no warning)'],
  ['EARSIGHT_UNSCOPED_WARNING', '-1', 'expected a whole number of MiB (0: no warning)'],
  ['EARSIGHT_AV_ATTENTION', 'fast', 'expected kernels or dense'],
  ['EARSIGHT_ISA', 'sse', 'expected portable, avx2, avx512'],
])('%s=%s is refused at load', (name, value, expected) => {
  const said = load({ [name]: value });
  expect(said).toMatch(/^NativeLoadError NATIVE_LOAD /);
  expect(said).toContain(`${name}: ${expected}`);
  expect(said).toContain(value);
});

test('empty values are as if unset, good ones are taken', () => {
  const empty = { EARSIGHT_RESULT_CACHE: '', EARSIGHT_AV_ATTENTION: '', EARSIGHT_ISA: '' };
  expect(load(empty)).toBe('loaded 2 0');
  const good = { EARSIGHT_RESULT_CACHE: '0', EARSIGHT_AV_ATTENTION: 'kernels', EARSIGHT_ISA: 'portable' };
  expect(load(good)).toBe('loaded 2 0');
});
