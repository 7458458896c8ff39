/**
 * Every bfloat16 engine of linear_logprob, the emulated AMX tiles among them, against the definition in doubles, in a
 * program without torch and without Node: test/kernels/native/logprob_check.cpp.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
const cases = process.env.EARSIGHT_TEST_FULL ? 400 : 60;
const run = (program: string, args: string[]) =>
  execFileSync(program, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

test(`${cases} random cases on every engine`, () => {
  const folder = join(root, 'build');
  run('cmake', ['--build', folder, '--target', 'logprob_check', '--config', 'Release', '--parallel', '2']);
  const lines = run(join(folder, 'check', 'logprob_check'), [String(cases)])
    .trim()
    .split('\n');
  const ran = lines.filter((line) => !line.includes('skipped'));
  expect(ran).toContain(`portable: ${cases} cases, 0 differences`);
  expect(ran).toContain(`amx_emulated: ${cases} cases, 0 differences`);
  for (const line of ran) expect(line).toMatch(/: \d+ cases, 0 differences$/);
}, 3_600_000);
