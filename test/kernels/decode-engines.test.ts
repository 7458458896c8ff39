/**
 * Every engine of the packed decoder against a decoder in doubles, and its choices of tokens against the distribution in
 * doubles, with the same bits alone, among others and with more threads, in a program without torch and without Node:
 * test/kernels/native/decode_check.cpp.
 */
import { buildProgram, outputOf } from './program.js';

const cases = process.env.EARSIGHT_TEST_FULL ? 400 : 60;

test(`${cases} random decoders and choices on every engine`, async () => {
  const lines = outputOf(await buildProgram('decode_check'), [String(cases)])
    .trim()
    .split('\n');
  for (const line of lines.filter((it) => it.includes('skipped'))) console.warn(`decode engines: ${line}`);
  const ran = lines.filter((line) => !line.includes('skipped'));
  expect(ran).toContain(`portable: ${cases} cases, 0 differences`);
  for (const line of ran) expect(line).toMatch(/: \d+ cases, 0 differences$/);
}, 3_600_000);
