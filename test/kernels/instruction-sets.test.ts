/**
 * The suites whose results depend on an engine, once more under each instruction set below the one in use. The set is
 * chosen once in a process (EARSIGHT_ISA), so each runs in a separate jest process. `npm run test:full` adds the suites of
 * training and sampling, and runs the random ones whole.
 */
import { join } from 'node:path';
import { torch } from '../../lib/tensor/index.js';
import { outputOf, root } from './program.js';

const full = Boolean(process.env.EARSIGHT_TEST_FULL);
const suites = [
  'test/kernels/(av-attention|decode-attention|head-choice|linear-kl|linear-logprob|packed-linear|rms-norm)',
  'test/algorithms/',
  'test/models/',
  ...(full ? ['test/rollout/', 'test/train/'] : []),
];

const offered = torch.ops.earsight.isas() as string[];
const inUse = torch.ops.earsight.isa() as string;
const lower = offered.slice(0, offered.indexOf(inUse));
const above = ['avx2', 'avx512', 'avx512_bf16', 'amx'].filter((isa) => isa !== inUse && !lower.includes(isa));

for (const isa of above) {
  const reason = offered.includes(isa) ? `EARSIGHT_ISA is ${inUse}` : `this machine has no ${isa}`;
  console.warn(`engine suites: ${isa} skipped, ${reason}`);
  test.skip(`the engine suites pass with ${isa}`, () => {});
}

test(`the set in use, ${inUse}, is the set of all other suites`, () => {
  expect(offered).toContain(inUse);
});

for (const isa of lower) {
  test(`the engine suites pass with ${isa}`, () => {
    const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
    const report = JSON.parse(
      outputOf(process.execPath, [jest, '--runInBand', '--silent', '--json', ...suites], {
        EARSIGHT_ISA: isa,
      }),
    ) as { numPassedTestSuites: number; numPassedTests: number };
    console.info(
      `engine suites with ${isa}: ${report.numPassedTests} tests in ${report.numPassedTestSuites} suites passed`,
    );
    expect(report.numPassedTests).toBeGreaterThan(100);
  }, 3_600_000);
}
