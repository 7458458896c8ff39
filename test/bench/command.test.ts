/** `npm run bench` as a user meets it: its help, and what it says on a machine without Python or without torch in it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const main = join(__dirname, '..', '..', 'bench', 'main.mjs');

function bench(args: string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}

test('--help lists the benchmarks', () => {
  const { status, stdout, stderr } = bench(['--help']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  for (const name of ['dispatch', 'attention', 'attention-gpu', 'policy', 'training'])
    expect(stdout).toMatch(new RegExp(`^  ${name} +[A-Z]`, 'm'));
});

test.each([
  ['attention', ['--rows', '--isa', '--pairs', '--seconds', '--quick', '--write'], ['F4', 'V3', 'C2']],
  ['policy', ['--rows', '--isa', '--pairs', '--seconds', '--quick', '--write'], ['H1', 'L3K', 'A1']],
  ['attention-gpu', ['--rows', '--samples', '--write'], ['F16']],
  ['dispatch', ['--write'], ['chain of 10 operators']],
  ['training', ['--write'], ['SFT']],
])('%s --help tells options, rows and time', (name, options, rows) => {
  const { status, stdout, stderr } = bench([name, '--help']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  for (const option of options) expect(stdout).toMatch(new RegExp(`^  ${option} +.*[a-z]`, 'm'));
  for (const row of rows) expect(stdout).toMatch(new RegExp(`^  ${row}\\b`, 'm'));
  expect(stdout).toContain('minute');
});

test.each([
  ['no such program', { EARSIGHT_PYTHON: 'no-such-python' }, 'no-such-python does not run'],
  ['a Python without torch', { EARSIGHT_PYTHON: 'false' }, 'false has no torch'],
  ['a Python with another torch', { EARSIGHT_PYTHON: 'echo' }, 'echo has torch -c import'],
])('%s: one line that says what is missing, no stack trace', (_, env, reason) => {
  for (const name of ['attention', 'policy']) {
    const { status, stdout, stderr } = bench([name], env);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^[^\n]+\n$/);
    expect(stdout.startsWith(`${name}: not measured, ${reason}`)).toBe(true);
    expect(stdout).toMatch(/EARSIGHT_PYTHON must name a Python with torch 2\.\d+/);
  }
});

test('a row or an option that does not exist is one line and exit code 2', () => {
  expect(bench(['attention', '--rows', 'F4,X9'])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^--rows: expected some of F4,.*, got 'X9'\n$/),
  });
  expect(bench(['policy', '--nothing'])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^Unknown option '--nothing'[^\n]*\n$/),
  });
});
