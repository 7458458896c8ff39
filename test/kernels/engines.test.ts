/**
 * Every engine of the attention kernels (portable, AVX2, AVX-512, AMX and its emulation) against a reference in
 * doubles, in a program without torch and without Node: test/kernels/native. In `npm run test:full` it runs under the
 * address and undefined-behaviour sanitizers. An engine that this machine cannot run is skipped by name.
 */
import { nativeInfo } from '../../lib/runtime/index.js';
import { buildProgram, outputOf } from './program.js';

const full = Boolean(process.env.EARSIGHT_TEST_FULL);
/** Random cases a element type; there are four. */
const cases = full ? 500 : 50;

const sanitized = () => [
  '-DCMAKE_BUILD_TYPE=Release',
  `-DEARSIGHT_LIBTORCH=${nativeInfo().libtorch.root}`,
  '-DEARSIGHT_SANITIZE=ON',
];

test(`named and ${4 * cases} random cases on every engine${full ? ', under the sanitizers' : ''}`, async () => {
  const program = await (full
    ? buildProgram('attention_check', 'build/sanitize', sanitized())
    : buildProgram('attention_check'));
  const lines = outputOf(program, ['--cases', String(cases)])
    .trim()
    .split('\n');
  for (const line of lines.filter((it) => it.includes('skipped'))) console.warn(`attention engines: ${line}`);
  const ran = lines.filter((line) => !line.includes('skipped'));
  expect(ran).toContainEqual(
    expect.stringMatching(/^portable: \d+ cases passed, 0 differences, 0 not its own$/),
  );
  for (const line of ran) expect(line).toMatch(/^[\w-]+: [1-9]\d* cases passed, 0 differences/);
}, 3_600_000);
