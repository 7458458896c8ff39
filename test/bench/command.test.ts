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
  ['grpo', ['--rows', '--threads', '--turns', '--write'], ['A', 'D']],
  ['preference', ['--rows', '--threads', '--turns', '--write'], ['A', 'D']],
  ['engine', ['--threads', '--write'], ['idle', 'bfloat16']],
  ['expansion', ['--threads', '--turns', '--write'], ['clip of 4 s']],
  ['rollout', ['--rows', '--threads', '--llama', '--quick', '--write'], ['R1', 'R5', 'R7']],
])('%s --help tells options, rows and time', (name, options, rows) => {
  const { status, stdout, stderr } = bench([name, '--help']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  for (const option of options) expect(stdout).toMatch(new RegExp(`^  ${option} +.*[a-z]`, 'm'));
  for (const row of rows) expect(stdout).toMatch(new RegExp(`^  ${row}\\b`, 'm'));
  expect(stdout).toContain('minute');
});

test.each([
  ['attention', 'Q1', 'no-such-python', 'no-such-python does not run'],
  ['policy', 'A1', 'false', 'false has no torch'],
  ['policy', 'A1', 'echo', 'echo has torch -c import'],
])('%s %s with EARSIGHT_PYTHON=%s: our times, and one line about the rest', (name, row, python, reason) => {
  const ran = bench([name, '--rows', row, '--pairs', '1', '--threads', '1'], { EARSIGHT_PYTHON: python });
  expect(ran).toMatchObject({
    status: 0,
    stderr: expect.stringMatching(new RegExp(`^row 1 of 1: ${row}, [^\n]*\n$`)),
  });
  const lines = ran.stdout.trim().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(
    name === 'policy'
      ? /^A1; [\d.]+ ms$/
      : /^Q1; forward [\d.]+ ms, [\d.e-]+ TFLOP\/s; backward [\d.]+ ms, [\d.e-]+ TFLOP\/s$/,
  );
  expect(lines[1].startsWith(`${name}: only earsight, nothing to compare it with: ${reason}`)).toBe(true);
  expect(lines[1]).toMatch(/EARSIGHT_PYTHON must name a Python with torch 2\.\d+/);
});

test('grpo without TRL: our steps, and one line about the rest', () => {
  const ran = bench(['grpo', '--rows', 'A', '--threads', '1', '--turns', '1'], { EARSIGHT_PYTHON: 'false' });
  expect(ran).toMatchObject({ status: 0, stderr: expect.stringMatching(/^row 1 of 1: A, [^\n]*\n$/) });
  const [ours, reason, ...rest] = ran.stdout.trim().split('\n');
  expect(rest).toEqual([]);
  expect(ours).toMatch(/^A, threads: 1; earsight [\d.]+ \/ [\d.]+ ms \(generate [\d.]+, learn [\d.]+, /);
  expect(reason).toMatch(/^grpo: only earsight, .*false has no TRL that runs; EARSIGHT_PYTHON must name/);
});

test('rollout without llama.cpp skips its row, and says how to get it', () => {
  expect(bench(['rollout', '--rows', 'R4', '--quick'])).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^R4; SKIPPED: --llama must name .*pip install --no-binary/),
  });
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
