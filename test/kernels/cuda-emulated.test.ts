/**
 * The GPU's attention kernels without a GPU: the same source runs on the CPU under an emulator of warps, shared memory
 * and asynchronous copies (test/kernels/cuda) and is compared with float64. What an emulator cannot show, speed and the
 * rounding inside real matrix units, is for test/gpu.
 */
import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from 'node:child_process';
import { join } from 'node:path';

const forests = process.env.EARSIGHT_TEST_FULL ? 200 : 12;
const root = join(__dirname, '..', '..');
const build = join(root, 'build');

test(`named shapes and ${forests} random forests agree with float64`, () => {
  const options: ExecFileSyncOptionsWithStringEncoding = {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  };
  const make = ['--build', build, '--target', 'cuda_check', '--config', 'Release', '--parallel', '2'];
  execFileSync('cmake', make, options);
  const said = execFileSync(join(build, 'check', 'cuda_check'), ['0', String(forests)], options);
  expect(said).toBe(`${forests} random forests and 5 shapes agree with float64\n`);
}, 1_800_000);
