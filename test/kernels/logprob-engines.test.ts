/**
 * Every bfloat16 engine of linear_logprob, the emulated AMX tiles among them, against the definition in doubles, in a
 * program without torch and without Node: test/kernels/native/logprob_check.cpp.
 */
import { buildProgram, outputOf } from './program.js';

const cases = process.env.EARSIGHT_TEST_FULL ? 400 : 60;

test(`${cases} random cases on every engine`, async () => {
  const lines = outputOf(await buildProgram('logprob_check'), [String(cases)])
    .trim()
    .split('\n');
  for (const line of lines.filter((it) => it.includes('skipped')))
    console.warn(`linear_logprob engines: ${line}`);
  const ran = lines.filter((line) => !line.includes('skipped'));
  expect(ran).toContain(`portable: ${cases} cases, 0 differences`);
  expect(ran).toContain(`amx_emulated: ${cases} cases, 0 differences`);
  for (const line of ran) expect(line).toMatch(/: \d+ cases, 0 differences$/);
}, 3_600_000);
