/**
 * The GPU's attention kernels without a GPU: the same source runs on the CPU under an emulator of warps, shared memory
 * and asynchronous copies (test/kernels/cuda) and is compared with float64. What an emulator cannot show, speed and the
 * rounding inside real matrix units, is for test/gpu.
 */
import { buildProgram, outputOf } from './program.js';

const forests = process.env.EARSIGHT_TEST_FULL ? 200 : 12;

test(`named shapes and ${forests} random forests agree with float64`, async () => {
  expect(outputOf(await buildProgram('cuda_check'), ['0', String(forests)])).toBe(
    `${forests} random forests and 5 shapes agree with float64\n`,
  );
}, 1_800_000);
